//! From named values to a type, saying everything that is wrong with them at once.
//!
//! serde stops at the first error. Here a type is read again after each, with a stand-in for the
//! member that was refused, until it can be read or the same member is refused once more. What
//! members there are and which of them are required comes from the type alone; nobody keeps a list.

mod refused;
mod source;

pub(crate) use source::Source;

use domain::violation::{Rule, Violations};
use refused::Refused;
use serde::de::{self, DeserializeOwned, DeserializeSeed, MapAccess, Visitor};
use std::cell::RefCell;

/// Reads a type; members that it doesn't have are refused.
///
/// # Errors
/// Unknown members, missing ones, and those of another type.
pub(crate) fn read<T: DeserializeOwned>(given: &[(&str, Source<'_>)]) -> Result<T, Violations> {
    let (value, violations) = attempt(given, true);
    violations.finish(value)
}

/// Checks members without the need that all of them are there.
///
/// # Errors
/// Unknown members, and those of another type.
pub(crate) fn check<T: DeserializeOwned>(given: &[(&str, Source<'_>)]) -> Result<(), Violations> {
    attempt::<T>(given, false).1.check()
}

fn attempt<T: DeserializeOwned>(given: &[(&str, Source<'_>)], complete: bool) -> (Option<T>, Violations) {
    let mut violations = Violations::default();
    let mut blank: Vec<String> = Vec::new();
    loop {
        let unknown = RefCell::new(Vec::new());
        let result = T::deserialize(Members { given, blank: &blank, unknown: &unknown });
        if blank.is_empty() {
            for name in unknown.into_inner() {
                violations.add(&name, Rule::Unknown);
            }
        }
        let refused = match result {
            Ok(value) => return (Some(value), violations),
            Err(refused) => refused,
        };
        let name = refused.member.as_deref().unwrap_or_default();
        let top = name.split('.').next().unwrap_or_default().to_owned();
        if blank.contains(&top) {
            // Not even a stand-in will do. What was found so far has to be enough.
            return (None, violations);
        }
        if complete || !refused.missing {
            violations.add(name, refused.rule);
        }
        blank.push(top);
    }
}

/// All members, as a serde deserializer.
struct Members<'a> {
    given: &'a [(&'a str, Source<'a>)],
    /// Members to be replaced by a stand-in.
    blank: &'a [String],
    /// Members that the type turned out not to have.
    unknown: &'a RefCell<Vec<String>>,
}

impl<'de> de::Deserializer<'de> for Members<'_> {
    type Error = Refused;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        visitor.visit_map(Access { members: self, next: 0, value: Source::Blank, name: "" })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        for (name, _) in self.given {
            if !fields.contains(name) {
                self.unknown.borrow_mut().push((*name).to_owned());
            }
        }
        self.deserialize_any(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Refused> {
        visitor.visit_newtype_struct(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

/// First the members that were given, then stand-ins for those that weren't.
struct Access<'a> {
    members: Members<'a>,
    next: usize,
    value: Source<'a>,
    name: &'a str,
}

impl<'a> Access<'a> {
    fn advance(&mut self) -> Option<&'a str> {
        let (given, blank) = (self.members.given, self.members.blank);
        let is_given = |name: &str| given.iter().any(|(known, _)| *known == name);
        loop {
            let at = self.next;
            self.next += 1;
            let (name, value) = match given.get(at) {
                Some((name, _)) if blank.iter().any(|refused| refused == name) => (*name, Source::Blank),
                Some((name, value)) => (*name, *value),
                None => {
                    let name = blank.get(at - given.len())?.as_str();
                    if is_given(name) {
                        continue;
                    }
                    (name, Source::Blank)
                }
            };
            (self.name, self.value) = (name, value);
            return Some(name);
        }
    }
}

impl<'de> MapAccess<'de> for Access<'_> {
    type Error = Refused;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Refused> {
        self.advance().map(|name| seed.deserialize(de::value::StrDeserializer::new(name))).transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Refused> {
        seed.deserialize(self.value).map_err(|refused| refused.inside(self.name, self.value.is_null()))
    }
}

#[cfg(test)]
mod tests;
