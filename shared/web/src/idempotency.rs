//! Makes the idempotency key of a request: the client's `Idempotency-Key` of a POST, or a generated one, by which a
//! write whose response was lost is told from one that never happened.

use crate::hash;
use app::support::context::IdempotencyKey;
use domain::ids::Id as _;
use domain::user::User;
use domain::violation::{Rule, Violations};
use http::Method;
use http::request::Parts;
use std::sync::Arc;

pub(crate) const HEADER: &str = "idempotency-key";

/// The header's name in problems.
const FIELD: &str = "Idempotency-Key";

/// In bytes.
const MAX_LENGTH: usize = 255;

/// `body` is the canonical text. A key is scoped to its user and path, so that no user gets the outcome of another.
///
/// The fingerprint is stored in the table, and a body may contain a password. Therefore the client's key, of which
/// only a hash is stored, is hashed into it: without the key, passwords can't be tried against the fingerprint. A
/// request without a key is never compared with another one and needs no fingerprint.
///
/// # Errors
/// A key that isn't 1–255 printable ASCII characters, or more than one.
pub(crate) fn key_of_request(parts: &Parts, body: &[u8]) -> Result<IdempotencyKey, Violations> {
    let user = parts.extensions.get::<Arc<User>>();
    let mut keys = parts.headers.get_all(HEADER).iter();
    let (Some(key), Some(user), &Method::POST) = (keys.next(), user, &parts.method) else {
        return Ok(IdempotencyKey::generated());
    };
    if keys.next().is_some() {
        return Err(Violations::of(FIELD, Rule::Duplicate));
    }
    let key = check(key.as_bytes()).map_err(|rule| Violations::of(FIELD, rule))?;
    let scope = hash::sha256_of_parts([
        user.id.uuid().as_bytes().as_slice(),
        parts.method.as_str().as_bytes(),
        parts.uri.path().as_bytes(),
        key,
    ]);
    let fingerprint = hash::sha256_of_parts([key, body]);
    Ok(IdempotencyKey { scope: hash::hex(&scope), fingerprint: hash::hex(&fingerprint), from_client: true })
}

fn check(key: &[u8]) -> Result<&[u8], Rule> {
    if key.is_empty() {
        Err(Rule::Required)
    } else if key.len() > MAX_LENGTH {
        Err(Rule::TooLong(MAX_LENGTH))
    } else if key.iter().all(|byte| (b' '..=b'~').contains(byte)) {
        Ok(key)
    } else {
        Err(Rule::Characters)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_1_to_255_printable_ascii_characters() {
        assert_eq!(check(b"a key ~1"), Ok(b"a key ~1".as_slice()));
        assert_eq!(check(b""), Err(Rule::Required));
        assert_eq!(check(&[b'x'; 256]), Err(Rule::TooLong(255)));
        assert_eq!(check("ñ".as_bytes()), Err(Rule::Characters));
        assert_eq!(check(b"\t"), Err(Rule::Characters));
    }
}
