//! Reads a body or query parameters field by field, and collects all errors.
//!
//! Errors of shape (unknown, missing and repeated fields, other JSON types) come first: values are only reported once
//! the shape is right.

use crate::field::{FieldError, FieldInput};
use crate::source::FieldSource;
use app::App;
use domain::phone::Country;
use domain::time::LocalDate;
use domain::violation::{Rule, Violations};
use serde_json::{Map, Value};

/// What the meaning of a value can depend on.
#[derive(Debug, Clone, Copy)]
pub struct ReadContext {
    /// Of phone numbers without a country.
    pub country: Country,
    /// The UTC day, with which a period begins by default.
    pub today: LocalDate,
}

impl ReadContext {
    #[must_use]
    pub fn of(app: &App) -> Self {
        Self { country: app.country, today: app.now().utc_day() }
    }

    /// For documentation and tests.
    #[must_use]
    pub fn example() -> Self {
        Self { country: Country::NOWHERE, today: LocalDate::MIN }
    }
}

/// A body or the query parameters, as the derives `Body` and `Params` implement it.
pub trait Fields: Sized {
    const NAMES: &'static [&'static str];

    /// `None` if a field is refused; the reader has the reasons.
    fn read_fields(reader: &mut FieldReader<'_>) -> Option<Self>;
}

/// Why a body or query parameters are refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadError {
    Shape(Violations),
    Values(Violations),
}

impl ReadError {
    #[must_use]
    pub fn into_violations(self) -> Violations {
        match self {
            Self::Shape(violations) | Self::Values(violations) => violations,
        }
    }
}

impl From<ReadError> for Violations {
    fn from(error: ReadError) -> Self {
        error.into_violations()
    }
}

/// A field that was read; `None` for a refused one.
pub type Accepted<'a, T> = Option<&'a T>;

/// The given values and the errors found so far.
pub struct FieldReader<'a> {
    given: &'a [(&'a str, FieldSource<'a>)],
    context: ReadContext,
    /// Whether required fields may be left out.
    partial: bool,
    shape: Violations,
    values: Violations,
}

impl<'a> FieldReader<'a> {
    /// Reads a field. `None` if it is refused.
    pub fn field<T: FieldInput>(&mut self, name: &str) -> Option<T> {
        match self.given_value(name) {
            Some(source) if !source.is_null() => self.value(name, source),
            given => {
                let absent = T::absent();
                // `null` where a value is needed is a missing value, not one of another type.
                if absent.is_none() && (given.is_some() || !self.partial) {
                    self.shape.add(name, Rule::Required);
                }
                absent
            }
        }
    }

    /// Reads a field that has a default.
    pub fn field_or<T: FieldInput>(&mut self, name: &str, default: impl FnOnce() -> T) -> Option<T> {
        match self.given_value(name) {
            Some(source) if !source.is_null() => self.value(name, source),
            _ => Some(default()),
        }
    }

    /// Reports a field that is missing because of what another one says.
    pub fn require(&mut self, name: &str) {
        self.shape.add(name, Rule::Required);
    }

    /// Reports a violation of a rule about several fields.
    pub fn refuse(&mut self, name: &str, rule: Rule) {
        self.values.add(name, rule);
    }

    #[must_use]
    pub fn today(&self) -> LocalDate {
        self.context.today
    }

    /// An empty query parameter counts as left out: HTML forms send fields that weren't filled in.
    fn given_value(&self, name: &str) -> Option<FieldSource<'a>> {
        let (_, source) = self.given.iter().find(|(given, _)| *given == name)?;
        (!matches!(source, FieldSource::Text(""))).then_some(*source)
    }

    fn value<T: FieldInput>(&mut self, name: &str, source: FieldSource<'_>) -> Option<T> {
        match T::read(source, self.context) {
            Ok(value) => Some(value),
            Err(FieldError::Shape(rule)) => {
                self.shape.add(name, rule);
                None
            }
            Err(FieldError::Value(rule)) => {
                self.values.add(name, rule);
                None
            }
            Err(FieldError::Entries(error)) => {
                let (target, found) = match error {
                    ReadError::Shape(found) => (&mut self.shape, found),
                    ReadError::Values(found) => (&mut self.values, found),
                };
                for violation in found.iter() {
                    target.add(&format!("{name}.{}", violation.field), violation.rule.clone());
                }
                None
            }
        }
    }
}

/// Reads a JSON object.
///
/// # Errors
/// All errors, by field.
pub fn read_body<T: Fields>(members: &Map<String, Value>, context: ReadContext) -> Result<T, ReadError> {
    read(&sources(members), context)
}

/// Reads query parameters, whose names and values are decoded.
///
/// # Errors
/// All errors, by parameter.
pub fn read_parameters<T: Fields>(pairs: &[(&str, &str)], context: ReadContext) -> Result<T, ReadError> {
    let given: Vec<_> = pairs.iter().map(|(name, value)| (*name, FieldSource::Text(value.trim()))).collect();
    read(&given, context)
}

fn read<T: Fields>(given: &[(&str, FieldSource<'_>)], context: ReadContext) -> Result<T, ReadError> {
    let (value, shape, values) = read_given(given, context, false);
    shape.check().map_err(ReadError::Shape)?;
    values.finish(value).map_err(ReadError::Values)
}

/// Checks the shape of some members; required ones may be missing.
pub(crate) fn check_shape<T: Fields>(members: &Map<String, Value>, context: ReadContext) -> Result<(), Violations> {
    read_given::<T>(&sources(members), context, true).1.check()
}

fn sources(members: &Map<String, Value>) -> Vec<(&str, FieldSource<'_>)> {
    members.iter().map(|(name, value)| (name.as_str(), FieldSource::Json(value))).collect()
}

/// The value, if all fields are accepted; the errors of shape and of values.
fn read_given<T: Fields>(
    given: &[(&str, FieldSource<'_>)],
    context: ReadContext,
    partial: bool,
) -> (Option<T>, Violations, Violations) {
    let mut shape = Violations::default();
    for (name, _) in given.iter().filter(|(name, _)| !T::NAMES.contains(name)) {
        shape.add(name, Rule::Unknown);
    }
    let mut reader = FieldReader { given, context, partial, shape, values: Violations::default() };
    let value = T::read_fields(&mut reader);
    (value, reader.shape, reader.values)
}

#[cfg(test)]
#[path = "reader_tests.rs"]
mod tests;
