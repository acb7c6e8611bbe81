//! Verifies the signature of webhooks. Twilio signs each one with the account's Auth Token:
//! `base64(HMAC-SHA1(token, url + name₁ + value₁ + name₂ + …))` in the header [`HEADER`], with the
//! decoded parameters sorted by name in byte order and, under one name, the *different* values
//! sorted likewise. All parameters are included, also unknown and empty ones; nothing is trimmed.
//!
//! The URL is exactly the one that Twilio was configured to call, including its query. Build it from the configuration,
//! never from `Host` or `X-Forwarded-*`, which the caller sets. A fragment (Twilio's retry settings) is neither sent nor
//! signed: leave it out.

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

use crate::form::Form;
use crate::secret::Secret;

pub const HEADER: &str = "X-Twilio-Signature";

/// The query parameter with the digest of a body that isn't a form.
const BODY_DIGEST: &str = "bodySHA256";

/// The account's Auth Token. It is a type of its own, because an API key's secret can't sign webhooks.
#[derive(Clone, Debug)]
pub struct AuthToken(Secret);

impl AuthToken {
    pub fn new(token: impl Into<String>) -> Self {
        Self(Secret::new(token))
    }
}

/// Each of these is answered with 403.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    #[error("the request is not signed")]
    Missing,
    /// The header is not the base64 of 20 bytes.
    #[error("the signature is malformed")]
    Malformed,
    #[error("the signature does not match")]
    Mismatch,
    /// The signature of the URL is valid, but its digest isn't that of the body.
    #[error("the body does not match the signed digest")]
    BodyDigest,
}

/// The signature that Twilio would send. `parameters` are empty for a GET request.
#[must_use]
pub fn sign(token: &AuthToken, url: &str, parameters: &Form) -> String {
    // HMAC accepts a key of any length, so there always is a digest. An empty signature would never verify.
    digest(token, url, &signed_parameters(parameters)).map(|digest| STANDARD.encode(digest)).unwrap_or_default()
}

/// Verifies a request with a form body, or with none. `header` is the value of [`HEADER`], or an empty string without
/// one.
///
/// During a rotation of the Auth Token, pass the old and the new one. All tokens are tried, and neither the time nor the
/// error reveals which one matched. An empty token is skipped, because any client could sign with it.
///
/// As in Twilio's own libraries, a URL with a port is also tried without it, and one without a port also with its
/// scheme's (`:443`, `:80`), because Twilio signs some URLs without the configured port. This is safe: the URL is ours,
/// so both forms name the same endpoint.
pub fn verify<T: Borrow<AuthToken>>(
    tokens: &[T],
    url: &str,
    parameters: &Form,
    header: &str,
) -> Result<(), SignatureError> {
    if header.is_empty() {
        return Err(SignatureError::Missing);
    }
    let given = STANDARD.decode(header).map_err(|_| SignatureError::Malformed)?;
    if given.len() != 20 {
        return Err(SignatureError::Malformed);
    }
    let parameters = signed_parameters(parameters);
    let other = other_port(url);
    let urls = [Some(url), other.as_deref()];
    let mut matched = Choice::from(0);
    for token in tokens.iter().map(Borrow::borrow) {
        if token.0.expose().is_empty() {
            continue;
        }
        for url in urls.into_iter().flatten() {
            if let Some(wanted) = digest(token, url, &parameters) {
                matched |= wanted.as_slice().ct_eq(&given);
            }
        }
    }
    if matched.into() { Ok(()) } else { Err(SignatureError::Mismatch) }
}

/// Verifies a request whose body isn't a form, such as JSON: the signature covers only the URL, whose `bodySHA256` is the
/// hexadecimal digest of the body's raw bytes.
///
/// # Errors
/// As [`verify`], and [`SignatureError::BodyDigest`] for an absent or wrong digest.
pub fn verify_raw_body<T: Borrow<AuthToken>>(
    tokens: &[T],
    url: &str,
    body: &[u8],
    header: &str,
) -> Result<(), SignatureError> {
    verify(tokens, url, &Form::default(), header)?;
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let mut hex = String::with_capacity(64);
    for byte in Sha256::digest(body) {
        hex.push_str(&format!("{byte:02x}"));
    }
    let matched = form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name == BODY_DIGEST)
        .is_some_and(|(_, digest)| digest.as_bytes().ct_eq(hex.as_bytes()).into());
    if matched { Ok(()) } else { Err(SignatureError::BodyDigest) }
}

/// The signed text after the URL.
fn signed_parameters(parameters: &Form) -> String {
    let mut sorted: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (name, value) in parameters.iter() {
        sorted.entry(name).or_default().insert(value);
    }
    let mut text = String::new();
    for (name, values) in sorted {
        for value in values {
            text.push_str(name);
            text.push_str(value);
        }
    }
    text
}

fn digest(token: &AuthToken, url: &str, parameters: &str) -> Option<[u8; 20]> {
    let mut mac = Hmac::<Sha1>::new_from_slice(token.0.expose().as_bytes()).ok()?;
    mac.update(url.as_bytes());
    mac.update(parameters.as_bytes());
    Some(mac.finalize().into_bytes().into())
}

/// The same URL without its port or, if it has none, with its scheme's. `None` for a URL that isn't
/// `http(s)://host[:port]…`, which is tried only as it is.
fn other_port(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let default = match scheme {
        "https" => "443",
        "http" => "80",
        _ => return None,
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at_checked(end)?;
    if authority.is_empty() || authority.contains('@') {
        return None;
    }
    let digits = |port: &str| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
    match authority.rsplit_once(':') {
        Some((host, port)) if digits(port) && (!host.contains(':') || host.ends_with(']')) => {
            Some(format!("{scheme}://{host}{tail}"))
        }
        Some(_) if !authority.ends_with(']') => None,
        _ => Some(format!("{scheme}://{authority}:{default}{tail}")),
    }
}

#[cfg(test)]
mod tests;
