//! Instants.

use super::text_schema;
use crate::field::{FieldError, FieldInput, FieldValue};
use crate::reader::ReadContext;
use crate::source::FieldSource;
use domain::time::{ClientTime, Instant, Zone};
use serde::Serializer;
use utoipa::openapi::schema::SchemaFormat;
use utoipa::openapi::{KnownFormat, RefOr, Schema};

/// RFC 3339. Responses have the clinic's offset, or UTC where no clinic is concerned; in a request, a time without an
/// offset is the clinic's local time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DateTime {
    time: ClientTime,
    zone: Option<Zone>,
}

impl DateTime {
    #[must_use]
    pub fn utc(instant: Instant) -> Self {
        Self::new(instant, None)
    }

    /// With the offset of `zone`; in UTC without one.
    #[must_use]
    pub fn new(instant: Instant, zone: impl Into<Option<Zone>>) -> Self {
        Self { time: ClientTime::Exact(instant), zone: zone.into() }
    }

    /// The time as a client sent it.
    #[must_use]
    pub fn client_time(self) -> ClientTime {
        self.time
    }
}

impl FieldValue for DateTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match (self.time, self.zone) {
            (ClientTime::Exact(instant), Some(zone)) => serializer.serialize_str(&zone.rfc3339(instant)),
            (ClientTime::Exact(instant), None) => serializer.serialize_str(&instant.rfc3339()),
            (ClientTime::Local(local), _) => serializer.collect_str(&local.format("%Y-%m-%dT%H:%M:%S")),
        }
    }

    fn schema() -> RefOr<Schema> {
        text_schema().format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime))).into()
    }
}

impl FieldInput for DateTime {
    fn read(source: FieldSource<'_>, _: ReadContext) -> Result<Self, FieldError> {
        Ok(Self { time: ClientTime::parse(source.text()?)?, zone: None })
    }
}
