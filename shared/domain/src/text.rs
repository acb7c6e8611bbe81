//! Validated text: trimmed, in Unicode NFC, without control characters, of bounded length.

use crate::violation::Rule;
use serde::{Deserialize, Serialize};
use std::fmt;
use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};

/// One line of text, not empty, of at most `MAX` characters.
///
/// `Debug` hides the text, because most lines are names or addresses of people.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Line<const MAX: usize>(String);

/// Text of one or more lines, not empty, of at most `MAX` characters. `Debug` hides it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Note<const MAX: usize>(String);

impl<const MAX: usize> Line<MAX> {
    /// Parses a required line.
    ///
    /// # Errors
    /// [`Rule::Required`], [`Rule::TooLong`], [`Rule::Characters`].
    pub fn parse(text: &str) -> Result<Self, Rule> {
        Self::optional(Some(text))?.ok_or(Rule::Required)
    }

    /// A line that the program generates, which needs no validation.
    pub(crate) fn trusted(text: String) -> Self {
        Self(text)
    }

    /// Parses an optional line; an empty text counts as missing.
    ///
    /// # Errors
    /// [`Rule::TooLong`], [`Rule::Characters`].
    pub fn optional(text: Option<&str>) -> Result<Option<Self>, Rule> {
        Ok(clean(text, MAX, |c| c.is_control())?.map(Self))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> Note<MAX> {
    /// Parses an optional note; an empty text counts as missing.
    ///
    /// # Errors
    /// [`Rule::TooLong`], [`Rule::Characters`].
    pub fn optional(text: Option<&str>) -> Result<Option<Self>, Rule> {
        Ok(clean(text, MAX, |c| c.is_control() && c != '\n' && c != '\t')?.map(Self))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn clean(text: Option<&str>, max: usize, refused: impl Fn(char) -> bool) -> Result<Option<String>, Rule> {
    let text: String = text.unwrap_or_default().trim().nfc().collect();
    if text.chars().any(refused) {
        return Err(Rule::Characters);
    }
    if text.chars().count() > max {
        return Err(Rule::TooLong(max));
    }
    Ok((!text.is_empty()).then_some(text))
}

impl<const MAX: usize> fmt::Debug for Line<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Line(…)")
    }
}

impl<const MAX: usize> fmt::Debug for Note<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Note(…)")
    }
}

/// Normalises text for comparison and search: lower case, without accents, with single blanks. `ñ` folds to
/// `n`, as many people type it.
#[must_use]
pub fn fold(text: &str) -> String {
    let plain: String = text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_line_is_trimmed_composed_and_bounded() {
        assert_eq!(Line::<10>::parse("  Jose\u{301} ").unwrap().as_str(), "José");
        assert_eq!(Line::<3>::parse("abcd"), Err(Rule::TooLong(3)));
        assert_eq!(Line::<3>::parse("a\u{0}"), Err(Rule::Characters));
        assert_eq!(Line::<3>::parse("a\nb"), Err(Rule::Characters));
        assert_eq!(Line::<3>::parse("   "), Err(Rule::Required));
        assert_eq!(Line::<3>::optional(Some("")), Ok(None));
        assert_eq!(Note::<9>::optional(Some("a\nb")).unwrap().unwrap().as_str(), "a\nb");
    }

    #[test]
    fn folding_ignores_case_accents_and_runs_of_blanks() {
        assert_eq!(fold("  MUÑOZ   Güell "), "munoz guell");
        assert_eq!(fold("O'Higgins"), "o'higgins");
    }

    proptest! {
        #[test]
        fn folding_twice_is_folding_once(text in ".{0,40}") {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }
    }
}
