//! What problems tell about what exists already, and about what depends on a record.

use app::support::dependents::{DependentAppointment, DependentAvailability, DependentDoctor, Dependents, Existing};
use domain::ids::{AppointmentId, DoctorId, PatientId, RoomId};
use domain::schedule::{AvailabilityPeriod, Source, Window};
use domain::time::{EndTime, LocalDate, LocalTime};
use domain::weekly_rule::WeeklyRule;
use serde::{Serialize, Serializer};

/// The record that has a value or a time already.
#[derive(Serialize)]
pub(crate) struct ExistingView {
    existing_id: String,
    /// `window`, `rule` or `holiday`; left out for a unique value.
    #[serde(skip_serializing_if = "Option::is_none")]
    existing_kind: Option<&'static str>,
    #[serde(flatten)]
    time: Option<ExistingTime>,
}

/// A time of a window or rule.
#[derive(Serialize)]
struct ExistingTime {
    date: LocalDate,
    #[serde(serialize_with = "time")]
    start_time: LocalTime,
    end_time: EndTime,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn time<S: Serializer>(time: &LocalTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&time.format("%H:%M:%S"))
}

impl ExistingView {
    pub(crate) fn of(existing: &Existing) -> Option<Self> {
        match existing {
            Existing::Unique(None) | Existing::Availability(None) => None,
            Existing::Unique(Some(id)) => Some(Self { existing_id: id.clone(), existing_kind: None, time: None }),
            Existing::Holiday(id) => {
                Some(Self { existing_id: id.to_string(), existing_kind: Some("holiday"), time: None })
            }
            Existing::Availability(Some(period)) => Some(period.as_ref().into()),
        }
    }
}

impl From<&AvailabilityPeriod> for ExistingView {
    fn from(period: &AvailabilityPeriod) -> Self {
        let (existing_id, existing_kind) = match period.source {
            Source::Window(id) => (id.to_string(), "window"),
            Source::Rule(id) => (id.to_string(), "rule"),
        };
        let AvailabilityPeriod { date, start_time, end_time, .. } = *period;
        Self {
            existing_id,
            existing_kind: Some(existing_kind),
            time: Some(ExistingTime { date, start_time, end_time }),
        }
    }
}

/// What depends on a record.
#[derive(Serialize)]
pub(crate) struct DependentsView {
    appointments: Vec<AppointmentView>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    windows: Vec<WindowView>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    rules: Vec<RuleView>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    doctors: Vec<DoctorView>,
    /// How many others there are.
    others: usize,
}

#[derive(Serialize)]
struct AppointmentView {
    id: AppointmentId,
    patient: PatientId,
    patient_name: String,
    doctor_name: String,
    start_datetime: String,
    end_datetime: String,
    status: &'static str,
}

#[derive(Serialize)]
struct WindowView {
    id: String,
    #[serde(flatten)]
    place: PlaceView,
    date: LocalDate,
    #[serde(serialize_with = "time")]
    start_time: LocalTime,
    end_time: EndTime,
}

#[derive(Serialize)]
struct RuleView {
    id: String,
    #[serde(flatten)]
    place: PlaceView,
    weekdays: Vec<i64>,
    #[serde(serialize_with = "time")]
    start_time: LocalTime,
    end_time: EndTime,
    valid_from: LocalDate,
    valid_until: Option<LocalDate>,
}

#[derive(Serialize)]
struct PlaceView {
    doctor: DoctorId,
    doctor_name: String,
    room: RoomId,
    room_name: String,
}

#[derive(Serialize)]
struct DoctorView {
    id: DoctorId,
    full_name: String,
}

impl From<&Dependents> for DependentsView {
    fn from(dependents: &Dependents) -> Self {
        Self {
            appointments: dependents.appointments.iter().map(Into::into).collect(),
            windows: dependents.windows.iter().map(Into::into).collect(),
            rules: dependents.rules.iter().map(Into::into).collect(),
            doctors: dependents.doctors.iter().map(Into::into).collect(),
            others: dependents.others,
        }
    }
}

impl From<&DependentAppointment> for AppointmentView {
    fn from(appointment: &DependentAppointment) -> Self {
        Self {
            id: appointment.appointment,
            patient: appointment.patient,
            patient_name: appointment.patient_name.as_str().to_owned(),
            doctor_name: appointment.doctor_name.as_str().to_owned(),
            start_datetime: appointment.zone.rfc3339(appointment.start),
            end_datetime: appointment.zone.rfc3339(appointment.end),
            status: appointment.status.name(),
        }
    }
}

impl From<&DependentAvailability<Window>> for WindowView {
    fn from(DependentAvailability { row, doctor_name, room_name }: &DependentAvailability<Window>) -> Self {
        Self {
            id: row.id.to_string(),
            place: PlaceView {
                doctor: row.doctor,
                doctor_name: doctor_name.as_str().to_owned(),
                room: row.room,
                room_name: room_name.as_str().to_owned(),
            },
            date: row.date,
            start_time: row.start_time,
            end_time: row.end_time,
        }
    }
}

impl From<&DependentAvailability<WeeklyRule>> for RuleView {
    fn from(DependentAvailability { row, doctor_name, room_name }: &DependentAvailability<WeeklyRule>) -> Self {
        Self {
            id: row.id.to_string(),
            place: PlaceView {
                doctor: row.doctor,
                doctor_name: doctor_name.as_str().to_owned(),
                room: row.room,
                room_name: room_name.as_str().to_owned(),
            },
            weekdays: row.weekdays.numbers().collect(),
            start_time: row.start_time,
            end_time: row.end_time,
            valid_from: row.valid_from,
            valid_until: row.valid_until,
        }
    }
}

impl From<&DependentDoctor> for DoctorView {
    fn from(doctor: &DependentDoctor) -> Self {
        Self { id: doctor.doctor, full_name: doctor.full_name.as_str().to_owned() }
    }
}
