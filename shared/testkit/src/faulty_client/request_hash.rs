//! Hashes of requests that are equal in two runs of the same seed, although ids and tokens are random.

use serde_json::Value;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher as _};

/// Random words are at least this long: an id has 22 characters in a key.
const MIN_RANDOM_WORD: usize = 20;

/// Numbers the random words of all requests. A word's number depends on the text before it, so that the ids of a doctor
/// and of a patient that are read at once get the same numbers in each order.
#[derive(Debug, Default)]
pub(super) struct RequestHashes {
    numbers: HashMap<String, HashMap<String, usize>>,
}

impl RequestHashes {
    /// Doesn't depend on the order of the request's members: those that are named by ids have a random one.
    pub(super) fn hash(&mut self, request: &Value) -> u64 {
        let mut parts = Vec::new();
        self.collect(request, &mut parts);
        parts.sort_unstable();
        hash_of(parts)
    }

    fn collect(&mut self, value: &Value, parts: &mut Vec<String>) {
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    parts.push(self.numbered(name));
                    self.collect(member, parts);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.collect(item, parts)),
            Value::String(text) => parts.push(self.numbered(text)),
            Value::Null | Value::Bool(_) | Value::Number(_) => parts.push(value.to_string()),
        }
    }

    /// The text with a number in place of each random word.
    fn numbered(&mut self, text: &str) -> String {
        let mut numbered = String::new();
        for part in text.split_inclusive(|c: char| !is_word(c)) {
            let word = part.trim_end_matches(|c| !is_word(c));
            if is_random(word) {
                let numbers = self.numbers.entry(numbered.clone()).or_default();
                let next = numbers.len();
                let number = *numbers.entry(word.to_owned()).or_insert(next);
                numbered.push_str(&number.to_string());
                numbered.push_str(&part[word.len()..]);
            } else {
                numbered.push_str(part);
            }
        }
        numbered
    }
}

/// The characters of ids and of Base64.
fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '+' | '/' | '=')
}

/// Names of attributes and functions are in lower case.
fn is_random(word: &str) -> bool {
    word.len() >= MIN_RANDOM_WORD && word.bytes().any(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

pub(super) fn hash_of(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const FIRST: &str = "AZPkWf0bcYyT1Zm3oRr0xA";
    const SECOND: &str = "AZPkWf0bcYyT1Zm3oRr0xB";

    #[test]
    fn random_words_do_not_change_the_hash() {
        let hashes = |id: &str, other: &str| {
            let mut hashes = RequestHashes::default();
            [id, other, id].map(|id| hashes.hash(&json!({"Key": {"PK": format!("DOCTOR#{id}"), "v": 1}})))
        };
        let [first, second, again] = hashes(FIRST, SECOND);
        assert_eq!(hashes(SECOND, FIRST), [first, second, again]);
        assert!(first != second && first == again);
    }

    #[test]
    fn the_order_of_two_kinds_of_rows_does_not_change_the_hash() {
        let (doctor, room) = (json!(format!("DOCTOR#{FIRST}")), json!(format!("ROOM#{SECOND}")));
        let mut hashes = RequestHashes::default();
        let one_order = (hashes.hash(&doctor), hashes.hash(&room));
        let mut hashes = RequestHashes::default();
        let other_order = (hashes.hash(&room), hashes.hash(&doctor));
        assert_eq!(one_order, (other_order.1, other_order.0));
    }

    #[test]
    fn other_requests_have_other_hashes() {
        let mut hashes = RequestHashes::default();
        let mut hash = |value: Value| hashes.hash(&value);
        assert_ne!(hash(json!({"PK": "DAY#2025-12-15"})), hash(json!({"PK": "DAY#2025-12-16"})));
        assert_ne!(hash(json!({"version": 1})), hash(json!({"version": 2})));
    }
}
