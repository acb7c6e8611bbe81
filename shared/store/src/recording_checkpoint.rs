//! The checkpoint of the search for appointments that are over and that nobody recorded.

use crate::item::Entity;
use crate::keys::Key;
use domain::time::Instant;
use serde::{Deserialize, Serialize};

/// The instant up to which unrecorded appointments were searched for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RecordingCheckpoint {
    pub at: Instant,
}

impl Entity for RecordingCheckpoint {
    const KIND: &'static str = "recording_checkpoint";

    fn key(&self) -> Key {
        Key::recording_checkpoint()
    }
}
