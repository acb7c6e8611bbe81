//! The rows of clinics and rooms.

use crate::item::Entity;
use crate::keys::{Directory, IndexKey, Key, Unique, clinic_room_key, directory_key};
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
        vec![(Index::One, directory_key(Directory::Clinics, self.is_active, &name, self.id))]
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
            (Index::One, directory_key(Directory::Rooms, self.is_active, &name, self.id)),
            (Index::Two, clinic_room_key(self.profile.clinic, &name, self.id)),
        ]
    }
}

/// The unique values of a room.
#[must_use]
pub fn uniques(room: &Room) -> Vec<Unique> {
    vec![Unique::RoomName(room.profile.clinic, fold(room.profile.name.as_str()))]
}
