//! The size of an item in DynamoDB's JSON, as AWS counts it.

use serde_json::Value;

/// Bytes of an item, or of a map inside one: the names and the values of its attributes.
pub(super) fn size(item: &Value) -> usize {
    item.as_object().into_iter().flatten().map(|(name, value)| name.len() + value_size(value)).sum()
}

fn value_size(value: &Value) -> usize {
    let Some((kind, value)) = value.as_object().and_then(|typed| typed.iter().next()) else { return 0 };
    let text = value.as_str().unwrap_or_default();
    let elements = || value.as_array().into_iter().flatten();
    match kind.as_str() {
        "S" => text.len(),
        "N" => number(text),
        "B" => text.len() * 3 / 4,
        // A list and a map: three bytes, and one for each member.
        "L" => 3 + elements().map(|element| 1 + value_size(element)).sum::<usize>(),
        "M" => 3 + value.as_object().map_or(0, |map| map.len()) + size(value),
        "SS" => elements().filter_map(Value::as_str).map(str::len).sum(),
        "NS" => elements().filter_map(Value::as_str).map(number).sum(),
        // A null and a boolean.
        _ => 1,
    }
}

/// One byte for two significant digits, one more, and another for a minus.
fn number(text: &str) -> usize {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let significant = digits.trim_start_matches('0');
    let significant = if text.contains('.') { significant } else { significant.trim_end_matches('0') };
    significant.len().div_ceil(2) + 1 + usize::from(text.starts_with('-'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn attributes_are_names_and_values() {
        assert_eq!(size(&json!({ "PK": { "S": "ñ" } })), 2 + 2);
        assert_eq!(size(&json!({ "a": { "BOOL": true }, "b": { "NULL": true } })), 4);
        assert_eq!(size(&json!({ "a": { "L": [{ "N": "1" }, { "N": "23" }] } })), 1 + 3 + 2 + 4);
        assert_eq!(size(&json!({ "m": { "M": { "ab": { "S": "xyz" } } } })), 1 + 3 + 1 + 2 + 3);
    }

    #[test]
    fn numbers_are_half_their_digits() {
        for (text, bytes) in [("0", 1), ("7", 2), ("12", 2), ("123", 3), ("1000", 2), ("-5", 3), ("-1234", 4)] {
            assert_eq!(number(text), bytes, "{text}");
        }
    }
}
