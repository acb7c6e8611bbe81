//! The search index of patients: one row per suffix of each word, so that any part of a word is the prefix of a
//! row's key. The transaction that changes the patient writes the rows; where they are too many, a sweep finishes.
//!
//! A row contains all words of its patient, so that a search for several words reads no patient who lacks one.
//! It changes only when these words change. Matches at the start of a word sort before matches inside one, and
//! exact matches of a whole word, such as a document number, sort first.
//!
//! A search for two words or more first reads the rows of a pair of them: those who have both.
//!
//! A row is a hint: the profile decides whether a patient is found. Rows of former rules ([`former`]) are read until
//! `citas migrate` has written them again.

mod former;
mod indexed;

use crate::item::Entity;
use crate::keys::{Key, SearchKey, WordPosition, is_found_by};
use domain::ids::{ContactId, PatientId};
use domain::patient::{Patient, PatientProfile};
use domain::phone::Phone;
use domain::search::{LookupText, NameWords, Question, document_word};
use indexed::indexed;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

pub use former::former_document_key;
pub use indexed::{MAX_CONTACT_ROWS, MAX_ROWS};

/// The rules by which rows are written now. See `Record::row_rules`.
pub const ROW_RULES: u8 = 2;

/// Where the names of the patient begin in the words of a contact: they are compared, and not indexed.
const PATIENT_NAMES: &str = "|";
/// A number that is missing.
const NO_NUMBER: &str = "-";

/// An entry of the index: a suffix of a word of a patient.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SearchEntry {
    /// Whether the suffix is the whole word.
    #[serde(rename = "place")] // the stored name
    pub position: WordPosition,
    /// The suffix, in plain form.
    pub suffix: String,
    pub patient: PatientId,
    /// All words of whom the entry is about, separated by blanks: see [`WordsOf`].
    pub words: String,
    /// The contact of the patient whom the entry is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<ContactId>,
    /// Whether the patient is deactivated.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub inactive: bool,
    /// The rules by which it was written.
    #[serde(default)]
    pub rules: u8,
}

domain::opaque!(SearchEntry);

impl Entity for SearchEntry {
    const KIND: &'static str = "search";

    fn key(&self) -> Key {
        Key::search(&SearchKey {
            position: self.position,
            inactive: self.inactive,
            text: &self.suffix,
            patient: self.patient,
            contact: self.contact,
        })
    }
}

impl SearchEntry {
    /// Whether the words that it is about have each part of a question, and no earlier entry of the same words is read
    /// for it. Words can contain a text more than once.
    #[must_use]
    pub fn is_hit(&self, question: &Question, lookup: &LookupText) -> bool {
        let words = if self.rules == 0 { former::with_marked_phone(&self.words) } else { self.words.clone() };
        let words: Vec<&str> = words.split(' ').collect();
        question.matches(&words)
            && first_of(self.rows_of_words(&words), lookup)
                .is_some_and(|(position, suffix)| (position, suffix.as_str()) == (self.position, self.suffix.as_str()))
    }

    fn rows_of_words(&self, words: &[&str]) -> BTreeSet<(WordPosition, String)> {
        let of = match (self.inactive, self.contact) {
            (true, _) => WordsOf::Inactive,
            (false, Some(_)) => WordsOf::Contact,
            (false, None) => WordsOf::Patient,
        };
        if self.rules == 0 { former::indexed(words) } else { indexed(words, of, self.rules) }
    }
}

/// Whom words are of. They are the document number (or `-`), the phone number with a `+` (or `-`), the words of the
/// name, and those that may be written together with a `=`; of a contact also a `|` and the words of the patient's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum WordsOf {
    Patient,
    /// A deactivated patient, who is found by whole words only.
    Inactive,
    Contact,
}

/// The row that comes first among those that are read for a lookup.
fn first_of(rows: BTreeSet<(WordPosition, String)>, lookup: &LookupText) -> Option<(WordPosition, String)> {
    rows.into_iter().filter(|(position, suffix)| is_found_by(*position, suffix, lookup)).min_by(|one, other| {
        let key = |(position, suffix): &(WordPosition, String)| (reading_order(*position), suffix.clone());
        key(one).cmp(&key(other))
    })
}

/// In which order a search reads the rows.
fn reading_order(position: WordPosition) -> u8 {
    match position {
        WordPosition::Pair => 0,
        WordPosition::Start | WordPosition::ShortStart => 1,
        WordPosition::Inside => 2,
    }
}

fn name_words(names: &NameWords) -> Vec<String> {
    let joined = names.joined.iter().map(|word| format!("={word}"));
    names.words.iter().cloned().chain(joined).collect()
}

fn phone_word(phone: Option<&Phone>) -> String {
    phone.map_or(NO_NUMBER, Phone::as_str).to_owned()
}

fn words_of_patient(profile: &PatientProfile) -> Vec<String> {
    let document = document_word(profile.document_number.as_str());
    let document = if document.is_empty() { NO_NUMBER.to_owned() } else { document };
    let mut words = vec![document, phone_word(profile.phone_number.as_ref())];
    words.extend(names_of_patient(profile));
    words
}

fn names_of_patient(profile: &PatientProfile) -> Vec<String> {
    let mut names = NameWords::of(profile.full_name().as_str());
    // `Ma` without a dot is a family name too, so it is found as both.
    if NameWords::of(profile.first_name.as_str()).words.iter().any(|word| word == "ma") {
        names.words.push("maria".to_owned());
    }
    name_words(&names)
}

/// The entries of a patient by the rules by which they were written; none for an erased one.
#[must_use]
pub fn search_entries(patient: &Patient) -> BTreeSet<SearchEntry> {
    let profile = &patient.profile;
    if profile.erased_at.is_some() {
        return BTreeSet::new();
    }
    if patient.row_rules == 0 {
        return former::entries(patient);
    }
    let own = words_of_patient(profile);
    let of = if patient.is_active { WordsOf::Patient } else { WordsOf::Inactive };
    let mut entries = entries(patient, None, &own, of);
    if patient.is_active {
        let names = names_of_patient(profile);
        for contact in profile.contacts.iter() {
            let mut words = vec![NO_NUMBER.to_owned(), phone_word(contact.profile.phone_number.as_ref())];
            words.extend(name_words(&NameWords::of(contact.profile.name.as_str())));
            words.push(PATIENT_NAMES.to_owned());
            words.extend(names.iter().cloned());
            entries.extend(self::entries(patient, Some(contact.id), &words, WordsOf::Contact));
        }
    }
    entries
}

fn entries(patient: &Patient, contact: Option<ContactId>, words: &[String], of: WordsOf) -> BTreeSet<SearchEntry> {
    let all = words.join(" ");
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let entry = |(position, suffix)| SearchEntry {
        position,
        suffix,
        patient: patient.id,
        words: all.clone(),
        contact,
        inactive: of == WordsOf::Inactive,
        rules: patient.row_rules,
    };
    indexed(&words, of, patient.row_rules).into_iter().map(entry).collect()
}

/// The key of the entry by which a patient is found, as the profile is now. `None` if the patient isn't found. Each
/// patient is found once, however many entries match.
#[must_use]
pub fn found_by(patient: &Patient, question: &Question, lookup: &LookupText) -> Option<Key> {
    let hits = search_entries(patient)
        .into_iter()
        .filter(|entry| is_found_by(entry.position, &entry.suffix, lookup) && entry.is_hit(question, lookup));
    hits.map(|entry| entry.key()).min_by(|one, other| one.sk.cmp(&other.sk))
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
