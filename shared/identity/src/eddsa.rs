//! Provides `jsonwebtoken` with EdDSA (RFC 8032, RFC 8037) by ring, and with no other algorithm: tokens of another one
//! can be neither signed nor verified, and code for them isn't linked.
//!
//! The library uses a provider of the whole process. [`install_provider`] installs it and must be called before a key
//! of the library is made.

use jsonwebtoken::crypto::{CryptoProvider, JwkUtils, JwtSigner, JwtVerifier};
use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use ring::signature::{ED25519, Ed25519KeyPair, UnparsedPublicKey};
use signature::{Signer, Verifier};

static PROVIDER: CryptoProvider =
    CryptoProvider { signer_factory: signer, verifier_factory: verifier, jwk_utils: JwkUtils::new_unimplemented() };

pub(crate) fn install_provider() {
    // Fails if it is installed already.
    let _ = PROVIDER.install_default();
}

/// `key` holds the seed that [`EncodingKey::from_ed_der`] was given.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "the type of `CryptoProvider::signer_factory`")]
fn signer(algorithm: &Algorithm, key: &EncodingKey) -> Result<Box<dyn JwtSigner>, Error> {
    require_eddsa(*algorithm)?;
    let pair = Ed25519KeyPair::from_seed_unchecked(key.inner()).map_err(|_| ErrorKind::InvalidEddsaKey)?;
    Ok(Box::new(EddsaSigner(pair)))
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the type of `CryptoProvider::verifier_factory`")]
fn verifier(algorithm: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>, Error> {
    require_eddsa(*algorithm)?;
    Ok(Box::new(EddsaVerifier(UnparsedPublicKey::new(&ED25519, key.as_bytes().to_vec()))))
}

fn require_eddsa(algorithm: Algorithm) -> Result<(), Error> {
    if algorithm == Algorithm::EdDSA { Ok(()) } else { Err(ErrorKind::InvalidAlgorithm.into()) }
}

struct EddsaSigner(Ed25519KeyPair);

impl Signer<Vec<u8>> for EddsaSigner {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, signature::Error> {
        Ok(self.0.sign(message).as_ref().to_vec())
    }
}

impl JwtSigner for EddsaSigner {
    fn algorithm(&self) -> Algorithm {
        Algorithm::EdDSA
    }
}

struct EddsaVerifier(UnparsedPublicKey<Vec<u8>>);

impl Verifier<Vec<u8>> for EddsaVerifier {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), signature::Error> {
        self.0.verify(message, signature).map_err(|_| signature::Error::new())
    }
}

impl JwtVerifier for EddsaVerifier {
    fn algorithm(&self) -> Algorithm {
        Algorithm::EdDSA
    }
}
