//! Validates Twilio's SIDs: two capital letters for the kind, then 32 hexadecimal digits. The full format is checked
//! before a SID becomes part of a URL. Before one is stored, a looser check suffices, so that messages with a new prefix
//! are still processed.

/// Maximum length of a stored id, in bytes. Current ones have 34.
const MAX_LEN: usize = 64;

/// Whether `text` is `prefix` followed by 32 hexadecimal digits.
pub(crate) fn has_shape(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix).is_some_and(|digits| digits.len() == 32 && digits.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// Whether `text` can be stored as an id: 1 to 64 ASCII letters and digits.
pub(crate) fn is_storable(text: &str) -> bool {
    (1..=MAX_LEN).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shape_needs_the_prefix_and_32_hex_digits() {
        assert!(has_shape("AC00000000000000000000000000abcDEF", "AC"));
        assert!(!has_shape("AC00000000000000000000000000abcDEF", "SK"));
        assert!(!has_shape("AC0000000000000000000000000000000", "AC"));
        assert!(!has_shape("AC0000000000000000000000000000000g", "AC"));
    }

    #[test]
    fn storable_ids_cannot_carry_separators() {
        assert!(is_storable("SM00000000000000000000000000000001"));
        for bad in ["", "SM#1", "SM 1", "SM/1", "SMé", &"A".repeat(65)] {
            assert!(!is_storable(bad), "{bad:?}");
        }
    }
}
