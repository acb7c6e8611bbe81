//! The rows of doctors and specialties.

use crate::item::Entity;
use crate::keys::{Directory, IndexKey, Key, Unique, directory_key};
use crate::schema::Index;
use domain::doctor::{Doctor, Specialty};
use domain::text::fold;

impl Entity for Doctor {
    const KIND: &'static str = "doctor";

    fn key(&self) -> Key {
        Key::doctor(self.id)
    }

    fn indexes(&self) -> Vec<(Index, IndexKey)> {
        vec![(Index::One, directory_key(Directory::Doctors, self.is_active, &self.profile.sort_name(), self.id))]
    }
}

impl Entity for Specialty {
    const KIND: &'static str = "specialty";

    fn key(&self) -> Key {
        Key::specialty(self.id)
    }

    fn indexes(&self) -> Vec<(Index, IndexKey)> {
        let name = fold(self.profile.name.as_str());
        vec![(Index::One, directory_key(Directory::Specialties, self.is_active, &name, self.id))]
    }
}

/// The unique values of a specialty. A deleted one releases its name, because it can't be restored.
#[must_use]
pub fn uniques(specialty: &Specialty) -> Vec<Unique> {
    let name = || Unique::SpecialtyName(fold(specialty.profile.name.as_str()));
    specialty.is_active.then(name).into_iter().collect()
}
