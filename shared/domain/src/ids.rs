//! Typed ids: each kind of entity has an id type of its own, so that a doctor's id can't be passed where a
//! patient's is expected.
//!
//! All are UUIDv7 in lower-case text. The caller generates them, because this crate has no clock.

use crate::violation::Rule;
use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

/// The interface of all id types, for generic code that generates and parses ids.
pub trait Id: Copy + fmt::Display {
    fn from_uuid(uuid: Uuid) -> Self;

    fn uuid(self) -> Uuid;

    /// Parses the canonical form only: lower case, hyphenated.
    #[must_use]
    fn parse(text: &str) -> Option<Self> {
        let uuid = Uuid::try_parse(text).ok()?;
        (text.len() == 36 && uuid.hyphenated().to_string() == text).then(|| Self::from_uuid(uuid))
    }

    /// Like [`Self::parse`], for validating a member of a request.
    fn read(text: &str) -> Result<Self, Rule> {
        Self::parse(text).ok_or(Rule::Id)
    }

    /// The nil UUID, which no entity has. A malformed id in a path is treated as this one, so that it gives the
    /// same "not found".
    #[must_use]
    fn nil() -> Self {
        Self::from_uuid(Uuid::nil())
    }
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
    $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl Id for $name {
            fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }
    )+};
}

ids! {
    /// A user: a person who signs in.
    UserId,
    /// A chain of refresh tokens: one sign-in on one device.
    SessionId,
    PatientId,
    /// A contact of a patient.
    ContactId,
    DoctorId,
    /// A medical specialty.
    SpecialtyId,
    ClinicId,
    /// A room of a clinic.
    RoomId,
    /// A dated window of a doctor's availability.
    WindowId,
    /// A weekly rule of a doctor's availability.
    RuleId,
    /// A time span in which a doctor, a room or a clinic is closed.
    BlockId,
    /// A day on which one clinic or all clinics are closed.
    HolidayId,
    /// The pending follow-up work of a change to the calendar.
    SweepId,
    AppointmentId,
    /// One row of an appointment's history.
    ActionId,
    /// A message to a patient, with its attempts.
    NotificationId,
    /// An inbound message from a patient.
    InboundId,
    /// One row of the audit trail.
    AuditId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_canonical_form_is_an_id() {
        let text = "01940000-0000-7000-8000-000000000001";
        assert_eq!(PatientId::parse(text).map(|id| id.to_string()).as_deref(), Some(text));
        for other in [
            "",
            "1",
            "0194000000007000800000000000000A",
            "01940000-0000-7000-8000-00000000000G",
            "01940000-0000-7000-8000-00000000000A",
            "{01940000-0000-7000-8000-000000000001}",
        ] {
            assert!(PatientId::parse(other).is_none(), "{other}");
        }
    }
}
