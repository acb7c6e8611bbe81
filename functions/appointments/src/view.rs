//! A visit, as clients see one.

use domain::appointment::{Appointment, Status, Via};
use serde::Serialize;
use utoipa::ToSchema;

/// A visit, as clients see one. Instants have the clinic's offset.
#[derive(Clone, Serialize, ToSchema)]
pub struct AppointmentView {
    /// Its id.
    #[schema(format = "uuid")]
    id: String,
    /// Id of the patient.
    #[schema(format = "uuid")]
    patient: String,
    /// The patient's name.
    patient_name: String,
    /// Id of the doctor.
    #[schema(format = "uuid")]
    doctor: String,
    /// The doctor's name.
    doctor_name: String,
    /// Id of the clinic.
    #[schema(format = "uuid")]
    clinic: String,
    /// The clinic's name.
    clinic_name: String,
    /// Id of the room.
    #[schema(format = "uuid")]
    room: String,
    /// The room's name.
    room_name: String,
    #[schema(format = DateTime, example = "2025-12-15T10:00:00-03:00")]
    start_datetime: String,
    #[schema(format = DateTime, example = "2025-12-15T10:30:00-03:00")]
    end_datetime: String,
    /// Where it stands.
    #[schema(pattern = "^(PENDING|CONFIRMED|RESCHEDULED|CANCELLED|COMPLETED|NO_SHOW)$", example = "PENDING")]
    status: &'static str,
    /// The same, in words.
    #[schema(example = "Pendiente")]
    status_display: &'static str,
    /// Why the patient comes.
    reason: Option<String>,
    /// Notes of the reception desk.
    notes: Option<String>,
    /// A "sobreturno".
    overbook: bool,
    #[schema(format = DateTime)]
    confirmed_at: Option<String>,
    /// `whatsapp` or `operator`.
    #[schema(pattern = "^(whatsapp|operator)$")]
    confirmed_via: Option<&'static str>,
    /// Why it was cancelled.
    cancel_reason: Option<String>,
    /// Id of the visit that it replaces.
    #[schema(format = "uuid")]
    rescheduled_from: Option<String>,
    /// Id of the visit that replaces it.
    #[schema(format = "uuid")]
    rescheduled_to: Option<String>,
    /// Until when its time stays taken although the patient asked for another.
    #[schema(format = DateTime)]
    hold_until: Option<String>,
    /// A person has to look at it.
    needs_attention: bool,
    /// Its reminder.
    reminder: ReminderView,
    /// Id of the user who booked it.
    #[schema(format = "uuid")]
    created_by: Option<String>,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    updated_at: String,
    /// One more with each change.
    version: u64,
}

/// What a visit shows of its reminder.
#[derive(Clone, Serialize, ToSchema)]
pub struct ReminderView {
    #[schema(format = DateTime)]
    due_at: String,
    /// As in `/api/notifications/`.
    #[schema(example = "pending")]
    status: &'static str,
}

/// A status in words, as receptionists read it.
fn display(status: Status) -> &'static str {
    match status {
        Status::Pending => "Pendiente",
        Status::Confirmed => "Confirmada",
        Status::Rescheduled => "Reprogramada",
        Status::Cancelled => "Cancelada",
        Status::Completed => "Completada",
        Status::NoShow => "No asistió",
    }
}

impl From<&Appointment> for AppointmentView {
    fn from(visit: &Appointment) -> Self {
        let at = |instant| visit.zone.rfc3339(instant);
        Self {
            id: visit.id.to_string(),
            patient: visit.patient.to_string(),
            patient_name: visit.patient_name.as_str().to_owned(),
            doctor: visit.doctor.to_string(),
            doctor_name: visit.doctor_name.as_str().to_owned(),
            clinic: visit.clinic.to_string(),
            clinic_name: visit.clinic_name.as_str().to_owned(),
            room: visit.room.to_string(),
            room_name: visit.room_name.as_str().to_owned(),
            start_datetime: at(visit.start),
            end_datetime: at(visit.end),
            status: visit.status.name(),
            status_display: display(visit.status),
            reason: visit.reason.as_ref().map(|note| note.as_str().to_owned()),
            notes: visit.notes.as_ref().map(|note| note.as_str().to_owned()),
            overbook: visit.overbook,
            confirmed_at: visit.confirmed_at.map(at),
            confirmed_via: visit.confirmed_via.map(|via| match via {
                Via::Whatsapp => "whatsapp",
                Via::Operator => "operator",
            }),
            cancel_reason: visit.cancel_reason.as_ref().map(|note| note.as_str().to_owned()),
            rescheduled_from: visit.rescheduled_from.map(|id| id.to_string()),
            rescheduled_to: visit.rescheduled_to.map(|id| id.to_string()),
            hold_until: visit.hold_until.map(at),
            needs_attention: visit.needs_attention,
            reminder: ReminderView { due_at: at(visit.reminder.due_at), status: visit.reminder.status.name() },
            created_by: visit.created_by.map(|id| id.to_string()),
            created_at: at(visit.created_at),
            updated_at: at(visit.updated_at),
            version: visit.version,
        }
    }
}
