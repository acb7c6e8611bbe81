//! Which suffixes of which words are indexed.

use super::{NO_NUMBER, PATIENT_NAMES, WordsOf};
use crate::keys::WordPosition;
use domain::search::{TAIL, pairs};
use std::collections::BTreeSet;

/// The maximum number of rows of a patient's own, so that replacing all of them fits in a transaction.
pub const MAX_ROWS: usize = 44;
/// The maximum number of rows of a contact.
pub const MAX_CONTACT_ROWS: usize = 8;

/// The minimum length of indexed suffixes of names in characters.
const MIN_NAME_SUFFIX: usize = 3;
/// The minimum length of indexed suffixes of numbers: the last four digits are what people name.
const MIN_NUMBER_SUFFIX: usize = 4;

/// What is left out first where there are too many rows.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// A whole number, its last four characters, a whole word.
    Essential,
    /// The last five and six characters of a number, by which longer parts are looked up.
    Tail,
    /// A word that may be written together, and the first two letters of a word.
    Variant,
    /// Two words together: so many of the rarer ones come first.
    Pair(usize),
    /// A suffix after so many characters.
    Suffix(usize),
}

/// The rules before there were pairs.
const WITHOUT_PAIRS: u8 = 1;

/// The indexed suffixes of words, and the pairs of words of a name. Words that are written out twice are indexed once.
pub(super) fn indexed(words: &[&str], of: WordsOf, rules: u8) -> BTreeSet<(WordPosition, String)> {
    let mut ranked: Vec<(Rank, WordPosition, String)> = Vec::new();
    let mut words = words.iter().copied();
    let numbers: Vec<&str> = words.by_ref().take(2).collect();
    for number in numbers.into_iter().filter(|number| *number != NO_NUMBER) {
        add_number(&mut ranked, number.trim_start_matches('+'), of);
    }
    let names: Vec<&str> = words.take_while(|word| *word != PATIENT_NAMES).collect();
    if of == WordsOf::Patient && rules > WITHOUT_PAIRS {
        let single: Vec<&str> = names.iter().copied().filter(|word| !word.starts_with('=')).collect();
        let pairs = pairs(&single).into_iter().enumerate();
        ranked.extend(pairs.map(|(rank, pair)| (Rank::Pair(rank), WordPosition::Pair, pair)));
    }
    for word in names {
        match word.strip_prefix('=') {
            Some(joined) => ranked.push((Rank::Variant, WordPosition::Start, joined.to_owned())),
            None => add_name(&mut ranked, word, of),
        }
    }
    ranked.sort_by(|(one, ..), (other, ..)| one.cmp(other));
    let most = if of == WordsOf::Contact { MAX_CONTACT_ROWS } else { MAX_ROWS };
    let mut found = BTreeSet::new();
    for (_, position, text) in ranked {
        if found.len() < most {
            found.insert((position, text));
        }
    }
    found
}

fn suffixes(word: &str) -> impl Iterator<Item = (usize, &str)> {
    word.char_indices().enumerate().skip(1).filter_map(|(skip, (at, _))| Some((skip, word.get(at..)?)))
}

fn add_number(ranked: &mut Vec<(Rank, WordPosition, String)>, number: &str, of: WordsOf) {
    // The number of a contact is found by its last digits, which every way of dialling it ends in.
    let whole = if of == WordsOf::Contact { Rank::Suffix(0) } else { Rank::Essential };
    ranked.push((whole, WordPosition::Start, number.to_owned()));
    for (skip, suffix) in suffixes(number) {
        let length = suffix.chars().count();
        let rank = match length {
            MIN_NUMBER_SUFFIX..=TAIL if of == WordsOf::Contact => Rank::Essential,
            TAIL => Rank::Tail,
            _ if of == WordsOf::Inactive => continue,
            MIN_NUMBER_SUFFIX => Rank::Essential,
            5 => Rank::Tail,
            _ if length > TAIL && of == WordsOf::Patient => Rank::Suffix(skip),
            _ => continue,
        };
        ranked.push((rank, WordPosition::Inside, suffix.to_owned()));
    }
}

fn add_name(ranked: &mut Vec<(Rank, WordPosition, String)>, word: &str, of: WordsOf) {
    // A contact has few rows, and particles find nobody.
    let is_short = word.chars().count() < MIN_NAME_SUFFIX;
    let rank = if is_short && of == WordsOf::Contact { Rank::Variant } else { Rank::Essential };
    ranked.push((rank, WordPosition::Start, word.to_owned()));
    if of != WordsOf::Patient {
        return;
    }
    if !is_short {
        ranked.push((Rank::Variant, WordPosition::ShortStart, word.to_owned()));
    }
    for (skip, suffix) in suffixes(word).filter(|(_, suffix)| suffix.chars().count() >= MIN_NAME_SUFFIX) {
        ranked.push((Rank::Suffix(skip), WordPosition::Inside, suffix.to_owned()));
    }
}
