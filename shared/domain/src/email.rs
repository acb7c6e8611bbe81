//! Validated e-mail addresses.

use crate::violation::Rule;
use serde::{Deserialize, Serialize};

/// An address as it was entered, trimmed. `Debug` hides it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Email(String);

/// The longest address that SMTP carries (RFC 5321, 4.5.3.1.3).
pub const MAX_LENGTH: usize = 254;

/// The form of an address as a regular expression, for clients. [`Email::parse`] decides.
pub const PATTERN: &str = r#"[^@\s<>,;"]{1,64}@[^@\s<>,;".]+([.][^@\s<>,;".]+)+"#;

impl Email {
    /// Parses an address. It checks the form only: one `@`, something before it, a dotted name after it, and
    /// no blanks.
    ///
    /// # Errors
    /// [`Rule::Required`], [`Rule::TooLong`], [`Rule::Email`].
    pub fn parse(text: &str) -> Result<Self, Rule> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Rule::Required);
        }
        if text.chars().count() > MAX_LENGTH {
            return Err(Rule::TooLong(MAX_LENGTH));
        }
        let (local, host) = text.rsplit_once('@').ok_or(Rule::Email)?;
        let blank = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | ',' | ';' | '"' | '@');
        let dotted = host.contains('.') && host.split('.').all(|label| !label.is_empty());
        if local.is_empty() || local.len() > 64 || !dotted || text.chars().filter(|c| blank(*c)).count() != 1 {
            return Err(Rule::Email);
        }
        Ok(Self(text.to_owned()))
    }

    /// Like [`Self::parse`], with `None` for a missing or blank text.
    pub fn optional(text: Option<&str>) -> Result<Option<Self>, Rule> {
        text.filter(|text| !text.trim().is_empty()).map(Self::parse).transpose()
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// In lower case, the form that is compared for uniqueness.
    #[must_use]
    pub fn folded(&self) -> String {
        self.0.to_lowercase()
    }
}

crate::opaque!(Email);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_checked_by_form() {
        for right in ["a@b.co", "Ana.Perez+citas@clinica.example", " a@b.co "] {
            assert!(Email::parse(right).is_ok(), "{right}");
        }
        for wrong in ["a", "@b.co", "a@", "a@b", "a b@c.co", "a@b..co", "a@b@c.co", "<a@b.co>"] {
            assert_eq!(Email::parse(wrong).err(), Some(Rule::Email), "{wrong}");
        }
        assert_eq!(Email::parse("").err(), Some(Rule::Required));
        assert_eq!(Email::parse("ANA@B.co").unwrap().folded(), "ana@b.co");
    }
}
