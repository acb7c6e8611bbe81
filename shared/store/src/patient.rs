//! Patients.

use crate::item::Entity;
use crate::keys::{Directory, IndexKey, Key, Unique, directory};
use crate::schema::Index;
use domain::patient::Patient;

impl Entity for Patient {
    const KIND: &'static str = "patient";

    fn key(&self) -> Key {
        Key::patient(self.id)
    }

    fn indexes(&self) -> Vec<(Index, IndexKey)> {
        vec![(Index::One, directory(Directory::Patients, self.is_active, &self.profile.sort_name(), self.id))]
    }
}

/// The values that only one patient may have.
#[must_use]
pub fn uniques(patient: &Patient) -> Vec<Unique> {
    vec![Unique::Document(patient.profile.document_key())]
}
