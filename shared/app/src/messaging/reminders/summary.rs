//! Counters of one run of the scheduled job, for its log line and the metrics.

use crate::support::ports::FailureClass;
use domain::time::{Instant, TimeDelta};
use serde::Serialize;
use std::collections::BTreeMap;

/// Counters of one run of the scheduled job. The names are those in the log line, from which metrics are made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Messages that this run claimed for sending.
    pub claimed: u64,
    /// Messages that Twilio accepted, in this run or before it, where only this run found that out.
    pub sent: u64,
    /// Messages of which it isn't known yet whether Twilio accepted them.
    pub unknown: u64,
    /// Messages that Twilio refused permanently.
    pub failed: u64,
    /// Messages that were too late to be sent.
    pub expired: u64,
    /// Messages that were no longer needed.
    pub cancelled: u64,
    /// Messages that Twilio accepted a day ago without reporting a delivery.
    pub not_delivered: u64,
    /// Messages that Twilio refused in this run, by failure class.
    pub refused: BTreeMap<&'static str, u64>,
    /// Due messages that weren't tried, since the breaker was open or the deadline was near.
    pub held: u64,
    /// Whether the breaker is open.
    pub breaker_open: bool,
    /// Age of the oldest due message that this run left unsent, in seconds since its due time.
    pub oldest_due_seconds: i64,
    /// Age of the oldest message whose outcome is still unknown, in seconds since its claim.
    pub oldest_unknown_seconds: i64,
    /// Audit seals that were made.
    pub seals: u64,
    /// Age of the oldest unsealed part of the audit trail, in seconds.
    pub unsealed_seconds: i64,
    /// Rows that this run skipped because this build can't read them, each counted once.
    pub unreadable_rows: u64,
    /// Steps that failed, panicked or exceeded their time. The others ran.
    pub failed_steps: u64,
    /// Whether the run woke one worker per shard; their summaries then have the counts.
    pub shared_out: bool,
}

impl Summary {
    pub fn count_refusal(&mut self, class: FailureClass) {
        *self.refused.entry(class.name()).or_default() += 1;
    }

    /// Records the age of a due message that stays unsent.
    pub fn record_unsent(&mut self, due: Instant, now: Instant) {
        self.oldest_due_seconds = self.oldest_due_seconds.max(now.since(due).max(TimeDelta::zero()).num_seconds());
    }
}
