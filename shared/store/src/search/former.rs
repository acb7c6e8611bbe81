//! The entries and the unique document of patients whose rows were written before November 2026. `citas migrate` writes
//! them by the present rules.

use super::SearchEntry;
use crate::keys::WordPosition;
use domain::patient::Patient;
use domain::phone::Phone;
use domain::text::fold;
use std::collections::BTreeSet;

const MIN_WORD: usize = 3;
const MAX_ROWS: usize = 40;
/// The index of the phone number in the words.
const PHONE: usize = 1;

fn compact(text: &str) -> String {
    fold(text).chars().filter(|c| !c.is_whitespace() && !matches!(c, '.' | '-')).collect()
}

/// The unique document of a patient.
#[must_use]
pub fn former_document_key(patient: &Patient) -> String {
    let profile = &patient.profile;
    format!("{}#{}", compact(profile.document_type.as_str()), compact(profile.document_number.as_str()))
}

/// Words with a `+` before the phone number, as present ones have it.
pub(super) fn with_marked_phone(words: &str) -> String {
    let words = words.split(' ').enumerate();
    let marked: Vec<String> =
        words.map(|(at, word)| if at == PHONE { format!("+{word}") } else { word.to_owned() }).collect();
    marked.join(" ")
}

pub(super) fn entries(patient: &Patient) -> BTreeSet<SearchEntry> {
    let profile = &patient.profile;
    let phone = profile.phone_number.as_ref().map_or("", Phone::as_str);
    let mut words = vec![compact(profile.document_number.as_str()), phone.trim_start_matches('+').to_owned()];
    words.extend(fold(profile.full_name().as_str()).split_whitespace().map(str::to_owned));
    let all = words.join(" ");
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let entry = |(position, suffix)| SearchEntry {
        position,
        suffix,
        patient: patient.id,
        words: all.clone(),
        contact: None,
        inactive: false,
        rules: 0,
    };
    indexed(&words).into_iter().map(entry).collect()
}

pub(super) fn indexed(words: &[&str]) -> BTreeSet<(WordPosition, String)> {
    let mut ranked: Vec<(usize, WordPosition, String)> = Vec::new();
    for (number, word) in words.iter().enumerate() {
        let word = if number == PHONE { word.trim_start_matches('+') } else { word };
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
