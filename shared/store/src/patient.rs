//! The rows of patients.

use crate::item::Entity;
use crate::keys::{Directory, IndexKey, Key, Unique, directory_key};
use crate::schema::Index;
use crate::search::former_document_key;
use domain::patient::Patient;

impl Entity for Patient {
    const KIND: &'static str = "patient";

    fn key(&self) -> Key {
        Key::patient(self.id)
    }

    fn indexes(&self) -> Vec<(Index, IndexKey)> {
        vec![(Index::One, directory_key(Directory::Patients, self.is_active, &self.profile.sort_name(), self.id))]
    }
}

/// The unique values of a patient, by the rules by which its rows were written.
#[must_use]
pub fn uniques(patient: &Patient) -> Vec<Unique> {
    let document = if patient.row_rules == 0 { former_document_key(patient) } else { patient.profile.document_key() };
    vec![Unique::Document(document)]
}
