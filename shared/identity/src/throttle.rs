//! Throttles log-in attempts by counting failures. There are three counters, each with its own limit:
//!
//! | Counter | Free attempts | Longest wait | Against |
//! |---|---|---|---|
//! | one account from one IP address | 5 | 15 min | guessing a password |
//! | one IP address, all accounts | 30 | 15 min | trying one password on many accounts; a clinic shares an address |
//! | one account, all IP addresses | 20 | 30 s | guessing a password from many machines |
//!
//! The last one doesn't apply to an address from which the account has signed in before, and its wait is short, so that
//! an attacker can't lock a user out by failing on purpose. The key of a counter is an HMAC ([`failure_key`]), so the
//! table doesn't reveal accounts and addresses.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::hmac;
use serde::{Deserialize, Serialize};

use crate::UnixSeconds;

/// A counter expires this many seconds after its last failure.
pub const FORGET_AFTER: i64 = 24 * 60 * 60;

/// The limit of a counter: the wait starts after `free` failures and grows up to `longest` seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FailureLimit {
    free: u32,
    longest: i64,
}

impl FailureLimit {
    /// For one account from one IP address.
    pub const PAIR: Self = Self { free: 5, longest: 15 * 60 };
    /// For one IP address.
    pub const ADDRESS: Self = Self { free: 30, longest: 15 * 60 };
    /// For one account, from IP addresses from which it hasn't signed in before.
    pub const ACCOUNT: Self = Self { free: 20, longest: 30 };
}

/// A counter of failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Failures {
    count: u32,
    last_at: UnixSeconds,
}

impl Failures {
    /// With one more failure.
    #[must_use]
    pub fn incremented(self, now: UnixSeconds) -> Self {
        let count = if self.is_expired(now) { 0 } else { self.count };
        // Clocks of two sandboxes may differ a little.
        Self { count: count.saturating_add(1), last_at: self.last_at.max(now) }
    }

    /// Seconds until the next attempt: 1 after the first failure that isn't free, doubled by each further one. `None` if
    /// an attempt is allowed now.
    #[must_use]
    pub fn seconds_to_wait(self, limit: FailureLimit, now: UnixSeconds) -> Option<u64> {
        if self.is_expired(now) {
            return None;
        }
        let over = self.count.checked_sub(limit.free)?;
        let wait = 1i64.checked_shl(over.min(31)).map_or(limit.longest, |wait| wait.min(limit.longest));
        let left = self.last_at.saturating_add(wait).saturating_sub(now);
        u64::try_from(left).ok().filter(|left| *left > 0)
    }

    /// When the row may be deleted.
    #[must_use]
    pub fn expires_at(self) -> UnixSeconds {
        self.last_at.saturating_add(FORGET_AFTER)
    }

    fn is_expired(self, now: UnixSeconds) -> bool {
        now >= self.expires_at()
    }
}

/// The key of a counter: an HMAC of account and address, so that an e-mail address can't be found by trying all.
#[must_use]
pub fn failure_key(key: &[u8], parts: &[&str]) -> String {
    let mut mac = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, key));
    for part in parts {
        // The length makes the boundaries of parts unambiguous.
        mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        mac.update(part.as_bytes());
    }
    URL_SAFE_NO_PAD.encode(mac.sign())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(failures: u32) -> Failures {
        (0..failures).fold(Failures::default(), |failures, _| failures.incremented(1_000_000))
    }

    #[test]
    fn the_wait_doubles_up_to_its_maximum() {
        let waits = |limit, counts: &[u32]| -> Vec<u64> {
            counts.iter().map(|count| after(*count).seconds_to_wait(limit, 1_000_000).unwrap_or(0)).collect()
        };
        assert_eq!(
            waits(FailureLimit::PAIR, &[0, 4, 5, 6, 7, 10, 14, 15, 40, 400]),
            [0, 0, 1, 2, 4, 32, 512, 900, 900, 900]
        );
        assert_eq!(waits(FailureLimit::ADDRESS, &[29, 30, 33]), [0, 1, 8]);
        assert_eq!(waits(FailureLimit::ACCOUNT, &[19, 20, 24, 25, 10_000]), [0, 1, 16, 30, 30]);
        assert_eq!(after(10).seconds_to_wait(FailureLimit::PAIR, 1_000_031), Some(1));
        assert_eq!(after(10).seconds_to_wait(FailureLimit::PAIR, 1_000_032), None);
    }

    #[test]
    fn failures_are_forgotten_after_a_day() {
        let old = after(400);
        assert_eq!(old.seconds_to_wait(FailureLimit::PAIR, 1_000_000 + FORGET_AFTER), None);
        assert_eq!(old.incremented(1_000_000 + FORGET_AFTER).count, 1);
        assert_eq!(old.incremented(1_000_000 + FORGET_AFTER - 1).count, 401);
    }

    #[test]
    fn counter_keys_depend_on_parts_and_secret() {
        let all = [
            failure_key(b"key", &["pair", "ab", "c"]),
            failure_key(b"key", &["pair", "a", "bc"]),
            failure_key(b"key", &["pair", "abc"]),
            failure_key(b"other", &["pair", "abc"]),
        ];
        assert_eq!(all.iter().collect::<std::collections::BTreeSet<_>>().len(), 4);
        assert_eq!(failure_key(b"key", &["pair", "abc"]), all[2]);
    }
}
