//! Access tokens: JWTs (RFC 7519) signed with EdDSA, valid for ten minutes.
//!
//! [`AccessToken::issue`] makes one. A verifying function reads its [`unverified_claims`], fetches the public key that
//! they name, and calls [`verify`].
//!
//! Whatever algorithm a token's header names, only EdDSA is accepted. There is no leeway for clock differences, because
//! AWS synchronises the clocks of all functions.

mod issue;
mod verify;

use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use issue::AccessToken;
pub use verify::{Fingerprint, UnverifiedClaims, fingerprint, unverified_claims, verify};

use crate::UnixSeconds;

/// The validity of an access token, in seconds.
pub const LIFETIME: i64 = 600;
/// The longest token that is parsed, in bytes; ours have about 500.
pub const MAX_TOKEN_BYTES: usize = 2048;
/// The `use` claim of an access token, so that another kind of token signed by the same key is refused.
const ACCESS: &str = "access";

/// The expected issuer and audience; a token of another deployment is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer {
    /// The `iss` claim: the public URL of this deployment.
    pub iss: String,
    /// The `aud` claim: the API that the token is for.
    pub aud: String,
}

/// The user and session of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenSubject<'a> {
    pub user: &'a str,
    /// The id of the session, which is the refresh token's family.
    pub session: &'a str,
}

/// The claims of a token that [`verify`] has accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    pub iss: String,
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
    /// Not three base64url parts of JSON with our claims, longer than [`MAX_TOKEN_BYTES`], or of an algorithm that the
    /// library doesn't know (`none`).
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
    /// Valid signature, but of another deployment (`iss`).
    #[error("the token is another issuer's")]
    WrongIssuer,
    /// Valid signature, but for another API (`aud`).
    #[error("the token is for another audience")]
    WrongAudience,
    /// Valid signature, but expired.
    #[error("the token has expired")]
    Expired,
    /// Valid signature, but not an access token.
    #[error("the token isn't an access token")]
    NotAccess,
}

#[cfg(test)]
mod tests;
