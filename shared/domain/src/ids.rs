//! Typed ids. What kind of thing an id names is part of its type, so that a doctor's id can't be
//! passed where a patient's is expected.
//!
//! All are UUIDv7 written as lower-case text; the caller makes them from its clock, because this
//! crate has none.

use crate::violation::Rule;
use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

/// An id that can be made from a UUID: what generic code needs to mint and parse ids.
pub trait Id: Copy + fmt::Display {
    /// Wraps a UUID.
    fn from_uuid(uuid: Uuid) -> Self;

    /// The UUID inside.
    fn uuid(self) -> Uuid;

    /// Reads the canonical lower-case, hyphenated form and nothing else.
    fn parse(text: &str) -> Option<Self> {
        let uuid = Uuid::try_parse(text).ok()?;
        (text.len() == 36 && uuid.hyphenated().to_string() == text).then(|| Self::from_uuid(uuid))
    }

    /// Like [`Self::parse`], for a member of an input.
    ///
    /// # Errors
    /// [`Rule::Id`].
    fn read(text: &str) -> Result<Self, Rule> {
        Self::parse(text).ok_or(Rule::Id)
    }

    /// The id that nothing has. A malformed id in a path becomes this one: it names nothing either.
    fn nobody() -> Self {
        Self::from_uuid(Uuid::nil())
    }
}

macro_rules! ids {
    ($($(#[$doc:meta])+ $name:ident),+ $(,)?) => {$(
        $(#[$doc])+
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
    /// A person who signs in.
    UserId,
    /// One chain of refresh tokens: a log-in on one device.
    SessionId,
    /// A patient.
    PatientId,
    /// A contact of a patient.
    ContactId,
    /// A doctor.
    DoctorId,
    /// A medical specialty.
    SpecialtyId,
    /// A clinic.
    ClinicId,
    /// A room of a clinic.
    RoomId,
    /// A dated window of a doctor's availability.
    WindowId,
    /// A weekly rule of a doctor's availability.
    RuleId,
    /// A stretch of time in which a doctor, a room or a clinic is closed.
    BlockId,
    /// A day on which a clinic, or all of them, are closed.
    HolidayId,
    /// What a change of the calendar leaves to be done.
    SweepId,
    /// An appointment.
    AppointmentId,
    /// One row of an appointment's history.
    ActionId,
    /// One message to a patient, with its attempts.
    NotificationId,
    /// One message from a patient.
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
