//! What is left of a patient who was erased: a pseudonym, under which appointments are kept, and nothing that
//! leads back to anybody.

use crate::contact::Contacts;
use crate::ids::{Id as _, PatientId};
use crate::language::Language;
use crate::patient::{PatientProfile, compact};
use crate::phone::{MatchKey, Phone};
use crate::text::{Line, fold};
use crate::time::Instant;
use std::collections::BTreeSet;

/// The shortest part of a name or a document that tells who somebody is: "de" and "la" don't.
const TELLING: usize = 3;

impl PatientProfile {
    /// What is kept under an id from the instant on at which the patient was erased. The document is the
    /// id, so that it stays unique.
    #[must_use]
    pub fn erased(id: PatientId, at: Instant) -> Self {
        let digits = id.uuid().simple().to_string();
        // The last digits are random, the first a time at which somebody was registered.
        let (_, pseudonym) = digits.split_at(digits.len() - 12);
        Self {
            first_name: Line::ours("Paciente".to_owned()),
            last_name: Line::ours(pseudonym.to_owned()),
            document_type: Line::ours("ERASED".to_owned()),
            document_number: Line::ours(digits.clone()),
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

    /// All numbers by which the patient could be reached.
    #[must_use]
    pub fn numbers(&self) -> BTreeSet<MatchKey> {
        let contacts = self.contacts.iter().filter_map(|contact| contact.profile.phone_number.as_ref());
        let own = self.phone_number.iter().chain(&self.emergency_phone);
        own.chain(contacts).map(Phone::match_key).collect()
    }

    /// Whether a text tells who the patient is: it has a name, a document, a number or an address of theirs.
    /// What is kept beyond an erasure mustn't.
    #[must_use]
    pub fn is_told_by(&self, text: &str) -> bool {
        let text = fold(text);
        let words: BTreeSet<&str> = text.split(|c: char| !c.is_alphanumeric()).collect();
        let names = self.contacts.iter().map(|contact| contact.profile.name.as_str());
        let names = names.chain([self.first_name.as_str(), self.last_name.as_str()]);
        let names = names.chain(self.emergency_contact.as_ref().map(Line::as_str));
        let named = |name: &str| {
            fold(name).split(|c: char| !c.is_alphanumeric()).any(|word| word.len() >= TELLING && words.contains(word))
        };
        let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
        let (document, said) = (compact(self.document_number.as_str()), digits(&text));
        let numbered = |number: MatchKey| said.contains(&digits(number.as_str()));
        let emails = self.contacts.iter().filter_map(|contact| contact.profile.email.as_ref()).chain(&self.email);
        names.into_iter().any(named)
            || (document.len() >= TELLING && compact(&text).contains(&document))
            || self.numbers().into_iter().any(numbered)
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
    fn a_reason_that_names_the_patient_is_told_from_one_that_does_not() {
        for told in [
            "lucia asked",
            "Sra. LUCÍA",
            "family Higgins",
            "document 30123456",
            "DNI 30.123.456",
            "call +1 (202) 555-0141",
            "wrote from Lucia@example.com",
        ] {
            assert!(lucia().is_told_by(told), "{told}");
        }
        for plain in ["", "The patient asked for it in writing", "de la ley 25.326", "request 2025/301"] {
            assert!(!lucia().is_told_by(plain), "{plain}");
        }
    }

    #[test]
    fn two_who_were_erased_are_two() {
        let erased = |number| PatientProfile::erased(PatientId::from_uuid(Uuid::from_u128(number)), now());
        assert_ne!(erased(1).document_key(), erased(2).document_key());
        assert_ne!(erased(1).full_name(), erased(2).full_name());
        assert!(erased(1).numbers().is_empty());
    }
}
