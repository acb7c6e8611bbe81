//! From which day on a shard of what is due has to be looked through. It never passes a row that isn't
//! finished, so that an outage of any length loses nothing, and no tick looks through days that are
//! done.

use crate::item::Entity;
use crate::keys::Key;
use domain::time::LocalDate;
use serde::{Deserialize, Serialize};

/// The mark of a shard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LowWater {
    /// The shard.
    pub shard: u8,
    /// The first day, in UTC, on which something may be left to do.
    pub day: LocalDate,
}

impl Entity for LowWater {
    const KIND: &'static str = "low_water";

    fn key(&self) -> Key {
        Key::low_water(self.shard)
    }
}
