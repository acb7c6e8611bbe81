//! What depends on a record, or what a change would affect: the contents of two errors.

use domain::appointment::{Appointment, Status};
use domain::ids::{AppointmentId, DoctorId, HolidayId, PatientId};
use domain::name::Name;
use domain::phone::Phone;
use domain::schedule::{AvailabilityPeriod, Window};
use domain::time::{Instant, Zone};
use domain::weekly_rule::WeeklyRule;

/// What exists already, as the error about it may tell the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Existing {
    /// Another record has the same unique value: its id, where the caller may see it.
    Unique(Option<String>),
    /// The clinic has a holiday on that day.
    Holiday(HolidayId),
    /// The doctor has overlapping availability; `None` if it is in a clinic that the caller may not see.
    Availability(Option<Box<AvailabilityPeriod>>),
}

/// What depends on a record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dependents {
    /// By start.
    pub appointments: Vec<DependentAppointment>,
    pub windows: Vec<DependentAvailability<Window>>,
    pub rules: Vec<DependentAvailability<WeeklyRule>>,
    pub doctors: Vec<DependentDoctor>,
    /// How many others there are in clinics that the caller may not see.
    pub others: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DependentAppointment {
    pub appointment: AppointmentId,
    pub patient: PatientId,
    pub patient_name: Name,
    pub doctor_name: Name,
    pub start: Instant,
    pub end: Instant,
    /// Time zone in which `start` and `end` are displayed.
    pub zone: Zone,
    pub status: Status,
}

/// A window or a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DependentAvailability<T> {
    pub row: T,
    pub doctor_name: Name,
    pub room_name: Name,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DependentDoctor {
    pub doctor: DoctorId,
    pub full_name: Name,
}

/// The upcoming appointments that a change would leave without availability.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AffectedAppointments {
    /// Those that the caller may see, by start.
    pub visible: Vec<AffectedAppointment>,
    /// All of them.
    pub count: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AffectedAppointment {
    pub appointment: Box<Appointment>,
    /// The number of the patient, for a call.
    pub phone_number: Option<Phone>,
}

impl From<&Appointment> for DependentAppointment {
    fn from(appointment: &Appointment) -> Self {
        Self {
            appointment: appointment.id,
            patient: appointment.patient,
            patient_name: appointment.patient_name.clone(),
            doctor_name: appointment.doctor_name.clone(),
            start: appointment.start,
            end: appointment.end,
            zone: appointment.zone,
            status: appointment.status,
        }
    }
}
