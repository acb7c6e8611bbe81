//! Parses a request's JSON: one object, at most 32 levels deep. Duplicate members are reported; `serde_json` alone
//! would keep the last one without an error.

use crate::problem::RequestError;
use domain::violation::{Rule, Violations};
use serde::de::{self, DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::fmt;

/// How deep arrays and objects may be nested.
const MAX_DEPTH: usize = 32;

/// The object, and its duplicate members as violations.
///
/// # Errors
/// [`RequestError::Malformed`] for anything but one JSON object in UTF-8.
pub(crate) fn parse_object(text: &[u8]) -> Result<(Map<String, Value>, Violations), RequestError> {
    let mut duplicates = Violations::default();
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let root = Node { path: None, depth: 0, duplicates: &mut duplicates };
    let value = root.deserialize(&mut deserializer).map_err(|_| RequestError::Malformed)?;
    deserializer.end().map_err(|_| RequestError::Malformed)?;
    match value {
        Value::Object(members) => Ok((members, duplicates)),
        _ => Err(RequestError::Malformed),
    }
}

/// The canonical text of an object: no white space, members sorted by name.
pub(crate) fn canonical(members: &Map<String, Value>) -> Vec<u8> {
    let mut text = Vec::new();
    write_object(members, &mut text);
    text
}

fn write(value: &Value, text: &mut Vec<u8>) {
    match value {
        Value::Object(members) => write_object(members, text),
        Value::Array(items) => {
            text.push(b'[');
            for (number, item) in items.iter().enumerate() {
                if number > 0 {
                    text.push(b',');
                }
                write(item, text);
            }
            text.push(b']');
        }
        scalar => text.extend_from_slice(scalar.to_string().as_bytes()),
    }
}

fn write_object(members: &Map<String, Value>, text: &mut Vec<u8>) {
    // Whether a map is sorted already depends on a feature that any crate may switch on.
    let mut sorted: Vec<_> = members.iter().collect();
    sorted.sort_unstable_by_key(|(name, _)| name.as_str());
    text.push(b'{');
    for (number, (name, value)) in sorted.into_iter().enumerate() {
        if number > 0 {
            text.push(b',');
        }
        text.extend_from_slice(Value::from(name.as_str()).to_string().as_bytes());
        text.push(b':');
        write(value, text);
    }
    text.push(b'}');
}

/// The position of a value in the document. It lives on the stack; a path is only formatted for a duplicate.
#[derive(Clone, Copy)]
struct JsonPath<'a> {
    parent: Option<&'a Self>,
    name: &'a str,
}

impl fmt::Display for JsonPath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            write!(f, "{parent}.")?;
        }
        f.write_str(self.name)
    }
}

struct Node<'a, 'f> {
    path: Option<&'a JsonPath<'a>>,
    depth: usize,
    duplicates: &'f mut Violations,
}

impl Node<'_, '_> {
    fn deeper<E: de::Error>(&self) -> Result<usize, E> {
        if self.depth < MAX_DEPTH { Ok(self.depth + 1) } else { Err(E::custom("too deep")) }
    }
}

impl<'de> DeserializeSeed<'de> for Node<'_, '_> {
    type Value = Value;

    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_, '_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let depth = self.deeper()?;
        let mut read = Vec::new();
        while let Some(item) =
            items.next_element_seed(Node { path: self.path, depth, duplicates: &mut *self.duplicates })?
        {
            read.push(item);
        }
        Ok(Value::Array(read))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let depth = self.deeper()?;
        let mut read = Map::new();
        while let Some(name) = members.next_key_seed(std::marker::PhantomData::<String>)? {
            let path = JsonPath { parent: self.path, name: &name };
            let value =
                members.next_value_seed(Node { path: Some(&path), depth, duplicates: &mut *self.duplicates })?;
            if read.contains_key(&name) {
                let full = path.to_string();
                if !self.duplicates.iter().any(|known| known.field == full) {
                    self.duplicates.add(&full, Rule::Duplicate);
                }
            }
            read.insert(name, value);
        }
        Ok(Value::Object(read))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<(Map<String, Value>, Violations), RequestError> {
        parse_object(text.as_bytes())
    }

    #[test]
    fn only_one_object_is_accepted() {
        for text in ["", "1", "[]", "null", "{", "{}{}", "{} x", "{\"a\":01}", "{a:1}", "{\"a\":\"\\ud800\"}"] {
            assert!(matches!(read(text), Err(RequestError::Malformed)), "{text}");
        }
        assert!(matches!(parse_object(b"{\"a\":\"\xff\"}"), Err(RequestError::Malformed)));
        assert_eq!(read(" {\"a\": 1} ").unwrap().0["a"], 1);
    }

    #[test]
    fn depth_is_limited() {
        let nested = |levels: usize| format!("{{\"a\":{}{}}}", "[".repeat(levels - 1), "]".repeat(levels - 1));
        assert!(read(&nested(MAX_DEPTH)).is_ok());
        assert!(matches!(read(&nested(MAX_DEPTH + 1)), Err(RequestError::Malformed)));
        assert!(matches!(read(&nested(60_000)), Err(RequestError::Malformed)));
    }

    #[test]
    fn duplicates_are_named_at_every_level() {
        let (members, duplicates) = read(r#"{"a":1,"b":[{"c":1,"c":2,"c":3}],"a":{"d":1,"d":1}}"#).unwrap();
        let named: Vec<&str> = duplicates.iter().map(|violation| violation.field.as_str()).collect();
        assert_eq!(named, ["b.c", "a.d", "a"]);
        assert_eq!(members.len(), 2);
    }

    #[test]
    fn the_canonical_form_ignores_order_and_white_space() {
        let (a, _) = read(r#"{ "b": {"y": [1, "é"], "x": null}, "a": 1.5 }"#).unwrap();
        let (b, _) = read(r#"{"a":1.5,"b":{"x":null,"y":[1,"\u00e9"]}}"#).unwrap();
        assert_eq!(canonical(&a), canonical(&b));
        assert_eq!(canonical(&a), r#"{"a":1.5,"b":{"x":null,"y":[1,"é"]}}"#.as_bytes());
    }
}
