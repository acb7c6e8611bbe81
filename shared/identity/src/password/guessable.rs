//! Detects passwords that an attacker tries first: those in `common_passwords.txt`, repetitions, and sequences of the
//! alphabet or the keyboard.
//!
//! The list has only lower-case letters without accents and digits, at least 12 characters per entry. A candidate is
//! folded the same way before the look-up, so that `Contraseña-2024!` matches its entry.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};
use zeroize::Zeroizing;

/// One entry a line.
const COMMON: &str = include_str!("common_passwords.txt");

/// Neighbours in a row are one step apart, in both directions. `0` follows `9` as on the keyboard.
const ROWS: [&str; 5] = ["abcdefghijklmnopqrstuvwxyz", "1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm"];

/// A password that repeats a unit of at most this many characters is a pattern, whatever its length.
const LONGEST_UNIT: usize = 4;

/// A password whose runs (`aaaa`, `6543`, `asdf`) are interrupted at most once in this many characters is a sequence.
const CHARS_PER_BREAK: usize = 5;

pub(super) fn is_guessable(password: &str) -> bool {
    let folded: Zeroizing<Vec<char>> =
        Zeroizing::new(password.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect());
    let bare: Zeroizing<String> = Zeroizing::new(folded.iter().copied().filter(|c| c.is_alphanumeric()).collect());
    repeats(&folded) || runs(&folded) || COMMON.lines().any(|entry| entry == bare.as_str())
}

/// `abcabcabcabc`, `121212121212`, `aaaaaaaaaaaa`; the last unit may be cut short.
fn repeats(chars: &[char]) -> bool {
    (1..=LONGEST_UNIT).any(|unit| chars.iter().zip(chars.iter().skip(unit)).all(|(a, b)| a == b))
}

/// `123456789012`, `qwertyuiopas`, `abcd1234efgh`: long runs with few breaks between them.
fn runs(chars: &[char]) -> bool {
    let breaks = chars.windows(2).filter(|pair| !matches!(pair, [a, b] if is_step(*a, *b))).count();
    breaks * CHARS_PER_BREAK <= chars.len()
}

fn is_step(a: char, b: char) -> bool {
    let neighbours = |row: &str| match (row.find(a), row.find(b)) {
        (Some(x), Some(y)) => x.abs_diff(y) == 1,
        _ => false,
    };
    a == b || (a, b) == ('0', '1') || ROWS.iter().any(|row| neighbours(row))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_folded_and_sorted_and_has_at_least_300_entries() {
        let entries: Vec<_> = COMMON.lines().collect();
        assert!(entries.len() >= 300, "{}", entries.len());
        assert!(entries.is_sorted_by(|a, b| a < b), "sorted, no entry twice");
        for entry in entries {
            assert!(entry.len() >= super::super::MIN_CHARS, "{entry}");
            assert!(entry.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()), "{entry}");
        }
    }

    #[test]
    fn common_and_patterned_passwords_are_guessable() {
        for password in [
            "password1234",
            "Password-1234!",
            "PASSWORDPASSWORD",
            "contraseña123",
            "Contraseña.2025",
            "senhasenha123",
            "1q2w3e4r5t6y",
            "1qaz2wsx3edc",
            "qwerty123456",
            "bienvenido123",
            "aaaaaaaaaaaa",
            "ababababababa",
            "abcabcabcabcab",
            "123456789012",
            "098765432109",
            "abcdefghijklm",
            "qwertyuiopas",
            "qwertyuiopasdfghjklzxcvbnm",
            "asdfghjklasdf",
            "abcd1234efgh",
            "111111222222",
        ] {
            assert!(is_guessable(password), "{password}");
        }
    }

    #[test]
    fn other_passwords_are_not_guessable() {
        for password in [
            "correct horse battery staple",
            "citas-demo-password",
            "tres tristes tigres comen",
            "El perro de Ana ladra",
            "k7#Vq9!mZx2p",
            "9f86d081884c",
            "deshecho-nopal-rst",
        ] {
            assert!(!is_guessable(password), "{password}");
        }
    }
}
