//! The checkpoint of the recovery of inbound messages whose webhook never arrived.

use crate::item::Entity;
use crate::keys::Key;
use domain::time::Instant;
use serde::{Deserialize, Serialize};

/// The time up to which missed inbound messages were recovered.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RecoveryCheckpoint {
    pub at: Instant,
}

impl Entity for RecoveryCheckpoint {
    const KIND: &'static str = "looked_up";

    fn key(&self) -> Key {
        Key::recovery_checkpoint()
    }
}
