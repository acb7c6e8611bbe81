//! Sending is held back for a while where everything is refused because our account, sender or
//! templates are wrong: a row for as long as that is so.

use crate::item::Entity;
use crate::keys::Key;
use domain::time::Instant;
use serde::{Deserialize, Serialize};

/// The breaker, where it is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenBreaker {
    /// Since when.
    pub since: Instant,
    /// Until when nothing is tried. After that, one message is.
    pub until: Instant,
    /// Twilio's reason.
    pub code: Option<u32>,
}

impl Entity for OpenBreaker {
    const KIND: &'static str = "breaker";

    fn key(&self) -> Key {
        Key::breaker()
    }
}
