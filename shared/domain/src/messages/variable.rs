//! What WhatsApp takes for a variable of a template. Twilio refuses others (error 21656).

/// Most characters of a value. Five of them and the longest words stay far below the 1024 that a
/// message may have.
pub(super) const MAX_CHARS: usize = 60;

/// A value that WhatsApp takes: never empty, on one line, without runs of blanks, and not too long.
#[derive(Clone, PartialEq, Eq)]
pub struct Variable(String);

impl Variable {
    /// Makes a value fit. `fallback` stands in for one in which there is nothing to be seen.
    #[must_use]
    pub fn new(text: &str, fallback: &str) -> Self {
        let visible: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let line = visible.split_whitespace().collect::<Vec<_>>().join(" ");
        let line: String = line.chars().take(MAX_CHARS).collect();
        let line = line.trim_end();
        Self(if line.chars().all(is_invisible) { fallback } else { line }.to_owned())
    }

    /// The value.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The value.
    #[must_use]
    pub fn into_text(self) -> String {
        self.0
    }
}

/// Characters that take no place: joiners, marks of direction, the byte order mark.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_text_fits_a_template(text in any::<String>()) {
            let value = Variable::new(&text, "paciente");
            let value = value.as_str();
            prop_assert!((1..=MAX_CHARS).contains(&value.chars().count()));
            prop_assert!(!value.contains("  ") && !value.chars().any(char::is_control));
            prop_assert!(value.trim() == value && !value.chars().all(is_invisible));
        }
    }

    #[test]
    fn hostile_names_fit_a_template() {
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
            assert_eq!(Variable::new(hostile, "paciente").as_str(), value, "{hostile:?}");
        }
    }
}
