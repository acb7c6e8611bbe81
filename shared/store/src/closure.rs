//! Blocks and holidays. Bookings don't read them: what they close stands in the guards.

use crate::item::Entity;
use crate::keys::{IndexKey, Key, Thing, any_block, any_holiday};
use crate::place::Placed;
use crate::schema::Index;
use domain::closure::{Block, Holiday};

impl Entity for Block {
    const KIND: &'static str = "block";

    fn key(&self) -> Key {
        Key::block(self.of, self.end, self.id)
    }

    fn indexes(&self) -> Vec<(Index, IndexKey)> {
        vec![(Index::Two, any_block(self.start, self.id))]
    }
}

impl Placed for Block {
    fn thing(&self) -> Thing {
        Thing::Block(self.id)
    }
}

impl Entity for Holiday {
    const KIND: &'static str = "holiday";

    fn key(&self) -> Key {
        Key::holiday(self.clinic, self.date, self.id)
    }

    fn indexes(&self) -> Vec<(Index, IndexKey)> {
        vec![(Index::Two, any_holiday(self.date, self.id))]
    }
}

impl Placed for Holiday {
    fn thing(&self) -> Thing {
        Thing::Holiday(self.id)
    }
}
