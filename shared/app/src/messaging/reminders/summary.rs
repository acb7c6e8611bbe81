//! What a run did, for its line in the log and for the metrics.

use crate::support::ports::RefusalClass;
use domain::time::{Instant, TimeDelta};
use serde::Serialize;
use std::collections::BTreeMap;

/// What a run did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Messages that this run took upon itself to send.
    pub claimed: u64,
    /// Accepted by Twilio, or found to have been.
    pub sent: u64,
    /// Accepted or not: not known yet.
    pub unknown: u64,
    /// Refused for good.
    pub failed: u64,
    /// Too late to be sent.
    pub expired: u64,
    /// Not wanted any more.
    pub cancelled: u64,
    /// Taken by Twilio a day ago, and never seen to arrive.
    pub not_delivered: u64,
    /// What Twilio refused in this run, by what is to be done about it.
    pub refused: BTreeMap<&'static str, u64>,
    /// Due messages that weren't tried, since the breaker is open or the time was up.
    pub held: u64,
    /// Whether the breaker is open.
    pub breaker_open: bool,
    /// How long ago the oldest message was due that this run found and couldn't settle, in seconds.
    pub oldest_due_seconds: i64,
    /// How long ago the oldest message was sent of which it still isn't known whether it went out, in
    /// seconds.
    pub oldest_unknown_seconds: i64,
    /// Seals of the audit trail that were made.
    pub seals: u64,
    /// For how long the oldest part of the audit trail that isn't sealed has been there, in seconds.
    pub unsealed_seconds: i64,
    /// Whether the work was shared out to workers, whose summaries say the rest.
    pub shared_out: bool,
}

impl Summary {
    /// Counts a refusal.
    pub fn refuse(&mut self, class: RefusalClass) {
        *self.refused.entry(class.name()).or_default() += 1;
    }

    /// Notes a message that stays to be done.
    pub fn leave(&mut self, due: Instant, now: Instant) {
        self.oldest_due_seconds = self.oldest_due_seconds.max(now.since(due).max(TimeDelta::zero()).num_seconds());
    }

    /// Both together.
    #[must_use]
    pub fn plus(mut self, other: &Self) -> Self {
        self.claimed += other.claimed;
        self.sent += other.sent;
        self.unknown += other.unknown;
        self.failed += other.failed;
        self.expired += other.expired;
        self.cancelled += other.cancelled;
        self.not_delivered += other.not_delivered;
        for (class, count) in &other.refused {
            *self.refused.entry(class).or_default() += count;
        }
        self.held += other.held;
        self.breaker_open |= other.breaker_open;
        self.oldest_due_seconds = self.oldest_due_seconds.max(other.oldest_due_seconds);
        self.oldest_unknown_seconds = self.oldest_unknown_seconds.max(other.oldest_unknown_seconds);
        self.seals += other.seals;
        self.unsealed_seconds = self.unsealed_seconds.max(other.unsealed_seconds);
        self.shared_out |= other.shared_out;
        self
    }
}
