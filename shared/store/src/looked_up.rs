//! Up to when messages from patients that never arrived were looked for.

use crate::item::Entity;
use crate::keys::Key;
use domain::time::Instant;
use serde::{Deserialize, Serialize};

/// The mark.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LookedUp {
    /// When they were looked for last.
    pub at: Instant,
}

impl Entity for LookedUp {
    const KIND: &'static str = "looked_up";

    fn key(&self) -> Key {
        Key::looked_up()
    }
}
