//! Keys of the search index of patients.

use super::{Key, key};
use domain::ids::{ContactId, PatientId};
use domain::search::{LookupText, PairLookup, prefix};
use serde::{Deserialize, Serialize};

/// The position of a search text in a word. Matches at the start of a word sort first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum WordPosition {
    #[serde(rename = "Begins")] // the stored name
    Start,
    #[serde(rename = "GoesOn")] // the stored name
    Inside,
    /// The start of a word of three letters or more, for searches of two letters.
    ShortStart,
    /// Two words together, for searches of several words.
    Pair,
}

/// What the key of an entry consists of.
#[derive(Clone, Copy)]
pub struct SearchKey<'a> {
    pub position: WordPosition,
    /// Whether the patient is deactivated.
    pub inactive: bool,
    /// The indexed suffix.
    pub text: &'a str,
    pub patient: PatientId,
    pub contact: Option<ContactId>,
}

impl std::fmt::Debug for SearchKey<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SearchKey(…)")
    }
}

impl Key {
    /// An entry of the search index of patients.
    #[must_use]
    pub fn search(entry: &SearchKey<'_>) -> Self {
        let sort_key = search_sort_key(entry.position, entry.inactive, entry.text);
        let contact = entry.contact.map(|contact| format!("#{contact}")).unwrap_or_default();
        key(search_partition(entry.position, entry.text), format!("{sort_key}#{}{contact}", entry.patient))
    }
}

/// The prefix of the sort keys of entries for a text.
#[must_use]
pub fn search_sort_key(position: WordPosition, inactive: bool, text: &str) -> String {
    let order = match (inactive, position) {
        // Before all others, so that a page of pairs is followed by one of the others.
        (_, WordPosition::Pair) => '!',
        (false, WordPosition::Start | WordPosition::ShortStart) => '0',
        (false, WordPosition::Inside) => '1',
        (true, WordPosition::Start | WordPosition::ShortStart) => '2',
        (true, WordPosition::Inside) => '3',
    };
    format!("{order}{text}")
}

/// The partition of a search word, by its first three characters; for searches of two letters by its first two; of a pair
/// by the first three of each.
#[must_use]
pub fn search_partition(position: WordPosition, word: &str) -> String {
    match (position, word.split_once(' ')) {
        (WordPosition::Pair, Some((first, second))) => format!("SEARCH#{}+{}", prefix(first), prefix(second)),
        (WordPosition::ShortStart, _) => format!("SEARCH#{}", word.chars().take(2).collect::<String>()),
        _ => format!("SEARCH#{}", prefix(word)),
    }
}

/// Whether a pair is among those that are read for a lookup.
fn is_pair_found_by(pair: &str, lookup: &PairLookup) -> bool {
    let partition = |pair: &str| search_partition(WordPosition::Pair, pair);
    pair.starts_with(lookup.start.as_str()) && partition(pair) == partition(&lookup.pair)
}

/// The position of the entries that are read for a text at the start of a word.
#[must_use]
pub fn start_position(text: &str) -> WordPosition {
    if text.chars().count() == 2 { WordPosition::ShortStart } else { WordPosition::Start }
}

/// Whether an entry is among those that are read for a lookup.
#[must_use]
pub fn is_found_by(position: WordPosition, suffix: &str, lookup: &LookupText) -> bool {
    match position {
        WordPosition::Pair => lookup.pair.as_ref().is_some_and(|pair| is_pair_found_by(suffix, pair)),
        WordPosition::Inside => lookup.inside.as_deref().is_some_and(|text| suffix.starts_with(text)),
        WordPosition::Start | WordPosition::ShortStart => {
            let partition = search_partition(start_position(&lookup.start), &lookup.start);
            suffix.starts_with(lookup.start.as_str()) && search_partition(position, suffix) == partition
        }
    }
}
