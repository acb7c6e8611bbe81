//! The languages of messages to patients.

use serde::{Deserialize, Serialize};

/// A language, by its ISO 639-1 code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Spanish, the default.
    #[default]
    Es,
    Pt,
    En,
}

impl Language {
    pub const ALL: [Self; 3] = [Self::Es, Self::Pt, Self::En];
    /// The codes, in the order of [`Self::ALL`].
    pub const CODES: &'static [&'static str] = &["es", "pt", "en"];

    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Es => "es",
            Self::Pt => "pt",
            Self::En => "en",
        }
    }

    /// The language of the country of a phone number, or of the user id of a sender who hides the number: for
    /// senders of whom nothing else is known. Portuguese for Brazil, otherwise the default.
    #[must_use]
    pub fn of_address(address: &str) -> Self {
        let bare = address.strip_prefix("whatsapp:").unwrap_or(address);
        if bare.starts_with("+55") || bare.starts_with("BR.") { Self::Pt } else { Self::default() }
    }

    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.code() == code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_senders_get_the_language_of_their_country() {
        for (address, language) in [
            ("whatsapp:+5511987654321", Language::Pt),
            ("whatsapp:BR.12345", Language::Pt),
            ("whatsapp:+5215512345678", Language::Es),
            ("whatsapp:MX.12345", Language::Es),
            ("whatsapp:+595981123456", Language::Es),
            ("", Language::Es),
        ] {
            assert_eq!(Language::of_address(address), language, "{address}");
        }
    }
}
