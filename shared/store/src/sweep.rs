//! Sweeps: what a change of the calendar leaves to be done. The row is written with the change and
//! goes when all of it is done, so that a crash in between is noticed and made good.

use crate::item::Entity;
use crate::keys::{Key, Resource};
use crate::schedule::Timetable;
use domain::actor::Actor;
use domain::ids::{ClinicId, DoctorId, RoomId, SweepId};
use domain::time::{Instant, LocalDate};
use serde::{Deserialize, Serialize};

/// Work that is left.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Sweep {
    /// Its id.
    pub id: SweepId,
    /// What changed.
    pub change: CalendarChange,
    /// Who changed it: the author of what follows.
    pub actor: Actor,
    /// In which request.
    pub request_id: String,
    /// When.
    pub created_at: Instant,
}

/// A change of the calendar.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CalendarChange {
    /// A doctor's openings were these, and may not be any more.
    Openings {
        /// Whose.
        doctor: DoctorId,
        /// The window or the rule as it was.
        before: Timetable,
    },
    /// What the guards of these say may not be right any more.
    Guards {
        /// Whose.
        of: Guarded,
        /// What was closed, so that appointments may lie there.
        closed: Closed,
    },
}

/// Whose guards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Guarded {
    /// That of one doctor, room or patient.
    One(Resource),
    /// Those of the rooms of a clinic.
    Clinic(ClinicId),
    /// Those of all rooms.
    Everywhere,
}

/// Which time was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Closed {
    /// None: something was opened.
    Nothing,
    /// From one instant to another.
    Time(Instant, Instant),
    /// A day, by each clinic's wall clock.
    Day(LocalDate),
    /// All to come.
    Forever,
}

impl Entity for Sweep {
    const KIND: &'static str = "sweep";

    fn key(&self) -> Key {
        Key::sweep(self.created_at, self.id)
    }
}

/// A room among all rooms.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct RoomMember {
    /// Its clinic.
    pub clinic: ClinicId,
    /// The room.
    pub room: RoomId,
}

impl Entity for RoomMember {
    const KIND: &'static str = "room_member";

    fn key(&self) -> Key {
        Key::room_member(self.clinic, self.room)
    }
}
