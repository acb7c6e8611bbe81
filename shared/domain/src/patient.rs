//! Patients and their profile.

use crate::contact::Contacts;
use crate::email::Email;
use crate::ids::PatientId;
use crate::language::Language;
use crate::name::Name;
use crate::phone::{MatchKey, Phone};
use crate::record::Record;
use crate::search::{is_blank, is_dash, is_dot, is_format};
use crate::text::{Line, Note, fold};
use crate::time::{Days, Instant, LocalDate};
use crate::violation::{Rule, Violations};
use serde::{Deserialize, Serialize};

pub type Patient = Record<PatientId, PatientProfile>;

/// The editable fields of a patient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PatientProfile {
    pub first_name: Line<100>,
    pub last_name: Line<100>,
    /// For example `CC`, `DNI` or `PASAPORTE`.
    pub document_type: Line<20>,
    /// As written on the document.
    pub document_number: Line<50>,
    pub birth_date: Option<BirthDate>,
    /// Receives the messages unless a contact does. `None` only for an erased patient.
    pub phone_number: Option<Phone>,
    pub email: Option<Email>,
    pub address: Option<Line<200>>,
    /// The name of a person to call in an emergency.
    pub emergency_contact: Option<Line<100>>,
    pub emergency_phone: Option<Phone>,
    /// The language of messages.
    pub language: Language,
    /// Whether the patient consents to WhatsApp messages.
    pub whatsapp_opt_in: bool,
    /// When the consent was last given or withdrawn.
    pub whatsapp_opt_in_at: Option<Instant>,
    /// Notes of the reception desk.
    pub notes: Option<Note<2000>>,
    /// Edited through their own requests.
    #[serde(default, skip_serializing_if = "Contacts::is_empty")]
    pub contacts: Contacts,
    /// When the personal data was erased: see [`erasure`](crate::erasure).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erased_at: Option<Instant>,
}

/// A date of birth. `Debug` hides it.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BirthDate(pub LocalDate);

crate::opaque!(BirthDate);

impl BirthDate {
    /// The first of January of 1900, the earliest one that is accepted.
    pub const EARLIEST: LocalDate = match LocalDate::from_ymd_opt(1900, 1, 1) {
        Some(date) => date,
        None => LocalDate::MIN,
    };

    /// # Errors
    /// [`Rule::BirthDate`] before [`Self::EARLIEST`] and after `today`.
    pub fn check(self, today: LocalDate) -> Result<(), Rule> {
        if (Self::EARLIEST..=today).contains(&self.0) { Ok(()) } else { Err(Rule::BirthDate) }
    }
}

impl PatientProfile {
    /// The type of a document whose type isn't given: Colombia's "cédula de ciudadanía".
    #[must_use]
    pub fn default_document_type() -> Line<20> {
        Line::trusted("CC".to_owned())
    }

    /// Given and family names.
    #[must_use]
    pub fn full_name(&self) -> Name {
        format!("{} {}", self.first_name.as_str(), self.last_name.as_str()).into()
    }

    /// The number that receives the messages: the patient's, or that of the contact who receives them instead.
    #[must_use]
    pub fn recipient_phone(&self) -> Option<&Phone> {
        self.contacts.recipient_phone().or(self.phone_number.as_ref())
    }

    /// Whether replies from a number count as the patient's.
    #[must_use]
    pub fn accepts_replies_from(&self, number: &MatchKey) -> bool {
        self.phone_number.as_ref().is_some_and(|own| own.match_key() == *number)
            || self.contacts.reply_numbers().contains(number)
    }

    /// The sort key of lists: family names first, folded.
    #[must_use]
    pub fn sort_name(&self) -> String {
        fold(&format!("{} {}", self.last_name.as_str(), self.first_name.as_str()))
    }

    /// Checks what a request changes: the document and the date of birth. Values that were stored before these rules
    /// stay until they are changed.
    ///
    /// # Errors
    /// [`Rule::Required`] for a document that is empty without blanks, dots and dashes; [`Rule::BirthDate`].
    pub fn check(&self, before: Option<&Self>, utc_day: LocalDate) -> Result<(), Violations> {
        let mut violations = Violations::default();
        for (field, value, former) in [
            ("document_type", self.document_type.as_str(), before.map(|before| before.document_type.as_str())),
            ("document_number", self.document_number.as_str(), before.map(|before| before.document_number.as_str())),
        ] {
            if former != Some(value) && compact(value).is_empty() {
                violations.add(field, Rule::Required);
            }
        }
        // No place on Earth has a later date than the day after the UTC day.
        let latest = utc_day.checked_add_days(Days::new(1)).unwrap_or(utc_day);
        if let Some(date) = self.birth_date.filter(|date| before.is_none_or(|before| before.birth_date != Some(*date)))
        {
            violations.take("birth_date", date.check(latest));
        }
        violations.check()
    }

    /// The normalised document, which is unique: without case, blanks, dots, dashes and invisible characters.
    #[must_use]
    pub fn document_key(&self) -> String {
        format!("{}#{}", compact(self.document_type.as_str()), compact(self.document_number.as_str()))
    }
}

/// A document's type or number without case, blanks, dots, dashes and invisible characters.
#[must_use]
pub fn compact(text: &str) -> String {
    fold(text).chars().filter(|c| !is_blank(*c) && !is_dot(*c) && !is_dash(*c) && !is_format(*c)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_document_compare_equal() {
        assert_eq!(compact("001-1677726-1"), compact("001.1677 7261"));
        assert_eq!(compact("ab 12"), compact("AB-12"));
        assert_ne!(compact("12"), compact("21"));
        for text in ["4–4", "4—4", "4\u{2011}4", "4\u{2212}4", "4·4", "4\u{202f}4", "4\u{200b}4", "\u{202d}44", "４４"]
        {
            assert_eq!(compact(text), "44", "{text}");
        }
        for empty in [".", "-", "—", "\u{200b}", "· –"] {
            assert_eq!(compact(empty), "", "{empty}");
        }
        assert_ne!(compact("123456/78"), compact("12345678"));
    }
}
