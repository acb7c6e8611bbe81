//! Keys of users, their sessions and sign-ins, and of the outcomes of their requests.

use super::{DETAIL, Key, PROFILE, key};
use domain::ids::{SessionId, UserId};

/// The partition of the public keys of access tokens.
pub const SIGNING_KEYS: &str = "SIGNING_KEYS";
pub(crate) const SIGNING_KEY_PREFIX: &str = "KEY#";
pub(crate) const SESSION_PREFIX: &str = "SESSION#";

pub(crate) fn user_partition(id: UserId) -> String {
    format!("USER#{id}")
}

impl Key {
    #[must_use]
    pub fn user(id: UserId) -> Self {
        key(user_partition(id), PROFILE)
    }

    #[must_use]
    pub fn session(user: UserId, id: SessionId) -> Self {
        key(user_partition(user), format!("{SESSION_PREFIX}{id}"))
    }

    #[must_use]
    pub fn second_factor(user: UserId) -> Self {
        key(user_partition(user), "SECOND_FACTOR")
    }

    /// An IP address from which a user has signed in, as a keyed hash.
    #[must_use]
    pub fn known_address(user: UserId, address_hash: &str) -> Self {
        key(user_partition(user), format!("ADDRESS#{address_hash}"))
    }

    /// The counter of failed sign-ins of one account or address, which is a keyed hash.
    #[must_use]
    pub fn throttle(scope: &str) -> Self {
        key(format!("THROTTLE#{scope}"), DETAIL)
    }

    /// The counter of active ADMINs.
    #[must_use]
    pub fn admins() -> Self {
        key("ADMINS", "COUNT")
    }

    /// A public key for access tokens.
    #[must_use]
    pub fn signing_key(kid: &str) -> Self {
        key(SIGNING_KEYS, format!("{SIGNING_KEY_PREFIX}{kid}"))
    }

    /// The outcome of a request with an idempotency key.
    #[must_use]
    pub fn idempotency(scope: &str) -> Self {
        key(format!("IDEMPOTENCY#{scope}"), "OUTCOME")
    }
}
