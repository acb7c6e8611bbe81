//! Access tokens: who sent this request, provable without a look-up of a session.
//!
//! A JWT (RFC 7519) signed with EdDSA, valid for ten minutes. [`AccessToken::issue`] makes one;
//! a verifying function reads what it claims ([`claimed`]), fetches that public key, then calls [`verify`].
//!
//! The algorithm is ours to say, never the token's: whatever a header claims, only EdDSA is tried.
//! Time is the caller's: nothing here reads a clock, and no leeway is given, since both ends run on
//! clocks that AWS keeps.

mod issue;
mod verify;

use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use issue::AccessToken;
pub use verify::{Claimed, Fingerprint, claimed, fingerprint, verify};

use crate::UnixSeconds;

/// How long an access token is valid, in seconds.
pub const LIFETIME: i64 = 600;
/// The longest text that is looked at, in bytes; ours have about 500.
pub const MAX_TOKEN_BYTES: usize = 2048;
/// What the `use` claim of an access token says, so that no other token we may sign one day passes
/// for one.
const ACCESS: &str = "access";

/// Who signs and for whom; a token for another deployment is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer {
    /// The `iss` claim: the public URL of this deployment.
    pub iss: String,
    /// The `aud` claim: the API that the token is for.
    pub aud: String,
}

/// Whom a token speaks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subject<'a> {
    /// The user's id.
    pub user: &'a str,
    /// The id of the session (the refresh token's family) that the token was issued in.
    pub session: &'a str,
}

/// What a token says, once [`verify`] has believed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The issuer.
    pub iss: String,
    /// The audience.
    pub aud: String,
    /// The user's id.
    pub sub: String,
    /// The session's id.
    pub sid: String,
    /// Issued at.
    pub iat: UnixSeconds,
    /// Expires at: valid while now < exp.
    pub exp: UnixSeconds,
    /// Always `access`.
    #[serde(rename = "use", default)]
    usage: String,
}

/// Why a token was refused. To the client all are a 401; [`TokenError::Expired`] has its own code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TokenError {
    /// Not three base64url parts of JSON with our claims, longer than [`MAX_TOKEN_BYTES`], or of an
    /// algorithm that no library would sign with (`none`).
    #[error("the token is malformed")]
    Malformed,
    /// The header names another algorithm than EdDSA.
    #[error("the token's algorithm isn't accepted")]
    WrongAlgorithm,
    /// No `kid`, or one that the caller doesn't know.
    #[error("the token's key is unknown")]
    UnknownKey,
    /// Not signed by that key, or changed since.
    #[error("the token's signature is wrong")]
    BadSignature,
    /// Well signed, but by or for another deployment (`iss`).
    #[error("the token is another issuer's")]
    WrongIssuer,
    /// Well signed, but for another API (`aud`).
    #[error("the token is for another audience")]
    WrongAudience,
    /// Well signed, but no longer valid.
    #[error("the token has expired")]
    Expired,
    /// Well signed, but not an access token.
    #[error("the token isn't an access token")]
    NotAccess,
}

#[cfg(test)]
mod tests;
