//! Blocks: time in which a doctor, room or clinic can't be booked.

use crate::checks::{DOCTOR_ROOM_CLINIC, at_most_one_of_doctor_room_clinic, days_in_order, one_of_doctor_room_clinic};
use crate::values::DateTime;
use crate::{Body, Params, View};
use app::availability::closures::BlockFilter;
use app::availability::closures::blocks::BlockDraft;
use domain::closure::{Block, BlockTarget};
use domain::ids::{BlockId, ClinicId, DoctorId, RoomId};
use domain::text::Note;
use domain::time::LocalDate;
use domain::violation::{Rule, Violations};

/// The data of a block. Exactly one of doctor, room and clinic is required, and it can't change.
#[derive(Clone, Body)]
#[check(one_of_doctor_room_clinic(doctor, room, clinic))]
pub struct BlockBody {
    /// Id of the blocked doctor.
    doctor: Option<DoctorId>,
    /// Id of the blocked room.
    room: Option<RoomId>,
    /// Id of the blocked clinic.
    clinic: Option<ClinicId>,
    /// Start. RFC 3339 with an offset, or local time of the clinic, or of the doctor's clinics, without one.
    #[field(example = "2027-01-18T12:00:00-03:00")]
    start_datetime: DateTime,
    /// End, like `start_datetime`.
    #[field(example = "2027-01-18T14:00:00-03:00")]
    end_datetime: DateTime,
    /// The reason, for staff.
    reason: Option<Note<500>>,
}

fn target(doctor: Option<DoctorId>, room: Option<RoomId>, clinic: Option<ClinicId>) -> Option<BlockTarget> {
    let room_or_clinic = || room.map(BlockTarget::Room).or_else(|| clinic.map(BlockTarget::Clinic));
    doctor.map(BlockTarget::Doctor).or_else(room_or_clinic)
}

impl TryFrom<BlockBody> for BlockDraft {
    type Error = Violations;

    /// Fails without a target, which no body is read without.
    fn try_from(body: BlockBody) -> Result<Self, Violations> {
        let of = target(body.doctor, body.room, body.clinic);
        Ok(Self {
            of: of.ok_or_else(|| Violations::of("doctor", Rule::ExactlyOne(DOCTOR_ROOM_CLINIC)))?,
            start: body.start_datetime.client_time(),
            end: body.end_datetime.client_time(),
            reason: body.reason,
        })
    }
}

impl From<&Block> for BlockBody {
    fn from(block: &Block) -> Self {
        let (mut doctor, mut room, mut clinic) = (None, None, None);
        match block.of {
            BlockTarget::Doctor(id) => doctor = Some(id),
            BlockTarget::Room(id) => room = Some(id),
            BlockTarget::Clinic(id) => clinic = Some(id),
        }
        Self {
            doctor,
            room,
            clinic,
            start_datetime: DateTime::new(block.start, block.zone),
            end_datetime: DateTime::new(block.end, block.zone),
            reason: block.reason.clone(),
        }
    }
}

/// A block: time in which a doctor, room or clinic can't be booked.
#[derive(Clone, View)]
pub struct BlockView {
    id: BlockId,
    #[field(flatten)]
    body: BlockBody,
    /// Increases by one with each change.
    version: u64,
}

impl From<&Block> for BlockView {
    fn from(block: &Block) -> Self {
        Self { id: block.id, body: block.into(), version: block.version }
    }
}

/// Filters: all blocks, or those that close the time of one doctor, room or clinic.
#[derive(Params)]
#[check(days_in_order(date_from, date_to))]
#[check(at_most_one_of_doctor_room_clinic(doctor, room, clinic))]
pub struct BlockParams {
    /// Id of a doctor. Lists also the blocks of rooms and clinics in which the doctor has hours.
    doctor: Option<DoctorId>,
    /// Id of a room. Lists also the blocks of its clinic.
    room: Option<RoomId>,
    /// Id of a clinic. Lists also the blocks of its rooms and of the doctors who have hours there.
    clinic: Option<ClinicId>,
    /// First local day, included.
    date_from: Option<LocalDate>,
    /// Last local day, included.
    date_to: Option<LocalDate>,
}

impl From<BlockParams> for BlockFilter {
    fn from(params: BlockParams) -> Self {
        let BlockParams { doctor, room, clinic, date_from, date_to } = params;
        Self { of: target(doctor, room, clinic), from: date_from, to: date_to }
    }
}
