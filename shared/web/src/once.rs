//! What makes a POST happen once: the client's `Idempotency-Key`, or a key of our own that tells a
//! lost answer from a write that never happened.

use crate::hash;
use app::support::context::Once;
use domain::ids::Id as _;
use domain::user::User;
use domain::violation::{Rule, Violations};
use http::Method;
use http::request::Parts;
use std::sync::Arc;

/// The header.
pub(crate) const HEADER: &str = "idempotency-key";

/// The header's name, as problems call it.
const FIELD: &str = "Idempotency-Key";

/// The longest key.
const MAX_LENGTH: usize = 255;

/// What makes a request happen once, given its body in canonical form. Keys are each user's own, and
/// each path's: nobody can come upon somebody else's outcome.
///
/// The fingerprint is kept in the table, and a body may hold a password. So the client's key goes into
/// it: of the key itself only a hash is kept, and without the key nobody can try passwords against the
/// fingerprint. A request without a key is never compared with another one and needs no fingerprint.
///
/// # Errors
/// A key that isn't 1–255 printable ASCII characters, or more than one.
pub(crate) fn of(parts: &Parts, body: &[u8]) -> Result<Once, Violations> {
    let user = parts.extensions.get::<Arc<User>>();
    let mut keys = parts.headers.get_all(HEADER).iter();
    let (Some(key), Some(user), &Method::POST) = (keys.next(), user, &parts.method) else {
        return Ok(Once::fresh());
    };
    if keys.next().is_some() {
        return Err(Violations::of(FIELD, Rule::Duplicate));
    }
    let key = check(key.as_bytes()).map_err(|rule| Violations::of(FIELD, rule))?;
    let scope = hash::of_parts([
        user.id.uuid().as_bytes().as_slice(),
        parts.method.as_str().as_bytes(),
        parts.uri.path().as_bytes(),
        key,
    ]);
    let fingerprint = hash::of_parts([key, body]);
    Ok(Once { scope: hash::hex(&scope), fingerprint: hash::hex(&fingerprint), from_client: true })
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
    fn keys_are_printable_ascii() {
        assert_eq!(check(b"a key ~1"), Ok(b"a key ~1".as_slice()));
        assert_eq!(check(b""), Err(Rule::Required));
        assert_eq!(check(&[b'x'; 256]), Err(Rule::TooLong(255)));
        assert_eq!(check("ñ".as_bytes()), Err(Rule::Characters));
        assert_eq!(check(b"\t"), Err(Rule::Characters));
    }
}
