//! Searches texts for markers, without case and accents and by whole words: a name is found inside a sentence, and a
//! document number isn't found inside an id.

use domain::text::fold;
use std::collections::{BTreeSet, HashMap};

/// The shortest text that identifies a person, in characters.
const SHORTEST: usize = 4;
/// The same for digits only: shorter numbers are counts, years and times of day.
const FEWEST_DIGITS: usize = 6;

/// The markers, by the first word of each.
#[derive(Debug, Default)]
pub(super) struct Markers(HashMap<String, BTreeSet<String>>);

/// Whether a character belongs to a word. An id with its dashes is one word.
fn in_word(c: char) -> bool {
    c.is_alphanumeric() || c == '-' || c == '_'
}

/// The first word of a text, and the text from there on.
fn first_word(text: &str) -> Option<(&str, &str)> {
    let rest = text.get(text.find(in_word)?..)?;
    let end = rest.find(|c| !in_word(c)).unwrap_or(rest.len());
    Some((rest.get(..end)?, rest))
}

impl Markers {
    pub(super) fn learn(&mut self, text: &str) {
        let folded = fold(text);
        let Some((word, marker)) = first_word(&folded) else { return };
        let marker = marker.trim_end_matches(|c| !in_word(c));
        let fewest = if marker.chars().all(|c| c.is_ascii_digit() || c == ':') { FEWEST_DIGITS } else { SHORTEST };
        if marker.chars().count() >= fewest {
            self.0.entry(word.to_owned()).or_default().insert(marker.to_owned());
        }
    }

    /// The first marker in a text, plain or URL-encoded.
    pub(super) fn find(&self, text: &str) -> Option<String> {
        let decoded: String = form_urlencoded::parse(text.as_bytes()).map(|(k, v)| format!("{k} {v} ")).collect();
        [fold(text), fold(&decoded)].iter().find_map(|text| self.find_folded(text))
    }

    fn find_folded(&self, text: &str) -> Option<String> {
        let mut rest = text;
        while let Some((word, from_here)) = first_word(rest) {
            let known = self.0.get(word).into_iter().flatten();
            let shown = known.filter(|marker| {
                from_here.strip_prefix(marker.as_str()).is_some_and(|after| !after.starts_with(in_word))
            });
            if let Some(marker) = shown.max() {
                return Some(marker.clone());
            }
            rest = from_here.get(word.len()..)?;
        }
        None
    }
}
