//! Believing an access token, or saying why not.

use jsonwebtoken::{Algorithm, Header, TokenData, Validation, errors::ErrorKind};
use ring::digest::{SHA256, digest};

use super::{ACCESS, Claims, Issuer, MAX_TOKEN_BYTES, TokenError};
use crate::{
    UnixSeconds,
    keys::{KID_CHARS, PublicKey},
};

/// What a token says of itself.
pub struct Claimed {
    /// The id of the key that it is signed with, of the form that ours have: 16 base64url characters.
    pub kid: String,
    /// The id of the user whom it speaks for.
    pub user: String,
    /// The id of the session that it was issued in.
    pub session: String,
}

/// What a token says of itself, so that the caller can fetch its key, and with the key what will be needed next.
///
/// Nothing is verified: that is [`verify`]'s to do, before any of this is acted upon. `None` for a text that it would
/// refuse anyway.
#[must_use]
pub fn claimed(token: &str) -> Option<Claimed> {
    if token.len() > MAX_TOKEN_BYTES {
        return None;
    }
    let TokenData { header, claims } = jsonwebtoken::dangerous::insecure_decode::<Claims>(token).ok()?;
    Some(Claimed { kid: known_shape(header)?, user: claims.sub, session: claims.sid })
}

/// SHA-256 of a token: what it is remembered by, since a token itself opens doors.
pub type Fingerprint = [u8; 32];

/// By what a token can be told from every other one.
#[must_use]
pub fn fingerprint(token: &str) -> Fingerprint {
    let mut fingerprint = [0; 32];
    // Of this algorithm a digest has as many bytes.
    for (byte, digested) in fingerprint.iter_mut().zip(digest(&SHA256, token.as_bytes()).as_ref()) {
        *byte = *digested;
    }
    fingerprint
}

/// Believes a token or says why not. Checked in this order: form, algorithm, key, signature, use,
/// issuer, audience, expiry; so `Expired` means "was good once".
///
/// `keys` gives the public key of a `kid`; it is called at most once.
///
/// # Errors
/// [`TokenError`].
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
    let kid = known_shape(header).ok_or(TokenError::UnknownKey)?;
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

fn known_shape(header: Header) -> Option<String> {
    let base64url = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    header.kid.filter(|kid| kid.len() == KID_CHARS && kid.chars().all(base64url))
}

/// EdDSA and nothing else. The library's checks of claims are off: they read the machine's clock
/// and don't tell an issuer from an audience; ours follow in [`verify`].
fn signature_only() -> Validation {
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation.leeway = 0;
    validation
}
