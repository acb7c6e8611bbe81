//! Free slots, which can be booked.

use crate::checks::{DOCTOR_SPECIALTY, MAX_DAYS, days_in_period, one_of_doctor_specialty, period};
use crate::values::{Bounded, DateTime};
use crate::{Params, View};
use app::availability::schedules::free_slots::DoctorSelector;
use app::availability::schedules::{FreeSlot, SlotFilter};
use domain::ids::{ClinicId, DoctorId, RoomId, SpecialtyId};
use domain::time::LocalDate;
use domain::violation::{Rule, Violations};

/// A free slot, which can be booked.
#[derive(Clone, View)]
pub struct FreeSlotView {
    /// Id of the doctor.
    doctor: DoctorId,
    doctor_name: String,
    /// Id of the clinic.
    clinic: ClinicId,
    clinic_name: String,
    /// Id of the room.
    room: RoomId,
    room_name: String,
    /// Start, with the clinic's offset.
    start_datetime: DateTime,
    /// End, with the clinic's offset.
    end_datetime: DateTime,
}

impl From<FreeSlot> for FreeSlotView {
    fn from(slot: FreeSlot) -> Self {
        let zone = slot.period.zone;
        Self {
            doctor: slot.period.doctor,
            doctor_name: slot.names.doctor.into_string(),
            clinic: slot.period.clinic,
            clinic_name: slot.names.clinic.into_string(),
            room: slot.period.room,
            room_name: slot.names.room.into_string(),
            start_datetime: DateTime::new(slot.interval.start(), zone),
            end_datetime: DateTime::new(slot.interval.end(), zone),
        }
    }
}

/// Filters: exactly one of doctor and specialty is required.
#[derive(Params)]
#[check(one_of_doctor_specialty(doctor, specialty))]
#[check(days_in_period::<MAX_DAYS>(date_from, date_to))]
pub struct FreeSlotParams {
    /// Id of the doctor.
    doctor: Option<DoctorId>,
    /// Id of the specialty.
    specialty: Option<SpecialtyId>,
    /// Id of the clinic.
    clinic: Option<ClinicId>,
    /// First local day, included; today by default.
    date_from: Option<LocalDate>,
    /// Last local day, included; at most 31 days.
    date_to: Option<LocalDate>,
    /// Maximum number of slots.
    #[field(default = Bounded::of(20))]
    limit: Bounded<u8, 1, 100>,
}

impl FreeSlotParams {
    /// # Errors
    /// Neither doctor nor specialty, which no parameters are read without.
    pub fn filter(&self, today: LocalDate) -> Result<SlotFilter, Violations> {
        let doctors = self.doctor.map(DoctorSelector::One).or(self.specialty.map(DoctorSelector::WithSpecialty));
        let doctors = doctors.ok_or_else(|| Violations::of("doctor", Rule::ExactlyOne(DOCTOR_SPECIALTY)))?;
        let (from, to) = period::<MAX_DAYS>(self.date_from, self.date_to, today);
        // In the Americas the local day may be the day before; what is over isn't free.
        let from = if self.date_from.is_none() { from.pred_opt().unwrap_or(from) } else { from };
        Ok(SlotFilter { doctors, clinic: self.clinic, from, to, limit: usize::from(self.limit.get()) })
    }
}
