//! Values of template variables that WhatsApp accepts. Twilio rejects others with error 21656.

/// The maximum length of a value in characters. Five such values and the longest template stay far below
/// the limit of 1024 characters of a message.
pub(super) const MAX_CHARS: usize = 60;

/// A value that WhatsApp accepts: not empty, on one line, without runs of blanks, of bounded length.
#[derive(Clone, PartialEq, Eq)]
pub struct TemplateVariable(String);

impl TemplateVariable {
    /// Normalises `text`. A text that has nothing to read is replaced by `fallback`.
    #[must_use]
    pub fn new(text: &str, fallback: &str) -> Self {
        let visible = text.chars().filter(|c| !is_direction(*c)).map(|c| if c.is_control() { ' ' } else { c });
        let visible: String = visible.collect();
        let line = visible.split_whitespace().collect::<Vec<_>>().join(" ");
        let line: String = line.chars().take(MAX_CHARS).collect();
        let line = line.trim_end();
        let is_readable = line.chars().any(|c| !is_invisible(c) && !is_dot(c));
        Self(if is_readable { line } else { fallback }.to_owned())
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

/// Marks that turn the rest of a message around.
fn is_direction(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// What is typed where a name is required and not known.
fn is_dot(c: char) -> bool {
    matches!(c, '.' | ',' | '-' | '_' | '\u{b7}' | '\u{2026}' | ' ')
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
            prop_assert!(value.trim() == value && !value.chars().all(|c| is_invisible(c) || is_dot(c)));
            prop_assert!(!value.chars().any(is_direction));
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
            ("Ana \u{202e}aíraM\u{202c}", "Ana aíraM"),
            ("\u{2067}Ana\u{2069}", "Ana"),
            (".", "paciente"),
            ("...", "paciente"),
            ("- .", "paciente"),
            ("\u{2026}", "paciente"),
            ("M.", "M."),
            ("Ana     María", "Ana María"),
            ("\u{0}Ana\u{7f}", "Ana"),
            (&long, &cut),
            (&emoji, &emojis),
        ] {
            assert_eq!(TemplateVariable::new(hostile, "paciente").as_str(), value, "{hostile:?}");
        }
    }
}
