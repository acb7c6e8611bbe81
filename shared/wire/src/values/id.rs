//! Ids.

use super::format_schema;
use crate::field::{FieldError, FieldInput, FieldValue};
use crate::reader::ReadContext;
use crate::source::FieldSource;
use domain::ids::{
    ActionId, AppointmentId, AuditId, BlockId, ClinicId, ContactId, DoctorId, HolidayId, Id, InboundId, NotificationId,
    PatientId, RoomId, RuleId, SpecialtyId, UserId, WindowId,
};
use serde::Serializer;
use std::borrow::Cow;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

macro_rules! ids {
    ($($id:ident)+) => {$(
        impl FieldValue for $id {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }

            fn schema() -> RefOr<Schema> {
                format_schema("uuid").into()
            }
        }

        impl FieldInput for $id {
            fn read(source: FieldSource<'_>, _: ReadContext) -> Result<Self, FieldError> {
                Ok(<$id as Id>::read(source.text()?)?)
            }
        }
    )+};
}

ids! {
    ActionId AppointmentId AuditId BlockId ClinicId ContactId DoctorId HolidayId InboundId NotificationId PatientId
    RoomId RuleId SpecialtyId UserId WindowId
}

/// The schema of the ids in a list.
#[derive(Debug, Clone, Copy)]
pub struct IdSchema;

impl PartialSchema for IdSchema {
    fn schema() -> RefOr<Schema> {
        format_schema("uuid").description(Some("An opaque id.")).into()
    }
}

impl ToSchema for IdSchema {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Id")
    }
}
