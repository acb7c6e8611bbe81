//! A town: patients with names, documents and numbers, and eight ways to search for each.

use super::documents;
use super::names::FullName;
use super::phones;
use domain::contact::Contacts;
use domain::ids::{Id as _, PatientId};
use domain::language::Language;
use domain::patient::{Patient, PatientProfile};
use domain::phone::{Country, Phone};
use domain::text::{Line, fold};
use domain::time::Instant;
use store::search::ROW_RULES;

/// A patient, and the texts with which a receptionist searches for them.
pub(super) struct Searched {
    pub(super) patient: Patient,
    pub(super) texts: Vec<String>,
}

/// The ways to search for a patient.
pub const WAYS: usize = 8;

/// A patient of this number. `None` if what was chosen isn't valid: a number of no numbering plan.
pub(super) fn random(number: usize, random: &mut fastrand::Rng) -> Option<Searched> {
    let name = FullName::random(random);
    let (document_type, document) = documents::random(random);
    let phone = phones::random(random)?;
    let (first_name, last_name) = name.lines()?;
    let profile = PatientProfile {
        first_name,
        last_name,
        document_type: Line::parse(document_type).ok()?,
        document_number: Line::parse(&document).ok()?,
        birth_date: None,
        phone_number: Some(Phone::parse(&phone.stored, Country::NOWHERE).ok()?),
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
    let id = uuid::Uuid::from_u128(0x0194_0000_0000_7000_8000_0000_0000_0000 + u128::try_from(number).ok()?);
    let now = Instant::parse("2026-01-01T00:00:00Z").ok()?;
    let patient = Patient { row_rules: ROW_RULES, ..Patient::new(PatientId::from_uuid(id), profile, now) };
    let texts = texts(&name, (document_type, &document), &phone.way, random);
    Some(Searched { patient, texts })
}

fn texts(name: &FullName, document: (&str, &str), phone: &str, random: &mut fastrand::Rng) -> Vec<String> {
    let FullName { given, family } = name;
    let (document_type, number) = document;
    let letters: String = number.chars().filter(|c| c.is_alphanumeric()).collect();
    let apostrophe = ["'", "’", "´", "`", "ʼ", ""].get(random.usize(..6)).copied().unwrap_or_default();
    let respelled = |text: &str| {
        let respelled = text.chars().map(|c| match c {
            '\'' | '’' | '´' | 'ʼ' => apostrophe.to_owned(),
            '-' | '–' => [" ", "-", "—"].get(random.clone().usize(..3)).copied().unwrap_or_default().to_owned(),
            other => other.to_string(),
        });
        respelled.collect::<String>()
    };
    let first = |text: &str| text.split_whitespace().next().unwrap_or_default().to_owned();
    let tail: String = letters.chars().skip(letters.len().saturating_sub(4)).collect();
    vec![
        format!("{family}, {given}"),
        fold(&respelled(&format!("{given} {family}"))),
        format!("Sra. {}", respelled(family).to_uppercase()),
        format!("{} {}", first(family), first(given)),
        format!("{document_type}: {}", grouped(&letters, random)),
        tail,
        format!("tel. {phone}"),
        format!("\u{202a}{}\u{202c}\u{200b}", phone.replace(' ', "\u{a0}").replace('-', "\u{2011}")),
    ]
}

/// Letters and digits in groups, as they are dictated.
fn grouped(letters: &str, random: &mut fastrand::Rng) -> String {
    let separator = [" ", ".", "-", "", "\u{202f}"].get(random.usize(..5)).copied().unwrap_or_default();
    let size = random.usize(3..=5);
    let mut groups = String::new();
    for (at, c) in letters.chars().enumerate() {
        if at > 0 && at % size == 0 {
            groups.push_str(separator);
        }
        groups.push(c);
    }
    groups
}
