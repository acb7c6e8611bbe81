//! The search index of patients: one row for each suffix of each word, so that any part of a word
//! is the beginning of some row's key. Written by the transaction that changes the patient.

use crate::item::Entity;
use crate::keys::Key;
use domain::ids::PatientId;
use domain::patient::{Patient, compact};
use domain::text::fold;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The shortest word that the index knows.
pub const MIN_WORD: usize = 3;
/// At most this many rows a patient, so that a change of all of them fits a transaction.
pub const MAX_ROWS: usize = 40;

/// One row: a suffix of a word, and whose.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SearchEntry {
    /// The suffix, folded.
    pub suffix: String,
    /// The patient.
    pub patient: PatientId,
}

domain::opaque!(SearchEntry);

impl Entity for SearchEntry {
    const KIND: &'static str = "search";

    fn key(&self) -> Key {
        Key::search(&self.suffix, self.patient)
    }
}

/// Where the phone number stands among the words.
const PHONE: usize = 1;

/// The words by which a patient is found: document, phone, names.
#[must_use]
pub fn words(patient: &Patient) -> Vec<String> {
    let profile = &patient.profile;
    let mut words = vec![
        compact(profile.document_number.as_str()),
        profile.phone_number.as_str().trim_start_matches('+').to_owned(),
    ];
    words.extend(fold(profile.full_name().as_str()).split_whitespace().map(str::to_owned));
    words
}

/// A patient's rows. What survives where the limit cuts: whole words, every part of the phone number
/// (people know its last digits, and a patient who wants no more messages is found by them), and of
/// the other words' parts the longer ones.
#[must_use]
pub fn entries(patient: &Patient) -> BTreeSet<SearchEntry> {
    let words = words(patient);
    let suffixes = |word: &String| {
        let chars: Vec<char> = word.chars().collect();
        let parts = (0..chars.len()).map(|skip| chars.iter().skip(skip).collect::<String>());
        parts.filter(|part| part.chars().count() >= MIN_WORD).collect::<Vec<_>>()
    };
    let mut parts: Vec<(usize, String)> = Vec::new();
    for (number, word) in words.iter().enumerate() {
        let ranked = suffixes(word).into_iter().enumerate();
        parts.extend(ranked.map(|(skip, part)| if number == PHONE { (skip.min(1), part) } else { (skip, part) }));
    }
    parts.sort_by_key(|(rank, _)| *rank);
    let mut found = BTreeSet::new();
    for (_, suffix) in parts {
        if found.len() < MAX_ROWS {
            found.insert(SearchEntry { suffix, patient: patient.id });
        }
    }
    found
}

/// Whether `entry` is the first of a patient's rows that begin with `word`: a word can stand in a
/// name more than once, and a list of hits shows each patient once.
#[must_use]
pub fn is_first_hit(patient: &Patient, word: &str, entry: &SearchEntry) -> bool {
    entries(patient).into_iter().find(|first| first.suffix.starts_with(word)).is_some_and(|first| first == *entry)
}

/// The words of a search, written as the index has them: numbers without what people put between
/// their digits.
#[must_use]
pub fn wanted(text: &str) -> Vec<String> {
    let plain = |word: &str| {
        let number = word.chars().any(|c| c.is_ascii_digit());
        word.chars().filter(|c| !(number && "+-./()".contains(*c))).collect::<String>()
    };
    fold(text).split_whitespace().map(plain).filter(|word| !word.is_empty()).collect()
}

/// Whether a patient has every word of a search somewhere.
#[must_use]
pub fn matches(patient: &Patient, wanted: &[String]) -> bool {
    let words = words(patient);
    wanted.iter().all(|part| words.iter().any(|word| word.contains(part)))
}
