//! Phone numbers.

use super::format_schema;
use crate::field::{FieldError, FieldInput, FieldValue};
use crate::reader::ReadContext;
use crate::source::FieldSource;
use domain::phone::{MAX_LENGTH, Phone};
use serde::Serializer;
use utoipa::openapi::{RefOr, Schema};

impl FieldValue for Phone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }

    fn schema() -> RefOr<Schema> {
        format_schema("phone").max_length(Some(MAX_LENGTH)).into()
    }

    /// A search accepts any length.
    fn parameter_schema() -> RefOr<Schema> {
        format_schema("phone").into()
    }
}

impl FieldInput for Phone {
    fn read(source: FieldSource<'_>, context: ReadContext) -> Result<Self, FieldError> {
        Ok(Self::parse(source.text()?, context.country)?)
    }

    fn is_blank(source: FieldSource<'_>) -> bool {
        source.text().is_ok_and(|text| text.trim().is_empty())
    }
}

/// A number that a request must have. An erased patient has none; clients see an empty text then.
#[derive(Clone)]
pub struct StoredPhone(pub Option<Phone>);

impl FieldValue for StoredPhone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.as_ref().map_or("", Phone::as_str))
    }

    fn schema() -> RefOr<Schema> {
        Phone::schema()
    }
}

impl FieldInput for StoredPhone {
    fn read(source: FieldSource<'_>, context: ReadContext) -> Result<Self, FieldError> {
        Phone::read(source, context).map(|phone| Self(Some(phone)))
    }
}
