//! Verifies access tokens.

use jsonwebtoken::{Algorithm, Header, TokenData, Validation, errors::ErrorKind};
use ring::digest::{SHA256, digest};

use super::{ACCESS, Claims, Issuer, MAX_TOKEN_BYTES, TokenError};
use crate::{
    UnixSeconds,
    keys::{KID_CHARS, PublicKey},
};

/// What a token claims before it is verified.
pub struct UnverifiedClaims {
    /// The id of the signing key: 16 base64url characters, as all of ours.
    pub kid: String,
    /// The user's id.
    pub user: String,
    /// The session's id.
    pub session: String,
}

/// Reads a token's claims without verifying them, so that the caller can fetch the key, and the user and session in the
/// same round trip.
///
/// Call [`verify`] before using any of them. `None` for a text that it would refuse anyway.
#[must_use]
pub fn unverified_claims(token: &str) -> Option<UnverifiedClaims> {
    if token.len() > MAX_TOKEN_BYTES {
        return None;
    }
    let TokenData { header, claims } = jsonwebtoken::dangerous::insecure_decode::<Claims>(token).ok()?;
    Some(UnverifiedClaims { kid: valid_kid(header)?, user: claims.sub, session: claims.sid })
}

/// The SHA-256 of a token, by which it is cached: the token itself is a secret.
pub type Fingerprint = [u8; 32];

#[must_use]
pub fn fingerprint(token: &str) -> Fingerprint {
    let mut fingerprint = [0; 32];
    // A SHA-256 digest has exactly 32 bytes.
    for (byte, digested) in fingerprint.iter_mut().zip(digest(&SHA256, token.as_bytes()).as_ref()) {
        *byte = *digested;
    }
    fingerprint
}

/// Checks, in this order: form, algorithm, key, signature, use, issuer, audience, expiry. So an [`Expired`] token was
/// valid before.
///
/// [`Expired`]: TokenError::Expired
///
/// `keys` gives the public key of a `kid`; it is called at most once.
pub fn verify(
    token: &str,
    keys: impl FnOnce(&str) -> Option<PublicKey>,
    expected: &Issuer,
    now: UnixSeconds,
) -> Result<Claims, TokenError> {
    let header = header(token)?;
    if header.alg != Algorithm::EdDSA {
        return Err(TokenError::WrongAlgorithm);
    }
    let kid = valid_kid(header).ok_or(TokenError::UnknownKey)?;
    let key = keys(&kid).filter(|key| key.kid() == kid).and_then(|key| key.decoding()).ok_or(TokenError::UnknownKey)?;

    let claims = jsonwebtoken::decode::<Claims>(token, &key, &signature_only())
        .map_err(|error| match error.kind() {
            ErrorKind::InvalidSignature => TokenError::BadSignature,
            ErrorKind::InvalidAlgorithm => TokenError::WrongAlgorithm,
            _ => TokenError::Malformed,
        })?
        .claims;
    if claims.usage != ACCESS {
        return Err(TokenError::NotAccess);
    }
    if claims.iss != expected.iss {
        return Err(TokenError::WrongIssuer);
    }
    if claims.aud != expected.aud {
        return Err(TokenError::WrongAudience);
    }
    if now >= claims.exp {
        return Err(TokenError::Expired);
    }
    Ok(claims)
}

fn header(token: &str) -> Result<Header, TokenError> {
    if token.len() > MAX_TOKEN_BYTES {
        return Err(TokenError::Malformed);
    }
    jsonwebtoken::decode_header(token).map_err(|_| TokenError::Malformed)
}

fn valid_kid(header: Header) -> Option<String> {
    let base64url = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    header.kid.filter(|kid| kid.len() == KID_CHARS && kid.chars().all(base64url))
}

/// Accepts EdDSA only. The library's checks of claims are disabled, because they read the machine's clock and don't
/// distinguish issuer and audience; [`verify`] checks the claims.
fn signature_only() -> Validation {
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation.leeway = 0;
    validation
}
