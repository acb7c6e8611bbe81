//! A map with several values for a name, for headers and query parameters. Each event format chooses which of the
//! values it shows.

use http::HeaderName;
use serde_json::{Map, Value};

/// Names with one or more values each, in the order of their first occurrence.
#[derive(Default)]
pub(super) struct MultiMap(Vec<(String, Vec<String>)>);

impl MultiMap {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn add(&mut self, name: &str, value: String) {
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some((_, values)) => values.push(value),
            None => self.0.push((name.to_owned(), vec![value])),
        }
    }

    pub(super) fn set(&mut self, name: &str, value: String) {
        self.0.retain(|(known, _)| known != name);
        self.0.push((name.to_owned(), vec![value]));
    }

    pub(super) fn take(&mut self, name: &HeaderName) -> Vec<String> {
        let place = self.0.iter().position(|(known, _)| known == name.as_str());
        place.map(|place| self.0.remove(place).1).unwrap_or_default()
    }

    pub(super) fn first(&self, name: &HeaderName) -> Option<String> {
        self.0.iter().find(|(known, _)| known == name.as_str()).and_then(|(_, values)| values.first()).cloned()
    }

    pub(super) fn map(&self, value: impl Fn(&[String]) -> Value) -> Value {
        Value::Object(self.0.iter().map(|(name, values)| (name.clone(), value(values))).collect::<Map<_, _>>())
    }

    pub(super) fn or_null(&self, value: impl Fn(&[String]) -> Value) -> Value {
        if self.0.is_empty() { Value::Null } else { self.map(value) }
    }
}

impl FromIterator<(String, Vec<String>)> for MultiMap {
    fn from_iter<I: IntoIterator<Item = (String, Vec<String>)>>(names: I) -> Self {
        Self(names.into_iter().collect())
    }
}
