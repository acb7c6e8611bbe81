//! The circuit breaker of sending. It opens if Twilio rejects every message because the account, the sender or
//! the templates are misconfigured. The row exists while it is open.

use crate::item::Entity;
use crate::keys::Key;
use domain::messages::Template;
use domain::time::{Instant, TimeDelta};
use serde::{Deserialize, Serialize};

/// The state of the open circuit breaker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenBreaker {
    pub since: Instant,
    /// Until when nothing is sent. After that, one message is tried.
    pub until: Instant,
    /// Twilio's error code.
    pub code: Option<u32>,
    /// Set if status callbacks opened it: Twilio accepts the messages of this template and reports later that they were
    /// not delivered. Then no acceptance closes it, but a delivery of this template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub awaits_delivery_of: Option<Template>,
}

impl Entity for OpenBreaker {
    const KIND: &'static str = "breaker";

    fn key(&self) -> Key {
        Key::breaker()
    }
}

/// The messages of one template that Twilio accepted and reported as undelivered for a reason that concerns all of them.
/// The row exists from the first such report until one is delivered, or the breaker opens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UndeliveredCount {
    pub template: Template,
    /// Reports in a row, with no delivery between them.
    pub count: u32,
    pub last_at: Instant,
    /// Incremented with each report.
    pub version: u64,
}

impl UndeliveredCount {
    /// Reports that are further apart have different reasons.
    pub const LONGEST_PAUSE: TimeDelta = TimeDelta::days(1);
}

impl Entity for UndeliveredCount {
    const KIND: &'static str = "undelivered_count";

    fn key(&self) -> Key {
        Key::undelivered_count(self.template)
    }

    fn expires_at(&self) -> Option<Instant> {
        Some(self.last_at.plus(Self::LONGEST_PAUSE))
    }
}
