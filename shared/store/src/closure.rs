//! The rows of blocks and holidays. Bookings don't read them: the guards contain the closures derived from them.

use crate::id_lookup::FoundById;
use crate::item::Entity;
use crate::keys::{EntityRef, IndexKey, Key, all_blocks_key, all_holidays_key};
use crate::schema::Index;
use domain::closure::{Block, Holiday};

impl Entity for Block {
    const KIND: &'static str = "block";

    fn key(&self) -> Key {
        Key::block(self.of, self.end, self.id)
    }

    fn indexes(&self) -> Vec<(Index, IndexKey)> {
        vec![(Index::Two, all_blocks_key(self.start, self.id))]
    }
}

impl FoundById for Block {
    fn lookup_ref(&self) -> EntityRef {
        EntityRef::Block(self.id)
    }
}

impl Entity for Holiday {
    const KIND: &'static str = "holiday";

    fn key(&self) -> Key {
        Key::holiday(self.clinic, self.date, self.id)
    }

    fn indexes(&self) -> Vec<(Index, IndexKey)> {
        vec![(Index::Two, all_holidays_key(self.date, self.id))]
    }
}

impl FoundById for Holiday {
    fn lookup_ref(&self) -> EntityRef {
        EntityRef::Holiday(self.id)
    }
}
