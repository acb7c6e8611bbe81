//! A choice of words. Above a field it is a pattern, `#[schema(pattern = "^(one|other)$")]`; in the document
//! it becomes an `enum`, which pages show and generators make types of.

use serde_json::{Value, json};

/// Turns every such pattern into an `enum`.
pub(super) fn declare(value: &mut Value) {
    match value {
        Value::Object(members) => {
            let words = members.get("pattern").and_then(Value::as_str).and_then(words);
            if let Some(words) = words {
                members.remove("pattern");
                let mut words: Vec<Value> = words.into_iter().map(Value::from).collect();
                if members.get("type").and_then(Value::as_array).is_some_and(|types| types.contains(&json!("null"))) {
                    words.push(Value::Null);
                }
                members.insert("enum".to_owned(), words.into());
            }
            members.values_mut().for_each(declare);
        }
        Value::Array(items) => items.iter_mut().for_each(declare),
        _ => {}
    }
}

/// The words of a pattern that is nothing but a choice.
fn words(pattern: &str) -> Option<Vec<String>> {
    let inner = pattern.strip_prefix("^(")?.strip_suffix(")$")?;
    let plain = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let words: Vec<String> = inner.split('|').map(str::to_owned).collect();
    words.iter().all(|word| plain(word)).then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_plain_choice_is_one() {
        let mut schema = json!({
            "a": {"type": "string", "pattern": "^(one|other)$"},
            "b": {"type": ["string", "null"], "pattern": "^(one)$"},
            "c": {"type": "string", "pattern": "^(a|b)(,(a|b))*$"},
            "d": {"type": "string", "pattern": "^([01][0-9]|2[0-3])$"},
        });
        declare(&mut schema);
        assert_eq!(schema["a"], json!({"type": "string", "enum": ["one", "other"]}));
        assert_eq!(schema["b"]["enum"], json!(["one", null]));
        assert!(schema["c"].get("enum").is_none());
        assert!(schema["d"].get("enum").is_none());
    }
}
