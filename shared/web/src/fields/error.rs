//! The error of one field that can't be deserialized.

use domain::violation::Rule;
use serde::de;
use std::fmt;

/// Keeps only the broken rule of serde's error: its message would repeat the client's value.
#[derive(Debug)]
pub(crate) struct FieldError {
    /// `None` until the error has passed the field that it belongs to.
    pub(crate) field: Option<String>,
    pub(crate) rule: Rule,
    pub(crate) missing: bool,
}

impl FieldError {
    pub(crate) fn of(rule: Rule) -> Self {
        Self { field: None, rule, missing: false }
    }

    /// Puts `name` in front of the field. `null`: whether the value of `name` is `null`.
    pub(crate) fn inside(self, name: &str, null: bool) -> Self {
        let field = match self.field {
            None => name.to_owned(),
            Some(inner) => format!("{name}.{inner}"),
        };
        // `null` where a value is needed is a missing value, not one of another type.
        let rule = if null && self.rule == Rule::Type { Rule::Required } else { self.rule };
        Self { field: Some(field), rule, missing: false }
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field can't be deserialized")
    }
}

impl std::error::Error for FieldError {}

impl de::Error for FieldError {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::of(Rule::Type)
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self::of(Rule::OneOf(expected))
    }

    fn unknown_field(field: &str, _: &'static [&'static str]) -> Self {
        Self { field: Some(field.to_owned()), rule: Rule::Unknown, missing: false }
    }

    fn missing_field(field: &'static str) -> Self {
        Self { field: Some(field.to_owned()), rule: Rule::Required, missing: true }
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self { field: Some(field.to_owned()), rule: Rule::Duplicate, missing: false }
    }
}
