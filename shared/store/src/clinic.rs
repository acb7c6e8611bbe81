//! Clinics and rooms.

use crate::item::Entity;
use crate::keys::{Directory, IndexKey, Key, Unique, clinic_room, directory};
use crate::schema::Index;
use domain::clinic::{Clinic, Room};
use domain::text::fold;

impl Entity for Clinic {
    const KIND: &'static str = "clinic";

    fn key(&self) -> Key {
        Key::clinic(self.id)
    }

    fn indexes(&self) -> Vec<(Index, IndexKey)> {
        let name = fold(self.profile.name.as_str());
        vec![(Index::One, directory(Directory::Clinics, self.is_active, &name, self.id))]
    }
}

impl Entity for Room {
    const KIND: &'static str = "room";

    fn key(&self) -> Key {
        Key::room(self.id)
    }

    fn indexes(&self) -> Vec<(Index, IndexKey)> {
        let name = fold(self.profile.name.as_str());
        vec![
            (Index::One, directory(Directory::Rooms, self.is_active, &name, self.id)),
            (Index::Two, clinic_room(self.profile.clinic, &name, self.id)),
        ]
    }
}

/// The values that only one room may have.
#[must_use]
pub fn uniques(room: &Room) -> Vec<Unique> {
    vec![Unique::RoomName(room.profile.clinic, fold(room.profile.name.as_str()))]
}
