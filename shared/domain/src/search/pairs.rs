//! Pairs of words of a name. A common family name finds thousands, and so does a common given name; both together find few.

use super::question::selectivity;

/// The most pairs of one name: all of five words.
const MAX_PAIRS: usize = 10;
/// Words of a pair have so many characters at least, and an index is divided by so many of each.
const PAIR_PREFIX: usize = 3;

/// The pairs of the words of a name, the rarest first: two words in the order of the alphabet, with a blank between them.
#[must_use]
pub fn pairs(words: &[&str]) -> Vec<String> {
    let words = rarest(words.iter().copied());
    let mut pairs: Vec<(usize, String)> = Vec::new();
    for (at, one) in words.iter().enumerate() {
        let later = words.iter().enumerate().skip(at + 1);
        pairs.extend(later.map(|(other_at, other)| (at + other_at, joined(one, other))));
    }
    pairs.sort_by_key(|(rank, _)| *rank);
    pairs.into_iter().map(|(_, pair)| pair).take(MAX_PAIRS).collect()
}

/// The words that pairs are made of, the rarest first.
fn rarest<'a>(words: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut rarest: Vec<&str> = Vec::new();
    for word in words.filter(|word| word.chars().count() >= PAIR_PREFIX && selectivity(word).is_some()) {
        if !rarest.contains(&word) {
            rarest.push(word);
        }
    }
    rarest.sort_by_key(|word| std::cmp::Reverse((selectivity(word), word.chars().count())));
    rarest
}

fn joined(one: &str, other: &str) -> String {
    if one <= other { format!("{one} {other}") } else { format!("{other} {one}") }
}

/// What the pairs begin with that two beginnings of words find.
#[derive(Clone, PartialEq, Eq)]
pub struct PairLookup {
    /// The rarest two parts, as a pair.
    pub pair: String,
    /// The pairs begin with this.
    pub start: String,
}

crate::opaque!(PairLookup);

impl PairLookup {
    /// `None` if the parts have no two words that pairs are made of.
    #[must_use]
    pub(super) fn of<'a>(parts: impl Iterator<Item = &'a str>) -> Option<Self> {
        let rarest = rarest(parts);
        let pair = joined(rarest.first()?, rarest.get(1)?);
        let (first, second) = pair.split_once(' ')?;
        // Words with the same beginning can be in either order.
        let is_ordered = prefix(first) != prefix(second);
        let start = if is_ordered { first.to_owned() } else { prefix(first) };
        Some(Self { pair, start })
    }
}

/// The characters of a word by which an index is divided.
#[must_use]
pub fn prefix(word: &str) -> String {
    word.chars().take(PAIR_PREFIX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rarest_pair_comes_first_and_is_the_one_that_is_looked_up() {
        let name = ["maria", "jose", "garcia", "de", "la", "vigoda"];
        let found = pairs(&name);
        assert_eq!(found[0], "garcia vigoda");
        assert_eq!(found.len(), 6, "particles are in no pair");
        for (parts, pair, start) in [
            (&["vigoda", "de", "maria", "garcia"][..], "garcia vigoda", "garcia"),
            (&["maria", "vig"], "maria vig", "maria"),
            (&["maria", "martinez"], "maria martinez", "mar"),
        ] {
            let lookup = PairLookup::of(parts.iter().copied()).unwrap();
            assert_eq!((lookup.pair.as_str(), lookup.start.as_str()), (pair, start));
        }
        for parts in [&["maria"][..], &["li", "wu"], &["maria", "de", "la"], &["ana", "ana"]] {
            assert!(PairLookup::of(parts.iter().copied()).is_none(), "{parts:?}");
        }
    }

    #[test]
    fn a_long_name_has_few_pairs() {
        let name: Vec<String> = (b'a'..b'p').map(|c| format!("nombre{}", char::from(c))).collect();
        assert_eq!(pairs(&name.iter().map(String::as_str).collect::<Vec<_>>()).len(), MAX_PAIRS);
    }
}
