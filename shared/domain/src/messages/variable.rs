//! Values of template variables that WhatsApp accepts. Twilio rejects others with error 21656.

/// The maximum length of a value in characters. Five such values and the longest template stay far below
/// the limit of 1024 characters of a message.
pub(super) const MAX_CHARS: usize = 60;

/// A value that WhatsApp accepts: not empty, on one line, without runs of blanks, of bounded length.
#[derive(Clone, PartialEq, Eq)]
pub struct TemplateVariable(String);

impl TemplateVariable {
    /// Normalises `text`. A text without a visible character is replaced by `fallback`.
    #[must_use]
    pub fn new(text: &str, fallback: &str) -> Self {
        let visible: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let line = visible.split_whitespace().collect::<Vec<_>>().join(" ");
        let line: String = line.chars().take(MAX_CHARS).collect();
        let line = line.trim_end();
        Self(if line.chars().all(is_invisible) { fallback } else { line }.to_owned())
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    #[must_use]
    pub fn into_text(self) -> String {
        self.0
    }
}

/// Characters without width: joiners, direction marks, the byte order mark.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_text_becomes_a_valid_value(text in any::<String>()) {
            let value = TemplateVariable::new(&text, "paciente");
            let value = value.as_str();
            prop_assert!((1..=MAX_CHARS).contains(&value.chars().count()));
            prop_assert!(!value.contains("  ") && !value.chars().any(char::is_control));
            prop_assert!(value.trim() == value && !value.chars().all(is_invisible));
        }
    }

    #[test]
    fn hostile_names_become_valid_values() {
        let (long, emoji) = ("x".repeat(200), "👩‍⚕️".repeat(100));
        let (cut, emojis): (String, String) = (long.chars().take(60).collect(), emoji.chars().take(60).collect());
        for (hostile, value) in [
            ("", "paciente"),
            ("     ", "paciente"),
            ("\u{200b}\u{feff}", "paciente"),
            ("Ana\nMaría\tde", "Ana María de"),
            ("Ana     María", "Ana María"),
            ("\u{0}Ana\u{7f}", "Ana"),
            (&long, &cut),
            (&emoji, &emojis),
        ] {
            assert_eq!(TemplateVariable::new(hostile, "paciente").as_str(), value, "{hostile:?}");
        }
    }
}
