//! Reading a request's JSON: one object, no deeper than 32 levels, with a note of every member that
//! stands there twice. `serde_json` alone would let the last one win in silence.

use crate::problem::Refusal;
use domain::violation::{Rule, Violations};
use serde::de::{self, Deserialize as _, DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::fmt;

/// How deep arrays and objects may be nested.
const MAX_DEPTH: usize = 32;

/// The object, and the members that stand there more than once.
///
/// # Errors
/// [`Refusal::Malformed`] for anything but one JSON object in UTF-8.
pub(crate) fn object(text: &[u8]) -> Result<(Map<String, Value>, Violations), Refusal> {
    let mut duplicates = Violations::default();
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let root = Node { place: None, depth: 0, duplicates: &mut duplicates };
    let value = root.deserialize(&mut deserializer).map_err(|_| Refusal::Malformed)?;
    deserializer.end().map_err(|_| Refusal::Malformed)?;
    match value {
        Value::Object(members) => Ok((members, duplicates)),
        _ => Err(Refusal::Malformed),
    }
}

/// The JSON in a form that is the same for the same values: no blanks, members sorted.
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

/// Where in the document a value stands. It lives on the stack: a name is only put together when
/// there is something to say about it.
#[derive(Clone, Copy)]
struct Place<'a> {
    parent: Option<&'a Place<'a>>,
    name: &'a str,
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            write!(f, "{parent}.")?;
        }
        f.write_str(self.name)
    }
}

/// A value about to be read.
struct Node<'a, 'f> {
    place: Option<&'a Place<'a>>,
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
            items.next_element_seed(Node { place: self.place, depth, duplicates: &mut *self.duplicates })?
        {
            read.push(item);
        }
        Ok(Value::Array(read))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let depth = self.deeper()?;
        let mut read = Map::new();
        while let Some(name) = members.next_key_seed(std::marker::PhantomData::<String>)? {
            let place = Place { parent: self.place, name: &name };
            let value =
                members.next_value_seed(Node { place: Some(&place), depth, duplicates: &mut *self.duplicates })?;
            if read.contains_key(&name) {
                let full = place.to_string();
                if !self.duplicates.iter().any(|known| known.field == full) {
                    self.duplicates.add(&full, Rule::Duplicate);
                }
            }
            read.insert(name, value);
        }
        Ok(Value::Object(read))
    }
}

/// The member names of a type's own JSON form.
///
/// # Errors
/// What serialising says, or that it isn't an object.
pub(crate) fn members_of<T: serde::Serialize>(thing: &T) -> Result<Map<String, Value>, serde_json::Error> {
    Map::deserialize(serde_json::to_value(thing)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<(Map<String, Value>, Violations), Refusal> {
        object(text.as_bytes())
    }

    #[test]
    fn one_object_and_nothing_else() {
        for text in ["", "1", "[]", "null", "{", "{}{}", "{} x", "{\"a\":01}", "{a:1}", "{\"a\":\"\\ud800\"}"] {
            assert!(matches!(read(text), Err(Refusal::Malformed)), "{text}");
        }
        assert!(matches!(object(b"{\"a\":\"\xff\"}"), Err(Refusal::Malformed)));
        assert_eq!(read(" {\"a\": 1} ").unwrap().0["a"], 1);
    }

    #[test]
    fn depth_is_limited() {
        let nested = |levels: usize| format!("{{\"a\":{}{}}}", "[".repeat(levels - 1), "]".repeat(levels - 1));
        assert!(read(&nested(MAX_DEPTH)).is_ok());
        assert!(matches!(read(&nested(MAX_DEPTH + 1)), Err(Refusal::Malformed)));
        assert!(matches!(read(&nested(60_000)), Err(Refusal::Malformed)));
    }

    #[test]
    fn duplicates_are_named_at_every_level() {
        let (members, duplicates) = read(r#"{"a":1,"b":[{"c":1,"c":2,"c":3}],"a":{"d":1,"d":1}}"#).unwrap();
        let named: Vec<&str> = duplicates.iter().map(|violation| violation.field.as_str()).collect();
        assert_eq!(named, ["b.c", "a.d", "a"]);
        assert_eq!(members.len(), 2);
    }

    #[test]
    fn the_canonical_form_knows_no_order_and_no_blanks() {
        let (a, _) = read(r#"{ "b": {"y": [1, "é"], "x": null}, "a": 1.5 }"#).unwrap();
        let (b, _) = read(r#"{"a":1.5,"b":{"x":null,"y":[1,"\u00e9"]}}"#).unwrap();
        assert_eq!(canonical(&a), canonical(&b));
        assert_eq!(canonical(&a), r#"{"a":1.5,"b":{"x":null,"y":[1,"é"]}}"#.as_bytes());
    }
}
