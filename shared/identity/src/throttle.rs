//! How long until the next guess? Failures are counted in three places, each with its own patience:
//!
//! | Place | Free | Longest wait | Why |
//! |---|---|---|---|
//! | one account from one address | 5 | 15 min | somebody guesses a password |
//! | one address, all accounts | 30 | 15 min | somebody tries one password on many; a clinic shares an address |
//! | one account, all addresses | 20 | 30 s | many machines guess one password |
//!
//! The last one doesn't hold for an address from which the account has signed in before, and is short: so
//! nobody can lock somebody else out by failing on purpose. What is named in a place is kept as a keyed
//! hash ([`place`]): the table of failures tells nobody who tried.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::hmac;
use serde::{Deserialize, Serialize};

use crate::UnixSeconds;

/// Failures are forgotten when there was none for so long, in seconds.
pub const REMEMBERED: i64 = 24 * 60 * 60;

/// How many failures are free, and how long the wait after the others grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    free: u32,
    longest: i64,
}

impl Limit {
    /// On one account from one address.
    pub const PAIR: Self = Self { free: 5, longest: 15 * 60 };
    /// From one address.
    pub const ADDRESS: Self = Self { free: 30, longest: 15 * 60 };
    /// On one account, from addresses that it doesn't know.
    pub const ACCOUNT: Self = Self { free: 20, longest: 30 };
}

/// Failures in one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Failures {
    count: u32,
    last_at: UnixSeconds,
}

impl Failures {
    /// One more.
    #[must_use]
    pub fn and_one(self, now: UnixSeconds) -> Self {
        let count = if self.is_forgotten(now) { 0 } else { self.count };
        // Clocks of two sandboxes may differ a little.
        Self { count: count.saturating_add(1), last_at: self.last_at.max(now) }
    }

    /// Seconds until the next try, if there are any: one after the first failure that isn't free, then
    /// twice as many with each.
    #[must_use]
    pub fn wait(self, limit: Limit, now: UnixSeconds) -> Option<u64> {
        if self.is_forgotten(now) {
            return None;
        }
        let over = self.count.checked_sub(limit.free)?;
        let wait = 1i64.checked_shl(over.min(31)).map_or(limit.longest, |wait| wait.min(limit.longest));
        let left = self.last_at.saturating_add(wait).saturating_sub(now);
        u64::try_from(left).ok().filter(|left| *left > 0)
    }

    /// When nobody needs to know of them any more.
    #[must_use]
    pub fn forgotten_at(self) -> UnixSeconds {
        self.last_at.saturating_add(REMEMBERED)
    }

    fn is_forgotten(self, now: UnixSeconds) -> bool {
        now >= self.forgotten_at()
    }
}

/// The name of a place: a keyed hash of what it is about, so that an e-mail address can't be found by
/// trying all that there are.
#[must_use]
pub fn place(key: &[u8], parts: &[&str]) -> String {
    let mut mac = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, key));
    for part in parts {
        // With its length before it, no part runs into the next.
        mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        mac.update(part.as_bytes());
    }
    URL_SAFE_NO_PAD.encode(mac.sign())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(failures: u32) -> Failures {
        (0..failures).fold(Failures::default(), |failures, _| failures.and_one(1_000_000))
    }

    #[test]
    fn the_wait_grows_and_ends() {
        let waits = |limit, counts: &[u32]| -> Vec<u64> {
            counts.iter().map(|count| after(*count).wait(limit, 1_000_000).unwrap_or(0)).collect()
        };
        assert_eq!(waits(Limit::PAIR, &[0, 4, 5, 6, 7, 10, 14, 15, 40, 400]), [0, 0, 1, 2, 4, 32, 512, 900, 900, 900]);
        assert_eq!(waits(Limit::ADDRESS, &[29, 30, 33]), [0, 1, 8]);
        assert_eq!(waits(Limit::ACCOUNT, &[19, 20, 24, 25, 10_000]), [0, 1, 16, 30, 30]);
        assert_eq!(after(10).wait(Limit::PAIR, 1_000_031), Some(1));
        assert_eq!(after(10).wait(Limit::PAIR, 1_000_032), None);
    }

    #[test]
    fn after_a_day_they_are_forgotten() {
        let old = after(400);
        assert_eq!(old.wait(Limit::PAIR, 1_000_000 + REMEMBERED), None);
        assert_eq!(old.and_one(1_000_000 + REMEMBERED).count, 1);
        assert_eq!(old.and_one(1_000_000 + REMEMBERED - 1).count, 401);
    }

    #[test]
    fn places_differ_by_their_parts_and_the_key() {
        let all = [
            place(b"key", &["pair", "ab", "c"]),
            place(b"key", &["pair", "a", "bc"]),
            place(b"key", &["pair", "abc"]),
            place(b"other", &["pair", "abc"]),
        ];
        assert_eq!(all.iter().collect::<std::collections::BTreeSet<_>>().len(), 4);
        assert_eq!(place(b"key", &["pair", "abc"]), all[2]);
    }
}
