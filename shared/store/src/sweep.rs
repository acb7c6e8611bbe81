//! Sweeps: pending follow-up work of a change to the calendar. The row is written in the transaction of the
//! change and deleted when the work is done, so that work interrupted by a crash is resumed.

use crate::item::Entity;
use crate::keys::{Key, Resource};
use crate::schedule::Timetable;
use domain::actor::Actor;
use domain::ids::{ClinicId, DoctorId, RoomId, SweepId};
use domain::time::{Instant, LocalDate};
use serde::{Deserialize, Serialize};

/// Pending follow-up work of one change to the calendar.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Sweep {
    pub id: SweepId,
    pub change: CalendarChange,
    /// The author of the change, and so of the follow-up changes.
    pub actor: Actor,
    pub request_id: String,
    pub created_at: Instant,
}

/// A change to the calendar.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CalendarChange {
    /// A window or a rule of a doctor changed or was deleted.
    #[serde(rename = "openings")] // the stored name
    Availability {
        doctor: DoctorId,
        /// The window or the rule before the change.
        before: Timetable,
    },
    /// Guards have to be derived again.
    Guards {
        of: GuardScope,
        /// The time that was closed. Appointments may be in it.
        closed: Closure,
    },
}

/// The guards that a change affects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GuardScope {
    /// The guard of one doctor, room or patient.
    One(Resource),
    /// The guards of the rooms of a clinic.
    Clinic(ClinicId),
    /// The guards of all rooms.
    #[serde(rename = "everywhere")] // the stored name
    AllRooms,
}

/// The time that a change closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Closure {
    /// No time: the change only opened some.
    #[serde(rename = "nothing")] // the stored name
    None,
    /// From one instant to another; the second is excluded.
    Time(Instant, Instant),
    /// A calendar day in each clinic's time zone.
    Day(LocalDate),
    /// All future time.
    #[serde(rename = "forever")] // the stored name
    Permanent,
}

impl Entity for Sweep {
    const KIND: &'static str = "sweep";

    fn key(&self) -> Key {
        Key::sweep(self.created_at, self.id)
    }
}

/// An entry of the list of all rooms. See [`Key::room_member`].
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct RoomMember {
    pub clinic: ClinicId,
    pub room: RoomId,
}

impl Entity for RoomMember {
    const KIND: &'static str = "room_member";

    fn key(&self) -> Key {
        Key::room_member(self.clinic, self.room)
    }
}
