//! Passwords.

use super::format_schema;
use crate::field::{FieldError, FieldInput, FieldValue};
use crate::reader::ReadContext;
use crate::source::FieldSource;
use domain::violation::Rule;
use identity::password::{MAX_CHARS, MIN_CHARS, Password, PasswordError};
use serde::Serializer;
use utoipa::openapi::{RefOr, Schema};

/// A password that is set. It is never written.
impl FieldValue for Password {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_none()
    }

    fn schema() -> RefOr<Schema> {
        format_schema("password").min_length(Some(MIN_CHARS)).max_length(Some(MAX_CHARS)).into()
    }
}

impl FieldInput for Password {
    fn read(source: FieldSource<'_>, _: ReadContext) -> Result<Self, FieldError> {
        Self::parse(source.text()?).map_err(|error| {
            FieldError::Value(match error {
                PasswordError::TooShort => Rule::TooShort(MIN_CHARS),
                PasswordError::TooLong => Rule::TooLong(MAX_CHARS),
                PasswordError::Common => Rule::CommonPassword,
            })
        })
    }
}
