//! Erasure of a patient's personal data. The appointments stay under a pseudonym that doesn't identify the
//! patient.

use crate::contact::Contacts;
use crate::ids::{Id as _, PatientId};
use crate::language::Language;
use crate::patient::{PatientProfile, compact};
use crate::phone::{MatchKey, Phone};
use crate::text::{Line, fold};
use crate::time::Instant;
use std::collections::BTreeSet;

/// The shortest part of a name or a document that identifies a patient: "de" and "la" don't.
const MIN_IDENTIFYING_CHARS: usize = 3;

impl PatientProfile {
    /// The profile that replaces that of a patient erased at `at`. Its document number is the id, so that it
    /// stays unique.
    #[must_use]
    pub fn erased(id: PatientId, at: Instant) -> Self {
        let digits = id.uuid().simple().to_string();
        // The last digits are random; the first ones encode when the patient was registered.
        let (_, pseudonym) = digits.split_at(digits.len() - 12);
        Self {
            first_name: Line::trusted("Paciente".to_owned()),
            last_name: Line::trusted(pseudonym.to_owned()),
            document_type: Line::trusted("ERASED".to_owned()),
            document_number: Line::trusted(digits.clone()),
            birth_date: None,
            phone_number: None,
            email: None,
            address: None,
            emergency_contact: None,
            emergency_phone: None,
            language: Language::default(),
            whatsapp_opt_in: false,
            whatsapp_opt_in_at: None,
            notes: None,
            contacts: Contacts::default(),
            erased_at: Some(at),
        }
    }

    /// The numbers of the patient, the emergency contact and the contacts.
    #[must_use]
    pub fn phone_numbers(&self) -> BTreeSet<MatchKey> {
        let contacts = self.contacts.iter().filter_map(|contact| contact.profile.phone_number.as_ref());
        let own = self.phone_number.iter().chain(&self.emergency_phone);
        own.chain(contacts).map(Phone::match_key).collect()
    }

    /// Whether a text identifies the patient by a name, a document, a phone number, an e-mail address or an
    /// address. Texts that are kept after an erasure must not.
    #[must_use]
    pub fn is_identified_by(&self, text: &str) -> bool {
        let text = fold(text);
        let words: BTreeSet<&str> = text.split(|c: char| !c.is_alphanumeric()).collect();
        let names = self.contacts.iter().map(|contact| contact.profile.name.as_str());
        let names = names.chain([self.first_name.as_str(), self.last_name.as_str()]);
        let names = names.chain(self.emergency_contact.as_ref().map(Line::as_str));
        let named = |name: &str| {
            fold(name)
                .split(|c: char| !c.is_alphanumeric())
                .any(|word| word.len() >= MIN_IDENTIFYING_CHARS && words.contains(word))
        };
        let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
        let (document, text_digits) = (compact(self.document_number.as_str()), digits(&text));
        let numbered = |number: MatchKey| text_digits.contains(&digits(number.as_str()));
        let emails = self.contacts.iter().filter_map(|contact| contact.profile.email.as_ref()).chain(&self.email);
        names.into_iter().any(named)
            || (document.len() >= MIN_IDENTIFYING_CHARS && compact(&text).contains(&document))
            || self.phone_numbers().into_iter().any(numbered)
            || emails.map(|email| fold(email.as_str())).any(|email| text.contains(&email))
            || self.address.as_ref().is_some_and(|address| text.contains(&fold(address.as_str())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::email::Email;
    use crate::phone::Country;
    use uuid::Uuid;

    fn now() -> Instant {
        Instant::parse("2025-12-01T12:00:00Z").unwrap()
    }

    fn lucia() -> PatientProfile {
        PatientProfile {
            first_name: Line::parse("Lucía de").unwrap(),
            last_name: Line::parse("O'Higgins").unwrap(),
            document_number: Line::parse("30.123.456").unwrap(),
            phone_number: Phone::parse("+12025550141", Country::parse("AR").unwrap()).ok(),
            email: Email::optional(Some("lucia@example.com")).unwrap(),
            erased_at: None,
            ..PatientProfile::erased(PatientId::from_uuid(Uuid::from_u128(1)), now())
        }
    }

    #[test]
    fn a_reason_that_identifies_the_patient_is_detected() {
        for identifying in [
            "lucia asked",
            "Sra. LUCÍA",
            "family Higgins",
            "document 30123456",
            "DNI 30.123.456",
            "call +1 (202) 555-0141",
            "wrote from Lucia@example.com",
        ] {
            assert!(lucia().is_identified_by(identifying), "{identifying}");
        }
        for plain in ["", "The patient asked for it in writing", "de la ley 25.326", "request 2025/301"] {
            assert!(!lucia().is_identified_by(plain), "{plain}");
        }
    }

    #[test]
    fn two_erased_patients_stay_distinct() {
        let erased = |number| PatientProfile::erased(PatientId::from_uuid(Uuid::from_u128(number)), now());
        assert_ne!(erased(1).document_key(), erased(2).document_key());
        assert_ne!(erased(1).full_name(), erased(2).full_name());
        assert!(erased(1).phone_numbers().is_empty());
    }
}
