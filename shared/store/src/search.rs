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
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SearchEntry {
    /// The suffix, folded.
    pub suffix: String,
    /// The patient.
    pub patient: PatientId,
}

impl Entity for SearchEntry {
    const KIND: &'static str = "search";

    fn key(&self) -> Key {
        Key::search(&self.suffix, self.patient)
    }
}

/// The words by which a patient is found: document, phone, names.
#[must_use]
pub fn words(patient: &Patient) -> Vec<String> {
    let profile = &patient.profile;
    let mut words = vec![
        compact(profile.document_number.as_str()),
        profile.phone_number.as_str().trim_start_matches('+').to_owned(),
    ];
    words.extend(fold(&profile.full_name()).split_whitespace().map(str::to_owned));
    words
}

/// A patient's rows. Whole words come before their suffixes: they survive where the limit cuts.
#[must_use]
pub fn entries(patient: &Patient) -> BTreeSet<SearchEntry> {
    let words = words(patient);
    let longest = words.iter().map(|word| word.chars().count()).max().unwrap_or(0);
    let suffix = |word: &String, skip: usize| {
        let suffix: String = word.chars().skip(skip).collect();
        (suffix.chars().count() >= MIN_WORD).then_some(suffix)
    };
    let mut found = BTreeSet::new();
    for skip in 0..longest {
        for suffix in words.iter().filter_map(|word| suffix(word, skip)) {
            if found.len() < MAX_ROWS {
                found.insert(SearchEntry { suffix, patient: patient.id });
            }
        }
    }
    found
}

/// Whether a patient has every word of a search somewhere.
#[must_use]
pub fn matches(patient: &Patient, wanted: &[String]) -> bool {
    let words = words(patient);
    wanted.iter().all(|part| words.iter().any(|word| word.contains(part)))
}
