//! Calendar dates, times of day and time zones.

use super::{format_schema, text_schema};
use crate::field::{FieldError, FieldInput, FieldValue};
use crate::reader::ReadContext;
use crate::source::FieldSource;
use domain::patient::BirthDate;
use domain::time::{EndTime, LocalDate, LocalTime, Zone, parse_date, parse_time};
use serde::Serializer;
use utoipa::openapi::{RefOr, Schema};

/// `HH:MM` or `HH:MM:SS`.
const TIME_OF_DAY: &str = "^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$";

/// The same, or `24:00`.
const END_TIME: &str = "^(([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?|24:00(:00)?)$";

impl FieldValue for LocalDate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }

    fn schema() -> RefOr<Schema> {
        format_schema("date").into()
    }
}

impl FieldInput for LocalDate {
    fn read(source: FieldSource<'_>, _: ReadContext) -> Result<Self, FieldError> {
        Ok(parse_date(source.text()?)?)
    }
}

impl FieldValue for BirthDate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        FieldValue::serialize(&self.0, serializer)
    }

    fn schema() -> RefOr<Schema> {
        LocalDate::schema()
    }
}

impl FieldInput for BirthDate {
    fn read(source: FieldSource<'_>, context: ReadContext) -> Result<Self, FieldError> {
        LocalDate::read(source, context).map(Self)
    }
}

impl FieldValue for LocalTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.format("%H:%M:%S"))
    }

    fn schema() -> RefOr<Schema> {
        text_schema().pattern(Some(TIME_OF_DAY)).into()
    }
}

impl FieldInput for LocalTime {
    fn read(source: FieldSource<'_>, _: ReadContext) -> Result<Self, FieldError> {
        Ok(parse_time(source.text()?)?)
    }
}

impl FieldValue for EndTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }

    fn schema() -> RefOr<Schema> {
        text_schema().pattern(Some(END_TIME)).into()
    }
}

impl FieldInput for EndTime {
    fn read(source: FieldSource<'_>, _: ReadContext) -> Result<Self, FieldError> {
        Ok(Self::parse(source.text()?)?)
    }
}

impl FieldValue for Zone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }

    fn schema() -> RefOr<Schema> {
        format_schema("time-zone").into()
    }
}

impl FieldInput for Zone {
    fn read(source: FieldSource<'_>, _: ReadContext) -> Result<Self, FieldError> {
        Ok(Self::parse(source.text()?)?)
    }
}
