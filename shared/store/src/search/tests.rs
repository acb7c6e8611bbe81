use super::*;
use domain::contact::{ContactProfile, Contacts};
use domain::ids::Id as _;
use domain::language::Language;
use domain::phone::Country;
use domain::text::Line;
use domain::time::Instant;

fn phone(text: &str) -> Option<Phone> {
    Some(Phone::parse(text, Country::NOWHERE).unwrap())
}

fn patient(first_name: &str, last_name: &str, document: &str) -> Patient {
    let profile = PatientProfile {
        first_name: Line::parse(first_name).unwrap(),
        last_name: Line::parse(last_name).unwrap(),
        document_type: PatientProfile::default_document_type(),
        document_number: Line::parse(document).unwrap(),
        birth_date: None,
        phone_number: phone("+573005550001"),
        email: None,
        address: None,
        emergency_contact: None,
        emergency_phone: None,
        language: Language::Es,
        whatsapp_opt_in: true,
        whatsapp_opt_in_at: None,
        notes: None,
        contacts: Contacts::default(),
        erased_at: None,
    };
    let id = PatientId::from_uuid(uuid::Uuid::from_u128(7));
    Patient { row_rules: ROW_RULES, ..Patient::new(id, profile, Instant::parse("2026-01-01T00:00:00Z").unwrap()) }
}

fn with_contact(patient: &Patient, name: &str, number: &str) -> Patient {
    let contact = ContactProfile {
        name: Line::parse(name).unwrap(),
        relationship: None,
        phone_number: phone(number),
        email: None,
        is_primary: false,
        receives_notifications: false,
    };
    let id = ContactId::from_uuid(uuid::Uuid::from_u128(8));
    let contacts = patient.profile.contacts.added(id, contact).unwrap();
    let profile = PatientProfile { contacts, ..patient.profile.clone() };
    Patient { profile, ..patient.clone() }
}

/// The entry by which a search finds a patient, of those that it reads.
fn found(patient: &Patient, text: &str) -> Option<Key> {
    let question = Question::parse(text);
    let lookup = question.lookup()?;
    found_by(patient, &question, &lookup)
}

const LONG: (&str, &str) = (
    "María Fernanda del Carmen Guadalupe Esperanza",
    "Rodríguez Etcheverry de la Fuente Santillana Villavicencio Aguirregomezcorta",
);

#[test]
fn the_last_characters_of_any_document_are_indexed() {
    for document in ["1012345678", "2987 45612 0101", "GOMC900514HDFRRS09", "123456789012345678", "AB-12345/6K"] {
        let word = document_word(document);
        let patient = patient(LONG.0, LONG.1, document);
        assert!(search_entries(&patient).len() <= MAX_ROWS);
        for length in 4..=word.len() {
            let end = &word[word.len() - length..];
            assert!(found(&patient, end).is_some(), "{end} of {document}");
        }
        assert!(found(&patient, document).is_some(), "{document}");
        for end in ["0001", "50001", "3005550001"] {
            assert!(found(&patient, end).is_some(), "{end}");
        }
    }
}

#[test]
fn words_of_one_and_two_letters_are_found() {
    let wu = patient("Li", "Wu", "1");
    for text in ["Wu", "wu", "li wu", "Wu, Li"] {
        assert!(found(&wu, text).is_some(), "{text}");
    }
    let garcia = patient("Ana", "García O", "2");
    for text in ["ga", "o", "an", "garcia o"] {
        assert!(found(&garcia, text).is_some(), "{text}");
    }
    assert_eq!(found(&garcia, "wu"), None);
}

#[test]
fn a_contact_finds_the_patient_by_few_rows() {
    let child = patient("Juan", "García Paz", "1012345678");
    let own = search_entries(&child).len();
    let child = with_contact(&child, "María Fernanda García de la Fuente y Santillana", "+573115550002");
    assert!(search_entries(&child).len() <= own + MAX_CONTACT_ROWS);
    for text in ["maria garcia", "fernanda", "0002", "311 555 0002", "03 311 555 0002", "juan 3115550002", "garcia"] {
        assert!(found(&child, text).is_some(), "{text}");
    }
    assert_eq!(found(&child, "maria lopez"), None);
}

#[test]
fn a_deactivated_patient_is_indexed_by_whole_words_and_numbers() {
    let gone = with_contact(&patient("Ana", "Fernández", "1012345678"), "Marta", "+573115550002");
    let gone = Patient { is_active: false, ..gone };
    let entries = search_entries(&gone);
    assert!(entries.len() <= 8 && entries.iter().all(|entry| entry.inactive && entry.contact.is_none()));
    for text in ["fernandez", "ana", "1012345678", "300 555 0001"] {
        assert!(found(&gone, text).is_some(), "{text}");
    }
    for text in ["nandez", "5678", "marta"] {
        assert_eq!(found(&gone, text), None, "{text}");
    }
}

#[test]
fn rows_of_former_rules_are_found_until_they_are_migrated() {
    let former = Patient { row_rules: 0, ..patient("Ana", "O'Higgins", "44.555.666") };
    assert!(search_entries(&former).iter().all(|entry| entry.rules == 0 && entry.words.starts_with("44555666 ")));
    for text in ["ana", "higgins", "44555666", "300 555 0001", "03 300 555 0001", "0001"] {
        assert!(found(&former, text).is_some(), "{text}");
    }
}
