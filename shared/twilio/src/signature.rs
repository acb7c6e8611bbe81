//! Did Twilio write this request? It signs each webhook with the account's Auth Token:
//! `base64(HMAC-SHA1(token, url + name₁ + value₁ + name₂ + …))` in the header [`HEADER`], with the
//! decoded parameters sorted by name in byte order and, under one name, the *different* values
//! sorted likewise. Known or not, empty or not, every parameter counts; nothing is trimmed.
//!
//! The URL is the one that Twilio was configured to call, down to the last byte of its query.
//! Build it from configuration, never from `Host` or `X-Forwarded-*`, which the caller writes.
//! A fragment (Twilio's own retry settings) is neither sent nor signed: leave it out.

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

/// The header that carries the signature.
pub const HEADER: &str = "X-Twilio-Signature";

/// The query parameter that carries the digest of a body that is no form.
const BODY_DIGEST: &str = "bodySHA256";

/// The account's Auth Token, which signs webhooks. An API key's secret cannot: that is why this is
/// a type of its own.
#[derive(Clone, Debug)]
pub struct AuthToken(Secret);

impl AuthToken {
    /// Takes over the token's text.
    pub fn new(token: impl Into<String>) -> Self {
        Self(Secret::new(token))
    }
}

/// Why a request is not to be believed. Answer 403 to all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// The header is absent or empty.
    #[error("the request is not signed")]
    Missing,
    /// The header is not the base64 of 20 bytes.
    #[error("the signature is malformed")]
    Malformed,
    /// None of the tokens gives this signature.
    #[error("the signature does not match")]
    Mismatch,
    /// The URL is signed, but the body is not the one whose digest it carries.
    #[error("the body does not match the signed digest")]
    BodyDigest,
}

/// The signature that Twilio would send for this URL and these parameters, which are empty for a
/// GET request.
pub fn sign(token: &AuthToken, url: &str, parameters: &Form) -> String {
    // HMAC takes a key of any length, so there always is a digest; and an empty signature would
    // verify nowhere.
    digest(token, url, &signed_parameters(parameters)).map(|digest| STANDARD.encode(digest)).unwrap_or_default()
}

/// Checks the signature of a request with a form body, or with none. `header` is the value of
/// [`HEADER`], or an empty string where the request has none.
///
/// While the Auth Token is being rotated, pass the old and the new one: every token is tried, and
/// neither the time nor the error tells which came close. An empty token is passed over, since
/// anyone could sign with it.
///
/// The port is the one liberty taken with the URL, as in Twilio's own libraries, because Twilio
/// signs some URLs without the port they were configured with: a URL with a port is also tried
/// without it, one without a port also with its scheme's own (`:443`, `:80`). That gives nothing
/// away: the URL is ours, so both forms name the same endpoint.
///
/// # Errors
/// Says what is wrong with the signature; see [`SignatureError`].
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

/// Checks the signature of a request whose body is no form, such as JSON: the signature covers the
/// URL alone, whose `bodySHA256` is the hexadecimal digest of the body's raw bytes.
///
/// # Errors
/// As [`verify`], and [`SignatureError::BodyDigest`] where the digest is absent or another.
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

/// The part of the signed text that follows the URL.
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

/// The same URL without its port or, if it has none, with its scheme's. `None` for what is not a
/// plain `http(s)://host[:port]…`: such a URL is tried as it stands.
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
