//! The search index of patients: one row for each suffix of each word, so that any part of a word
//! is the beginning of some row's key. Written by the transaction that changes the patient.
//!
//! A row has all the words of its patient, so that a search for several of them reads no patient who
//! lacks one; it changes with these words and with nothing else. Words that begin with what is searched
//! for sort before those that go on with it, and among these the one that is just that, as a whole
//! document number is, comes first.

use crate::item::Entity;
use crate::keys::{InWord, Key};
use domain::ids::PatientId;
use domain::patient::{Patient, compact};
use domain::phone::Phone;
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
    /// Whether it is the whole word or the rest of one.
    pub place: InWord,
    /// The suffix, folded.
    pub suffix: String,
    /// The patient.
    pub patient: PatientId,
    /// All words of the patient, as [`words`] has them, with blanks between.
    pub words: String,
}

domain::opaque!(SearchEntry);

impl Entity for SearchEntry {
    const KIND: &'static str = "search";

    fn key(&self) -> Key {
        Key::search(self.place, &self.suffix, self.patient)
    }
}

impl SearchEntry {
    /// Whether the patient has every word of a search somewhere.
    #[must_use]
    pub fn has(&self, wanted: &[String]) -> bool {
        contain(self.words.split(' '), wanted)
    }

    /// Whether it is the first of its patient's rows that begin with `text`: a text can stand in a name
    /// more than once, and a list of hits shows each patient once.
    #[must_use]
    pub fn is_first(&self, text: &str) -> bool {
        let words: Vec<&str> = self.words.split(' ').collect();
        parts(&words).into_iter().find(|(_, suffix)| suffix.starts_with(text))
            == Some((self.place, self.suffix.clone()))
    }
}

/// Where the phone number stands among the words.
const PHONE: usize = 1;

/// The words by which a patient is found: document, phone, names.
#[must_use]
pub fn words(patient: &Patient) -> Vec<String> {
    let profile = &patient.profile;
    let phone = profile.phone_number.as_ref().map_or("", Phone::as_str);
    let mut words = vec![compact(profile.document_number.as_str()), phone.trim_start_matches('+').to_owned()];
    words.extend(fold(profile.full_name().as_str()).split_whitespace().map(str::to_owned));
    words
}

/// A patient's rows. Nobody looks for who was erased.
#[must_use]
pub fn entries(patient: &Patient) -> BTreeSet<SearchEntry> {
    if patient.profile.erased_at.is_some() {
        return BTreeSet::new();
    }
    let words = words(patient);
    let all = words.join(" ");
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let entry = |(place, suffix)| SearchEntry { place, suffix, patient: patient.id, words: all.clone() };
    parts(&words).into_iter().map(entry).collect()
}

/// The parts of words that have a row. What survives where the limit cuts: whole words, every part of
/// the phone number (people know its last digits, and a patient who wants no more messages is found by
/// them), and of the other words' parts the longer ones.
fn parts(words: &[&str]) -> BTreeSet<(InWord, String)> {
    let mut ranked: Vec<(usize, InWord, String)> = Vec::new();
    for (number, word) in words.iter().enumerate() {
        let ends = word.char_indices().map(|(at, _)| word.split_at(at).1);
        for (skip, part) in ends.enumerate().filter(|(_, part)| part.chars().count() >= MIN_WORD) {
            let rank = if number == PHONE { skip.min(1) } else { skip };
            let place = if skip == 0 { InWord::Begins } else { InWord::GoesOn };
            ranked.push((rank, place, part.to_owned()));
        }
    }
    ranked.sort_by_key(|(rank, ..)| *rank);
    let mut found = BTreeSet::new();
    for (_, place, part) in ranked {
        if found.len() < MAX_ROWS {
            found.insert((place, part));
        }
    }
    found
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
    contain(words(patient).iter().map(String::as_str), wanted)
}

fn contain<'a>(words: impl Iterator<Item = &'a str> + Clone, wanted: &[String]) -> bool {
    wanted.iter().all(|part| words.clone().any(|word| word.contains(part.as_str())))
}
