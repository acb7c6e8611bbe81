//! Turns patterns of plain alternatives, `#[schema(pattern = "^(one|other)$")]`, into an `enum`, which documentation
//! pages show and client generators make types of.

use serde_json::{Value, json};

pub(super) fn patterns_to_enums(value: &mut Value) {
    match value {
        Value::Object(members) => {
            let words = members.get("pattern").and_then(Value::as_str).and_then(alternatives);
            if let Some(words) = words {
                members.remove("pattern");
                let mut words: Vec<Value> = words.into_iter().map(Value::from).collect();
                if members.get("type").and_then(Value::as_array).is_some_and(|types| types.contains(&json!("null"))) {
                    words.push(Value::Null);
                }
                members.insert("enum".to_owned(), words.into());
            }
            members.values_mut().for_each(patterns_to_enums);
        }
        Value::Array(items) => items.iter_mut().for_each(patterns_to_enums),
        _ => {}
    }
}

/// The alternatives of a pattern that consists of nothing else.
fn alternatives(pattern: &str) -> Option<Vec<String>> {
    let inner = pattern.strip_prefix("^(")?.strip_suffix(")$")?;
    let plain = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let words: Vec<String> = inner.split('|').map(str::to_owned).collect();
    words.iter().all(|word| plain(word)).then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_patterns_of_plain_alternatives_become_enums() {
        let mut schema = json!({
            "a": {"type": "string", "pattern": "^(one|other)$"},
            "b": {"type": ["string", "null"], "pattern": "^(one)$"},
            "c": {"type": "string", "pattern": "^(a|b)(,(a|b))*$"},
            "d": {"type": "string", "pattern": "^([01][0-9]|2[0-3])$"},
        });
        patterns_to_enums(&mut schema);
        assert_eq!(schema["a"], json!({"type": "string", "enum": ["one", "other"]}));
        assert_eq!(schema["b"]["enum"], json!(["one", null]));
        assert!(schema["c"].get("enum").is_none());
        assert!(schema["d"].get("enum").is_none());
    }
}
