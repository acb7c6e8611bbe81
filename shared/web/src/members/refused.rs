//! Why a member can't be read.

use domain::violation::Rule;
use serde::de;
use std::fmt;

/// Why a member can't be read. Of what serde says only the rule is kept: its words would repeat the
/// client's value.
#[derive(Debug)]
pub(crate) struct Refused {
    /// Which, as far as is known where the error arises.
    pub(crate) member: Option<String>,
    /// The rule that it breaks.
    pub(crate) rule: Rule,
    /// Whether it is only that it isn't there.
    pub(crate) missing: bool,
}

impl Refused {
    /// Of no member yet.
    pub(crate) fn of(rule: Rule) -> Self {
        Self { member: None, rule, missing: false }
    }

    /// The same, seen from outside the member `name`, whose value may be `null`.
    pub(crate) fn inside(self, name: &str, null: bool) -> Self {
        let member = match self.member {
            None => name.to_owned(),
            Some(inner) => format!("{name}.{inner}"),
        };
        // `null` isn't a value of another type: it says that there is none.
        let rule = if null && self.rule == Rule::Type { Rule::Required } else { self.rule };
        Self { member: Some(member), rule, missing: false }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member can't be read")
    }
}

impl std::error::Error for Refused {}

impl de::Error for Refused {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::of(Rule::Type)
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self::of(Rule::OneOf(expected))
    }

    fn unknown_field(field: &str, _: &'static [&'static str]) -> Self {
        Self { member: Some(field.to_owned()), rule: Rule::Unknown, missing: false }
    }

    fn missing_field(field: &'static str) -> Self {
        Self { member: Some(field.to_owned()), rule: Rule::Required, missing: true }
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self { member: Some(field.to_owned()), rule: Rule::Duplicate, missing: false }
    }
}
