//! Texts, names, notes and e-mail addresses.

use super::text_schema;
use crate::field::{FieldError, FieldInput, FieldValue};
use crate::reader::ReadContext;
use crate::source::FieldSource;
use domain::email::{self, Email};
use domain::messages::{MAX_TEXT, QuickReplyText};
use domain::text::{Line, Note};
use domain::violation::Rule;
use serde::Serializer;
use utoipa::openapi::{RefOr, Schema};

/// An empty text counts as left out where the field is optional.
fn is_blank(source: FieldSource<'_>) -> bool {
    source.text().is_ok_and(|text| text.trim().is_empty())
}

/// Any text.
impl FieldValue for String {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }

    fn schema() -> RefOr<Schema> {
        text_schema().into()
    }
}

impl FieldInput for String {
    fn read(source: FieldSource<'_>, _: ReadContext) -> Result<Self, FieldError> {
        Ok(source.text()?.to_owned())
    }
}

/// A word of a closed list that grows: its schema is any text.
impl FieldValue for &'static str {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }

    fn schema() -> RefOr<Schema> {
        text_schema().into()
    }
}

impl<const MAX: usize> FieldValue for Line<MAX> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }

    fn schema() -> RefOr<Schema> {
        text_schema().max_length(Some(MAX)).into()
    }
}

impl<const MAX: usize> FieldInput for Line<MAX> {
    fn read(source: FieldSource<'_>, _: ReadContext) -> Result<Self, FieldError> {
        Ok(Self::parse(source.text()?)?)
    }

    fn is_blank(source: FieldSource<'_>) -> bool {
        is_blank(source)
    }
}

impl<const MAX: usize> FieldValue for Note<MAX> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }

    fn schema() -> RefOr<Schema> {
        text_schema().max_length(Some(MAX)).into()
    }
}

impl<const MAX: usize> FieldInput for Note<MAX> {
    fn read(source: FieldSource<'_>, _: ReadContext) -> Result<Self, FieldError> {
        Ok(Self::optional(Some(source.text()?))?.ok_or(Rule::Required)?)
    }

    fn is_blank(source: FieldSource<'_>) -> bool {
        is_blank(source)
    }
}

impl FieldValue for QuickReplyText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }

    fn schema() -> RefOr<Schema> {
        text_schema().max_length(Some(MAX_TEXT)).into()
    }
}

impl FieldInput for QuickReplyText {
    fn read(source: FieldSource<'_>, _: ReadContext) -> Result<Self, FieldError> {
        Ok(Self::optional(Some(source.text()?))?.ok_or(Rule::Required)?)
    }

    fn is_blank(source: FieldSource<'_>) -> bool {
        is_blank(source)
    }
}

impl FieldValue for Email {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }

    fn schema() -> RefOr<Schema> {
        text_schema().max_length(Some(email::MAX_LENGTH)).pattern(Some(format!("^{}$", email::PATTERN))).into()
    }

    fn optional_schema() -> RefOr<Schema> {
        text_schema().max_length(Some(email::MAX_LENGTH)).pattern(Some(format!("^(|{})$", email::PATTERN))).into()
    }
}

impl FieldInput for Email {
    fn read(source: FieldSource<'_>, _: ReadContext) -> Result<Self, FieldError> {
        Ok(Self::parse(source.text()?)?)
    }

    fn is_blank(source: FieldSource<'_>) -> bool {
        is_blank(source)
    }
}
