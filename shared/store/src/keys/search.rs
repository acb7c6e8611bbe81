//! Keys of the search index of patients.

use super::{Key, key};
use domain::ids::PatientId;
use serde::{Deserialize, Serialize};

/// The position of a search text in a word. Matches at the start of a word sort first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum WordPosition {
    #[serde(rename = "Begins")] // the stored name
    Start,
    #[serde(rename = "GoesOn")] // the stored name
    Inside,
}

impl Key {
    /// An entry of the search index of patients.
    #[must_use]
    pub fn search(position: WordPosition, suffix: &str, patient: PatientId) -> Self {
        key(search_partition(suffix), format!("{}#{patient}", search_sort_key(position, suffix)))
    }
}

/// The prefix of the sort keys of entries for a text.
#[must_use]
pub fn search_sort_key(position: WordPosition, text: &str) -> String {
    match position {
        WordPosition::Start => format!("0{text}"),
        WordPosition::Inside => format!("1{text}"),
    }
}

/// The partition of a search word, by its first three characters.
#[must_use]
pub fn search_partition(word: &str) -> String {
    let prefix: String = word.chars().take(3).collect();
    format!("SEARCH#{prefix}")
}
