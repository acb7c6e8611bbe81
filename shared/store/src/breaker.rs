//! The circuit breaker of sending. It opens if Twilio rejects every message because the account, the sender or
//! the templates are misconfigured. The row exists while it is open.

use crate::item::Entity;
use crate::keys::Key;
use domain::time::Instant;
use serde::{Deserialize, Serialize};

/// The state of the open circuit breaker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenBreaker {
    pub since: Instant,
    /// Until when nothing is sent. After that, one message is tried.
    pub until: Instant,
    /// Twilio's error code.
    pub code: Option<u32>,
}

impl Entity for OpenBreaker {
    const KIND: &'static str = "breaker";

    fn key(&self) -> Key {
        Key::breaker()
    }
}
