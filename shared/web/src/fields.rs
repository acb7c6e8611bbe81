//! Deserializes named values into a type, and collects all errors by field.
//!
//! serde stops at the first error. Here the type is deserialized again after each error, with a placeholder for the
//! refused field, until it succeeds or the same field is refused once more. Which fields exist and which of them are
//! required follows from the type alone.

mod error;
mod source;

pub(crate) use source::FieldSource;

use domain::violation::{Rule, Violations};
use error::FieldError;
use serde::de::{self, DeserializeOwned, DeserializeSeed, MapAccess, Visitor};
use std::cell::RefCell;

/// # Errors
/// Unknown fields, missing ones, and those of another type.
pub(crate) fn read<T: DeserializeOwned>(given: &[(&str, FieldSource<'_>)]) -> Result<T, Violations> {
    let (value, violations) = deserialize(given, true);
    violations.finish(value)
}

/// Checks some fields of a type; missing ones are no error.
///
/// # Errors
/// Unknown fields, and those of another type.
pub(crate) fn check<T: DeserializeOwned>(given: &[(&str, FieldSource<'_>)]) -> Result<(), Violations> {
    deserialize::<T>(given, false).1.check()
}

fn deserialize<T: DeserializeOwned>(given: &[(&str, FieldSource<'_>)], complete: bool) -> (Option<T>, Violations) {
    let mut violations = Violations::default();
    let mut placeholders: Vec<String> = Vec::new();
    loop {
        let unknown = RefCell::new(Vec::new());
        let result = T::deserialize(FieldsDeserializer { given, placeholders: &placeholders, unknown: &unknown });
        if placeholders.is_empty() {
            for name in unknown.into_inner() {
                violations.add(&name, Rule::Unknown);
            }
        }
        let refused = match result {
            Ok(value) => return (Some(value), violations),
            Err(refused) => refused,
        };
        let name = refused.field.as_deref().unwrap_or_default();
        let top = name.split('.').next().unwrap_or_default().to_owned();
        if placeholders.contains(&top) {
            // The placeholder was refused too, so the errors found so far are all that can be reported.
            return (None, violations);
        }
        if complete || !refused.missing {
            violations.add(name, refused.rule);
        }
        placeholders.push(top);
    }
}

struct FieldsDeserializer<'a> {
    given: &'a [(&'a str, FieldSource<'a>)],
    placeholders: &'a [String],
    unknown: &'a RefCell<Vec<String>>,
}

impl<'de> de::Deserializer<'de> for FieldsDeserializer<'_> {
    type Error = FieldError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
        visitor.visit_map(FieldAccess { fields: self, next: 0, value: FieldSource::Placeholder, name: "" })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, FieldError> {
        for (name, _) in self.given {
            if !fields.contains(name) {
                self.unknown.borrow_mut().push((*name).to_owned());
            }
        }
        self.deserialize_any(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, FieldError> {
        visitor.visit_newtype_struct(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

/// Yields the given fields first, then placeholders for the missing ones.
struct FieldAccess<'a> {
    fields: FieldsDeserializer<'a>,
    next: usize,
    value: FieldSource<'a>,
    name: &'a str,
}

impl<'a> FieldAccess<'a> {
    fn advance(&mut self) -> Option<&'a str> {
        let (given, placeholders) = (self.fields.given, self.fields.placeholders);
        let is_given = |name: &str| given.iter().any(|(known, _)| *known == name);
        loop {
            let at = self.next;
            self.next += 1;
            let (name, value) = match given.get(at) {
                Some((name, _)) if placeholders.iter().any(|refused| refused == name) => {
                    (*name, FieldSource::Placeholder)
                }
                Some((name, value)) => (*name, *value),
                None => {
                    let name = placeholders.get(at - given.len())?.as_str();
                    if is_given(name) {
                        continue;
                    }
                    (name, FieldSource::Placeholder)
                }
            };
            (self.name, self.value) = (name, value);
            return Some(name);
        }
    }
}

impl<'de> MapAccess<'de> for FieldAccess<'_> {
    type Error = FieldError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, FieldError> {
        self.advance().map(|name| seed.deserialize(de::value::StrDeserializer::new(name))).transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, FieldError> {
        seed.deserialize(self.value).map_err(|refused| refused.inside(self.name, self.value.is_null()))
    }
}

#[cfg(test)]
mod tests;
