//! Patients.

use crate::contact::Contacts;
use crate::email::Email;
use crate::ids::PatientId;
use crate::language::Language;
use crate::name::Name;
use crate::phone::{MatchKey, Phone};
use crate::record::Record;
use crate::text::{Line, Note, fold};
use crate::time::{Instant, LocalDate};
use serde::{Deserialize, Serialize};

/// A patient.
pub type Patient = Record<PatientId, PatientProfile>;

/// What the reception desk edits of a patient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PatientProfile {
    /// Given names.
    pub first_name: Line<100>,
    /// Family names.
    pub last_name: Line<100>,
    /// The kind of document, as `CC`, `DNI` or `PASAPORTE`.
    pub document_type: Line<20>,
    /// Its number as written on it.
    pub document_number: Line<50>,
    /// Date of birth.
    pub birth_date: Option<BirthDate>,
    /// Where messages go, unless a contact receives them. Only who was erased has none.
    pub phone_number: Option<Phone>,
    /// E-mail address.
    pub email: Option<Email>,
    /// Postal address.
    pub address: Option<Line<200>>,
    /// Whom to call in an emergency.
    pub emergency_contact: Option<Line<100>>,
    /// At which number.
    pub emergency_phone: Option<Phone>,
    /// The language of messages.
    pub language: Language,
    /// Whether the patient agrees to WhatsApp messages.
    pub whatsapp_opt_in: bool,
    /// Since when that answer stands.
    pub whatsapp_opt_in_at: Option<Instant>,
    /// Notes of the reception desk.
    pub notes: Option<Note<2000>>,
    /// Whom else to call, and who receives the messages. Edited on their own.
    #[serde(default, skip_serializing_if = "Contacts::is_empty")]
    pub contacts: Contacts,
    /// Since when nothing of the above is about anybody: see [`erasure`](crate::erasure).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erased_at: Option<Instant>,
}

/// A date of birth.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BirthDate(pub LocalDate);

crate::opaque!(BirthDate);

impl PatientProfile {
    /// Given and family names.
    #[must_use]
    pub fn full_name(&self) -> Name {
        format!("{} {}", self.first_name.as_str(), self.last_name.as_str()).into()
    }

    /// The number that messages go to: the patient's, or that of the contact who receives them.
    #[must_use]
    pub fn notified(&self) -> Option<&Phone> {
        self.contacts.notified().or(self.phone_number.as_ref())
    }

    /// Whether what comes from a number counts as the patient's word.
    #[must_use]
    pub fn answers_from(&self, number: &MatchKey) -> bool {
        self.phone_number.as_ref().is_some_and(|own| own.match_key() == *number)
            || self.contacts.answering().contains(number)
    }

    /// The name by which lists are sorted: family names first, folded.
    #[must_use]
    pub fn sort_name(&self) -> String {
        fold(&format!("{} {}", self.last_name.as_str(), self.first_name.as_str()))
    }

    /// The form in which a document is unique: without case, blanks, dots and dashes.
    #[must_use]
    pub fn document_key(&self) -> String {
        format!("{}#{}", compact(self.document_type.as_str()), compact(self.document_number.as_str()))
    }
}

/// A document's type or number without case, blanks, dots and dashes.
#[must_use]
pub fn compact(text: &str) -> String {
    fold(text).chars().filter(|c| !c.is_whitespace() && !matches!(c, '.' | '-')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_one_however_they_are_written() {
        assert_eq!(compact("001-1677726-1"), compact("001.1677 7261"));
        assert_eq!(compact("ab 12"), compact("AB-12"));
        assert_ne!(compact("12"), compact("21"));
    }
}
