//! Rows that map the phone number of a contact to its patient.
//!
//! Contacts themselves are part of the patient's row: reading one row gives the recipient of messages, and
//! writing one row keeps a single primary contact.

use crate::item::Entity;
use crate::keys::Key;
use crate::transaction::{Purpose, Transaction};
use domain::ids::PatientId;
use domain::patient::Patient;
use domain::phone::MatchKey;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A patient whose contact has this number and receives messages, so that replies from it count as the
/// patient's.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ContactNumber {
    pub number: MatchKey,
    pub patient: PatientId,
}

impl Entity for ContactNumber {
    const KIND: &'static str = "answered_for";

    fn key(&self) -> Key {
        Key::contact_number(&self.number, self.patient)
    }
}

/// The rows for the contacts of a patient.
#[must_use]
pub fn contact_numbers(patient: &Patient) -> BTreeSet<ContactNumber> {
    let numbers = patient.profile.contacts.reply_numbers().into_iter();
    numbers.map(|number| ContactNumber { number, patient: patient.id }).collect()
}

/// Writes the difference of these rows between two versions of a patient.
pub fn save_contact_numbers(transaction: &mut Transaction, before: &Patient, after: &Patient) {
    let (old, new) = (contact_numbers(before), contact_numbers(after));
    for row in old.difference(&new) {
        transaction.delete(Purpose::Append, row.key());
    }
    for row in new.difference(&old) {
        transaction.overwrite(Purpose::Append, row);
    }
}
