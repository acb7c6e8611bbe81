//! The rows of users.

use crate::item::Entity;
use crate::keys::{Directory, IndexKey, Key, Unique, directory_key};
use crate::schema::Index;
use domain::user::User;

impl Entity for User {
    const KIND: &'static str = "user";

    fn key(&self) -> Key {
        Key::user(self.id)
    }

    fn indexes(&self) -> Vec<(Index, IndexKey)> {
        vec![(Index::One, directory_key(Directory::Users, self.is_active, &self.profile.sort_name(), self.id))]
    }
}

/// The unique values of a user.
#[must_use]
pub fn uniques(user: &User) -> Vec<Unique> {
    vec![Unique::Email(user.profile.email.folded())]
}
