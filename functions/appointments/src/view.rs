//! The response type for an appointment.

use domain::appointment::{Appointment, ConfirmationChannel, Status};
use serde::Serialize;
use utoipa::ToSchema;

/// An appointment. Times are RFC 3339 with the clinic's offset.
#[derive(Clone, Serialize, ToSchema)]
pub struct AppointmentView {
    #[schema(format = "uuid")]
    id: String,
    /// Id of the patient.
    #[schema(format = "uuid")]
    patient: String,
    patient_name: String,
    /// Id of the doctor.
    #[schema(format = "uuid")]
    doctor: String,
    doctor_name: String,
    /// Id of the clinic.
    #[schema(format = "uuid")]
    clinic: String,
    clinic_name: String,
    /// Id of the room.
    #[schema(format = "uuid")]
    room: String,
    room_name: String,
    #[schema(format = DateTime, example = "2025-12-15T10:00:00-03:00")]
    start_datetime: String,
    #[schema(format = DateTime, example = "2025-12-15T10:30:00-03:00")]
    end_datetime: String,
    #[schema(pattern = "^(PENDING|CONFIRMED|RESCHEDULED|CANCELLED|COMPLETED|NO_SHOW)$", example = "PENDING")]
    status: &'static str,
    /// The status in words, in Spanish.
    #[schema(example = "Pendiente")]
    status_display: &'static str,
    /// Why the patient comes.
    reason: Option<String>,
    /// Internal notes.
    notes: Option<String>,
    /// Whether it may overlap other appointments of the doctor and the room ("sobreturno").
    overbook: bool,
    #[schema(format = DateTime)]
    confirmed_at: Option<String>,
    /// `whatsapp` if the patient replied, `operator` if a user confirmed.
    #[schema(pattern = "^(whatsapp|operator)$")]
    confirmed_via: Option<&'static str>,
    cancel_reason: Option<String>,
    /// Id of the appointment that it replaces.
    #[schema(format = "uuid")]
    rescheduled_from: Option<String>,
    /// Id of the appointment that replaces it.
    #[schema(format = "uuid")]
    rescheduled_to: Option<String>,
    /// Until when the slot stays reserved after the patient asked for another time.
    #[schema(format = DateTime)]
    hold_until: Option<String>,
    /// Whether staff have to look at it.
    needs_attention: bool,
    reminder: ReminderView,
    /// Id of the user who booked it.
    #[schema(format = "uuid")]
    created_by: Option<String>,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    updated_at: String,
    /// Increases by one with each change.
    version: u64,
}

/// The reminder of an appointment.
#[derive(Clone, Serialize, ToSchema)]
pub struct ReminderView {
    #[schema(format = DateTime)]
    due_at: String,
    /// Status of the notification, as in `/api/notifications/`.
    #[schema(example = "pending")]
    status: &'static str,
}

fn status_display(status: Status) -> &'static str {
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
            status_display: status_display(appointment.status),
            reason: appointment.reason.as_ref().map(|note| note.as_str().to_owned()),
            notes: appointment.notes.as_ref().map(|note| note.as_str().to_owned()),
            overbook: appointment.overbook,
            confirmed_at: appointment.confirmed_at.map(at),
            confirmed_via: appointment.confirmed_via.map(|via| match via {
                ConfirmationChannel::Whatsapp => "whatsapp",
                ConfirmationChannel::Operator => "operator",
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
