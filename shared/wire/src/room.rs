//! Rooms of clinics.

use crate::values::Bounded;
use crate::{Body, Params, View};
use app::directory::records::RecordDraft;
use domain::clinic::{Room, RoomProfile};
use domain::ids::{ClinicId, RoomId};
use domain::text::Line;

/// The data of a room.
#[derive(Clone, Body)]
pub struct RoomBody {
    /// Id of the room's clinic. It can't change.
    clinic: ClinicId,
    /// Unique within the clinic.
    #[field(example = "Consultorio 1")]
    name: Line<100>,
    /// How many appointments may take place in the room at the same time.
    #[field(default = Bounded::of(1))]
    capacity: Bounded<u16, 1, 50>,
    /// A PUT without it leaves it as it is.
    #[field(default = true)]
    is_active: bool,
}

impl From<RoomBody> for RecordDraft<RoomProfile> {
    fn from(body: RoomBody) -> Self {
        let profile = RoomProfile { clinic: body.clinic, name: body.name, capacity: body.capacity.get() };
        Self { profile, is_active: body.is_active }
    }
}

impl From<&Room> for RoomBody {
    fn from(room: &Room) -> Self {
        let RoomProfile { clinic, name, capacity } = room.profile.clone();
        Self { clinic, name, capacity: Bounded::of(capacity), is_active: room.is_active }
    }
}

/// A room of a clinic.
#[derive(Clone, View)]
pub struct RoomView {
    id: RoomId,
    #[field(flatten)]
    body: RoomBody,
    /// Increases by one with each change.
    version: u64,
}

impl From<&Room> for RoomView {
    fn from(room: &Room) -> Self {
        Self { id: room.id, body: room.into(), version: room.version }
    }
}

#[derive(Params)]
pub struct RoomParams {
    /// Id of the clinic.
    pub clinic: Option<ClinicId>,
    /// `false` lists the deactivated rooms. `true` by default.
    pub is_active: Option<bool>,
}
