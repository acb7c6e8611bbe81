//! An appointment, as clients see one.

use domain::appointment::{Appointment, Status, Via};
use serde::Serialize;
use utoipa::ToSchema;

/// An appointment, as clients see one. Instants have the clinic's offset.
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
    /// Id of the appointment that it replaces.
    #[schema(format = "uuid")]
    rescheduled_from: Option<String>,
    /// Id of the appointment that replaces it.
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

/// What an appointment shows of its reminder.
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
    fn from(appointment: &Appointment) -> Self {
        let at = |instant| appointment.zone.rfc3339(instant);
        Self {
            id: appointment.id.to_string(),
            patient: appointment.patient.to_string(),
            patient_name: appointment.patient_name.as_str().to_owned(),
            doctor: appointment.doctor.to_string(),
            doctor_name: appointment.doctor_name.as_str().to_owned(),
            clinic: appointment.clinic.to_string(),
            clinic_name: appointment.clinic_name.as_str().to_owned(),
            room: appointment.room.to_string(),
            room_name: appointment.room_name.as_str().to_owned(),
            start_datetime: at(appointment.start),
            end_datetime: at(appointment.end),
            status: appointment.status.name(),
            status_display: display(appointment.status),
            reason: appointment.reason.as_ref().map(|note| note.as_str().to_owned()),
            notes: appointment.notes.as_ref().map(|note| note.as_str().to_owned()),
            overbook: appointment.overbook,
            confirmed_at: appointment.confirmed_at.map(at),
            confirmed_via: appointment.confirmed_via.map(|via| match via {
                Via::Whatsapp => "whatsapp",
                Via::Operator => "operator",
            }),
            cancel_reason: appointment.cancel_reason.as_ref().map(|note| note.as_str().to_owned()),
            rescheduled_from: appointment.rescheduled_from.map(|id| id.to_string()),
            rescheduled_to: appointment.rescheduled_to.map(|id| id.to_string()),
            hold_until: appointment.hold_until.map(at),
            needs_attention: appointment.needs_attention,
            reminder: ReminderView {
                due_at: at(appointment.reminder.due_at),
                status: appointment.reminder.status.name(),
            },
            created_by: appointment.created_by.map(|id| id.to_string()),
            created_at: at(appointment.created_at),
            updated_at: at(appointment.updated_at),
            version: appointment.version,
        }
    }
}
