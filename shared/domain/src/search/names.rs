//! The words of a name.

use super::characters::plain;

/// The words of a name as they are indexed.
#[derive(Clone, PartialEq, Eq)]
pub struct NameWords {
    pub words: Vec<String>,
    /// What is written as one word as well as apart: `de la Cruz` as `delacruz`, `O Higgins` as `ohiggins`, `Jean-Paul`
    /// as `jeanpaul`.
    pub joined: Vec<String>,
}

crate::opaque!(NameWords);

/// Particles of more than two letters, which some write together with the word after them.
const PARTICLES: &[&str] = &[
    "das", "dal", "del", "della", "den", "der", "des", "dos", "las", "los", "mac", "san", "santa", "van", "ver", "von",
];

/// Words of one and two letters count as particles: `O`, `D`, `de`, `la`, `Mc`.
fn is_particle(word: &str) -> bool {
    word.chars().count() <= 2 || PARTICLES.contains(&word)
}

impl NameWords {
    #[must_use]
    pub fn of(name: &str) -> Self {
        let mut words = Vec::new();
        let mut joined = Vec::new();
        let plain = plain(name);
        for token in plain.split(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '.'))) {
            let parts: Vec<String> = token.split('-').flat_map(abbreviations).collect();
            if token.contains('-') && parts.len() > 1 {
                joined.push(parts.concat());
            }
            words.extend(parts);
        }
        joined.extend(with_particles(&words));
        joined.retain(|word| !words.contains(word));
        joined.sort();
        joined.dedup();
        Self { words, joined }
    }

    /// The words, and the joined ones.
    #[must_use]
    pub fn all(&self) -> Vec<&str> {
        self.words.iter().chain(&self.joined).map(String::as_str).collect()
    }
}

/// The words of a text that may have dots after abbreviations. `Ma.` is the usual one of `María`.
fn abbreviations(text: &str) -> Vec<String> {
    let parts: Vec<&str> = text.split('.').collect();
    let last = parts.len().saturating_sub(1);
    let words = parts.iter().enumerate().filter(|(_, part)| !part.is_empty());
    words.map(|(at, part)| written_out(part, at < last).to_owned()).collect()
}

/// A word, or what it is short for.
pub(super) fn written_out(word: &str, has_dot: bool) -> &str {
    if has_dot && word == "ma" { "maria" } else { word }
}

/// Each run of particles with the word after it, as one word.
fn with_particles(words: &[String]) -> Vec<String> {
    let mut joined = Vec::new();
    let mut run: Vec<&str> = Vec::new();
    for word in words {
        let ends = !is_particle(word);
        if !run.is_empty() || !ends {
            run.push(word);
        }
        if ends && !run.is_empty() {
            joined.push(std::mem::take(&mut run).concat());
        }
    }
    if run.len() > 1 {
        joined.push(run.concat());
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_indexed_by_its_words_and_by_those_that_are_written_together() {
        for (name, words, joined) in [
            ("García Márquez, Gabriel", &["garcia", "marquez", "gabriel"][..], &[][..]),
            ("Juan de la Cruz Gil", &["juan", "de", "la", "cruz", "gil"], &["delacruz"]),
            ("O Higgins", &["o", "higgins"], &["ohiggins"]),
            ("O’Higgins", &["ohiggins"], &[]),
            ("Jean-Paul", &["jean", "paul"], &["jeanpaul"]),
            ("Mª José", &["maria", "jose"], &[]),
            ("Ma.Elena", &["maria", "elena"], &[]),
            ("M.ª Pilar", &["maria", "pilar"], &[]),
            ("Ma Yo", &["ma", "yo"], &["mayo"]),
            ("J. R. Pérez", &["j", "r", "perez"], &["jrperez"]),
        ] {
            let found = NameWords::of(name);
            assert_eq!(
                (found.words.as_slice(), found.joined.as_slice()),
                (&own(words)[..], &own(joined)[..]),
                "{name}"
            );
        }
    }

    fn own(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }
}
