//! Contacts are kept in their patient's row: one row is read to know where messages go, and one is
//! written to have one primary contact. What leads from a contact's number to the patient is a row
//! in that number's partition.

use crate::item::Entity;
use crate::keys::Key;
use crate::transaction::{Purpose, Transaction};
use domain::ids::PatientId;
use domain::patient::Patient;
use domain::phone::MatchKey;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A patient for whom the answers from a contact's number count.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AnsweredFor {
    /// The contact's number.
    pub number: MatchKey,
    /// The patient.
    pub patient: PatientId,
}

impl Entity for AnsweredFor {
    const KIND: &'static str = "answered_for";

    fn key(&self) -> Key {
        Key::answers_for(&self.number, self.patient)
    }
}

/// The rows that lead from the numbers of a patient's contacts to the patient.
#[must_use]
pub fn answered_for(patient: &Patient) -> BTreeSet<AnsweredFor> {
    let numbers = patient.profile.contacts.answering().into_iter();
    numbers.map(|number| AnsweredFor { number, patient: patient.id }).collect()
}

/// Adds what a change of a patient's contacts changes of them.
pub fn save_numbers(transaction: &mut Transaction, before: &Patient, after: &Patient) {
    let (old, new) = (answered_for(before), answered_for(after));
    for row in old.difference(&new) {
        transaction.delete(Purpose::Append, row.key());
    }
    for row in new.difference(&old) {
        transaction.overwrite(Purpose::Append, row);
    }
}
