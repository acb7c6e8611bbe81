//! The low-water mark of a shard of due pointers: the first day that may contain unfinished ones. It never passes
//! an unfinished pointer, so an outage of any length loses nothing, and the job skips finished days.

use crate::item::Entity;
use crate::keys::Key;
use domain::time::LocalDate;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LowWaterMark {
    pub shard: u8,
    /// The first UTC day with unfinished work, if there is any.
    pub day: LocalDate,
}

impl Entity for LowWaterMark {
    const KIND: &'static str = "low_water";

    fn key(&self) -> Key {
        Key::low_water(self.shard)
    }
}
