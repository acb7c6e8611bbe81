//! Notifications: messages to patients.

use crate::values::{CommaSeparated, DateTime, MessageChannel};
use crate::{Body, Params, View};
use app::messaging::notifications::NotificationFilter;
use domain::ids::{AppointmentId, ClinicId, NotificationId, PatientId};
use domain::messages::Template;
use domain::notification::{Notification, NotificationKind, NotificationStatus};
use domain::time::LocalDate;

/// A message to a patient about an appointment. Times are RFC 3339 with the clinic's offset.
#[derive(Clone, View)]
pub struct NotificationView {
    id: NotificationId,
    /// Id of the appointment.
    appointment: AppointmentId,
    /// Id of the patient.
    patient: PatientId,
    /// Always `whatsapp`.
    channel: MessageChannel,
    /// Phone number of the recipient, once it is known.
    to: Option<String>,
    /// `reminder`, `reply`, `offer` or `notice`.
    kind: NotificationKind,
    /// Message template and language.
    #[field(example = "reminder_es")]
    template: String,
    /// The text that the patient sees; `null` until it is composed, and after an erasure.
    text: Option<String>,
    #[field(example = "delivered")]
    status: NotificationStatus,
    /// Twilio's id (SID) of the message, once Twilio accepted it.
    external_id: Option<String>,
    /// Number of attempts to send it.
    attempts: u32,
    /// Twilio's error code.
    error_code: Option<u32>,
    /// Meaning of `error_code`.
    error_message: Option<String>,
    due_at: DateTime,
    /// When the message that Twilio accepted was sent, also where its acceptance was found out later.
    sent_at: Option<DateTime>,
    delivered_at: Option<DateTime>,
    read_at: Option<DateTime>,
    created_at: DateTime,
    /// Increases by one with each change.
    version: u64,
}

/// The phone number of the recipient.
pub(crate) fn recipient(row: &Notification) -> Option<String> {
    row.to.as_ref().map(|to| to.0.trim_start_matches("whatsapp:").to_owned())
}

/// The template and language of a message.
pub(crate) fn template_name(row: &Notification) -> String {
    format!("{}_{}", row.template.map_or(row.kind.name(), Template::name), row.language.code())
}

impl From<&Notification> for NotificationView {
    fn from(row: &Notification) -> Self {
        let at = |instant| DateTime::new(instant, row.zone);
        Self {
            id: row.id,
            appointment: row.appointment,
            patient: row.patient,
            channel: MessageChannel::Whatsapp,
            to: recipient(row),
            kind: row.kind,
            template: template_name(row),
            text: row.text.as_ref().map(|text| text.0.clone()),
            status: row.status,
            external_id: row.external_id.clone(),
            attempts: row.attempts,
            error_code: row.error_code,
            error_message: row.error_message.clone(),
            due_at: at(row.due_at),
            sent_at: row.sent_at.map(at),
            delivered_at: row.delivered_at.map(at),
            read_at: row.read_at.map(at),
            created_at: at(row.created_at),
            version: row.version,
        }
    }
}

#[derive(Params)]
pub struct NotificationParams {
    /// Id of the appointment.
    appointment: Option<AppointmentId>,
    /// Id of the patient.
    patient: Option<PatientId>,
    /// Id of the clinic.
    clinic: Option<ClinicId>,
    /// One or more statuses, separated by commas.
    #[field(example = "unknown,failed")]
    status: Option<CommaSeparated<NotificationStatus>>,
    /// `reminder`, `reply`, `offer` or `notice`.
    kind: Option<NotificationKind>,
    /// Local day of the clinic on which the message is due.
    date: Option<LocalDate>,
}

impl From<NotificationParams> for NotificationFilter {
    fn from(params: NotificationParams) -> Self {
        let statuses = params.status.map(|CommaSeparated(statuses)| statuses).unwrap_or_default();
        Self {
            appointment: params.appointment,
            patient: params.patient,
            clinic: params.clinic,
            status: statuses.into_iter().map(NotificationStatus::name).collect(),
            kind: params.kind.map(NotificationKind::name),
            date: params.date,
        }
    }
}

/// Options for sending a reminder.
#[derive(Clone, Body)]
pub struct SendBody {
    /// `true` sends again a reminder that was sent already. If it is unknown whether it was sent, that is looked up at
    /// Twilio first.
    #[field(default = false)]
    pub force: bool,
}

/// The result of sending a reminder.
#[derive(Clone, View)]
pub struct SentView {
    /// Twilio's id (SID) of the message; `null` while it is unknown whether Twilio accepted it.
    pub message_sid: Option<String>,
    pub notification: NotificationView,
}
