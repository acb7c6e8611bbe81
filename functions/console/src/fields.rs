//! The fields of a form or of a query.

use domain::text::Line;

/// The fields, in their order. Values are trimmed.
#[derive(Clone, Default)]
pub struct Fields(Vec<(String, String)>);

domain::opaque!(Fields);

impl Fields {
    #[must_use]
    pub fn parse(text: &[u8]) -> Self {
        let pairs = form_urlencoded::parse(text);
        Self(pairs.map(|(name, value)| (name.into_owned(), value.trim().to_owned())).collect())
    }

    /// The value of a field; empty if it is missing.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// All fields with their values.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The value of a field, unless it is missing or empty.
    #[must_use]
    pub fn given(&self, name: &str) -> Option<&str> {
        Some(self.get(name)).filter(|value| !value.is_empty())
    }

    /// The last value of a name that occurs more than once.
    #[must_use]
    pub fn last(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().rev().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.given(name).is_some()
    }

    /// An id, or `None` if the value isn't one: it becomes a part of a path.
    #[must_use]
    pub fn id(&self, name: &str) -> Option<&str> {
        self.given(name).filter(|value| is_id(value))
    }
}

/// Whether a text is an id, also that of a worklist entry. Nothing else becomes a segment of a path.
#[must_use]
pub fn is_id(text: &str) -> bool {
    Line::<100>::parse(text).is_ok() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_:".contains(&byte))
}

/// A value as a part of a query.
#[must_use]
pub fn encoded(value: &str) -> String {
    form_urlencoded::byte_serialize(value.as_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_decoded_and_trimmed() {
        let fields = Fields::parse(b"name=+Luc%C3%ADa+&empty=&start=1&start=2");
        assert_eq!((fields.get("name"), fields.given("empty"), fields.get("none")), ("Lucía", None, ""));
        assert_eq!((fields.get("start"), fields.last("start")), ("1", Some("2")));
    }

    #[test]
    fn only_ids_become_segments_of_a_path() {
        assert!(is_id("01940000-0000-7000-8000-000000000005") && is_id("stranded:01940000"));
        for text in ["", "..", "a/b", "a?b", "a b", "%2e", "a#b"] {
            assert!(!is_id(text), "{text}");
        }
    }
}
