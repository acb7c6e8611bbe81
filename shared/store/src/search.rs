//! The search index of patients: one row per suffix of each word, so that any part of a word is the prefix of a
//! row's key. The transaction that changes the patient writes the rows.
//!
//! A row contains all words of its patient, so that a search for several words reads no patient who lacks one.
//! It changes only when these words change. Matches at the start of a word sort before matches inside one, and
//! exact matches of a whole word, such as a document number, sort first.

use crate::item::Entity;
use crate::keys::{Key, WordPosition};
use domain::ids::PatientId;
use domain::patient::{Patient, compact};
use domain::phone::Phone;
use domain::text::fold;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The minimum length of indexed suffixes in characters.
pub const MIN_WORD: usize = 3;
/// The maximum number of rows per patient, so that replacing all of them fits in a transaction.
pub const MAX_ROWS: usize = 40;

/// An entry of the index: a suffix of a word of a patient.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SearchEntry {
    /// Whether the suffix is the whole word.
    #[serde(rename = "place")] // the stored name
    pub position: WordPosition,
    /// The suffix, folded.
    pub suffix: String,
    pub patient: PatientId,
    /// All words of the patient in the order of [`words`], separated by blanks.
    pub words: String,
}

domain::opaque!(SearchEntry);

impl Entity for SearchEntry {
    const KIND: &'static str = "search";

    fn key(&self) -> Key {
        Key::search(self.position, &self.suffix, self.patient)
    }
}

impl SearchEntry {
    /// Whether each word of a search is part of one of the patient's words.
    #[must_use]
    pub fn has_words(&self, wanted: &[String]) -> bool {
        contain_all(&self.words.split(' '), wanted)
    }

    /// Whether it is the first of the patient's entries that start with `text`. Words can contain a text more than
    /// once, and a result must contain each patient once.
    #[must_use]
    pub fn is_first(&self, text: &str) -> bool {
        let words: Vec<&str> = self.words.split(' ').collect();
        indexed_suffixes(&words).into_iter().find(|(_, suffix)| suffix.starts_with(text))
            == Some((self.position, self.suffix.clone()))
    }
}

/// The index of the phone number in the words.
const PHONE: usize = 1;

/// The indexed words of a patient: document number, phone number, names.
#[must_use]
pub fn words(patient: &Patient) -> Vec<String> {
    let profile = &patient.profile;
    let phone = profile.phone_number.as_ref().map_or("", Phone::as_str);
    let mut words = vec![compact(profile.document_number.as_str()), phone.trim_start_matches('+').to_owned()];
    words.extend(fold(profile.full_name().as_str()).split_whitespace().map(str::to_owned));
    words
}

/// The entries of a patient; none for an erased one.
#[must_use]
pub fn search_entries(patient: &Patient) -> BTreeSet<SearchEntry> {
    if patient.profile.erased_at.is_some() {
        return BTreeSet::new();
    }
    let words = words(patient);
    let all = words.join(" ");
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let entry = |(position, suffix)| SearchEntry { position, suffix, patient: patient.id, words: all.clone() };
    indexed_suffixes(&words).into_iter().map(entry).collect()
}

/// The indexed suffixes, at most [`MAX_ROWS`]. In this order of priority: whole words and every suffix of the
/// phone number (users search for its last digits, for example after an opt-out), then longer suffixes of other
/// words.
fn indexed_suffixes(words: &[&str]) -> BTreeSet<(WordPosition, String)> {
    let mut ranked: Vec<(usize, WordPosition, String)> = Vec::new();
    for (number, word) in words.iter().enumerate() {
        let ends = word.char_indices().map(|(at, _)| word.split_at(at).1);
        for (skip, part) in ends.enumerate().filter(|(_, part)| part.chars().count() >= MIN_WORD) {
            let rank = if number == PHONE { skip.min(1) } else { skip };
            let position = if skip == 0 { WordPosition::Start } else { WordPosition::Inside };
            ranked.push((rank, position, part.to_owned()));
        }
    }
    ranked.sort_by_key(|(rank, ..)| *rank);
    let mut found = BTreeSet::new();
    for (_, position, part) in ranked {
        if found.len() < MAX_ROWS {
            found.insert((position, part));
        }
    }
    found
}

/// Normalises a search text into words, with separators between the digits of numbers removed.
#[must_use]
pub fn parse_query(text: &str) -> Vec<String> {
    let plain = |word: &str| {
        let number = word.chars().any(|c| c.is_ascii_digit());
        word.chars().filter(|c| !(number && "+-./()".contains(*c))).collect::<String>()
    };
    fold(text).split_whitespace().map(plain).filter(|word| !word.is_empty()).collect()
}

/// Whether each word of a search is part of one of the patient's words.
#[must_use]
pub fn matches(patient: &Patient, wanted: &[String]) -> bool {
    contain_all(&words(patient).iter().map(String::as_str), wanted)
}

fn contain_all<'a>(words: &(impl Iterator<Item = &'a str> + Clone), wanted: &[String]) -> bool {
    wanted.iter().all(|part| words.clone().any(|word| word.contains(part.as_str())))
}
