//! Handlers and API types for notifications.

use app::App;
use app::messaging::notifications::{self, NotificationFilter};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use domain::ids::{AppointmentId, Id as _, NotificationId};
use domain::messages::Template;
use domain::notification::{Notification, NotificationKind, NotificationStatus};
use domain::time::parse_date;
use domain::violation::{Rule, Violations};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::{IntoParams, ToSchema};
use web::{Caller, Changed, Input, List, OptionalBody, Paging, Params, PathId, Problem, Versioned};

/// A message to a patient about an appointment. Times are RFC 3339 with the clinic's offset.
#[derive(Clone, Serialize, ToSchema)]
pub struct NotificationView {
    #[schema(format = "uuid")]
    id: String,
    /// Id of the appointment.
    #[schema(format = "uuid")]
    appointment: String,
    /// Id of the patient.
    #[schema(format = "uuid")]
    patient: String,
    /// Always `whatsapp`.
    #[schema(pattern = "^(whatsapp)$")]
    channel: &'static str,
    /// Phone number of the recipient, once it is known.
    to: Option<String>,
    /// `reminder`, `reply`, `offer` or `notice`.
    #[schema(pattern = "^(reminder|reply|offer|notice)$")]
    kind: &'static str,
    /// Message template and language.
    #[schema(example = "reminder_es")]
    template: String,
    #[schema(
        pattern = "^(pending|claimed|unknown|sent|delivered|read|undelivered|failed|cancelled|expired)$",
        example = "delivered"
    )]
    status: &'static str,
    /// Twilio's id (SID) of the message, once Twilio accepted it.
    external_id: Option<String>,
    /// Number of attempts to send it.
    attempts: u32,
    /// Twilio's error code.
    error_code: Option<u32>,
    /// Meaning of `error_code`.
    error_message: Option<String>,
    #[schema(format = DateTime)]
    due_at: String,
    #[schema(format = DateTime)]
    sent_at: Option<String>,
    #[schema(format = DateTime)]
    delivered_at: Option<String>,
    #[schema(format = DateTime)]
    read_at: Option<String>,
    #[schema(format = DateTime)]
    created_at: String,
    /// Increases by one with each change.
    version: u64,
}

impl From<&Notification> for NotificationView {
    fn from(row: &Notification) -> Self {
        let at = |instant| row.zone.rfc3339(instant);
        Self {
            id: row.id.to_string(),
            appointment: row.appointment.to_string(),
            patient: row.patient.to_string(),
            channel: "whatsapp",
            to: row.to.as_ref().map(|to| to.0.trim_start_matches("whatsapp:").to_owned()),
            kind: row.kind.name(),
            template: format!("{}_{}", row.template.map_or(row.kind.name(), Template::name), row.language.code()),
            status: row.status.name(),
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

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct NotificationParams {
    /// Id of the appointment.
    #[param(format = "uuid")]
    appointment: Option<String>,
    /// One or more statuses, separated by commas.
    #[param(
        pattern = "^(pending|claimed|unknown|sent|delivered|read|undelivered|failed|cancelled|expired)(,(pending|claimed|unknown|sent|delivered|read|undelivered|failed|cancelled|expired))*$",
        example = "unknown,failed"
    )]
    status: Option<String>,
    /// `reminder`, `reply`, `offer` or `notice`.
    #[param(pattern = "^(reminder|reply|offer|notice)$")]
    kind: Option<String>,
    /// Local day of the clinic on which the message is due.
    #[param(format = "date")]
    date: Option<String>,
}

impl NotificationParams {
    fn filter(self) -> Result<NotificationFilter, Violations> {
        let mut v = Violations::default();
        let appointment =
            v.take_optional("appointment", self.appointment.as_deref().map(AppointmentId::read).transpose());
        let date = v.take_optional("date", self.date.as_deref().map(parse_date).transpose());
        let known = |names: &'static [&'static str], name: &str| {
            names.iter().copied().find(|known| *known == name).ok_or(Rule::OneOf(names))
        };
        let kind = self.kind.as_deref().map(|name| known(NotificationKind::NAMES, name)).transpose();
        let kind = v.take_optional("kind", kind);
        let names =
            self.status.as_deref().unwrap_or_default().split(',').map(str::trim).filter(|name| !name.is_empty());
        let status = names.map(|name| known(NotificationStatus::NAMES, name)).collect::<Result<BTreeSet<_>, _>>();
        let status = v.take("status", status).unwrap_or_default();
        v.finish(Some(NotificationFilter { appointment, status, kind, date }))
    }
}

/// Options for sending a reminder.
#[derive(Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct SendBody {
    /// `true` sends again a reminder that was sent already. If it is unknown whether it was sent, that is looked up at
    /// Twilio first.
    #[serde(default)]
    #[schema(default = false)]
    force: Option<bool>,
}

/// The result of sending a reminder.
#[derive(Clone, Serialize, ToSchema)]
pub struct SentView {
    /// Twilio's id (SID) of the message; `null` while it is unknown whether Twilio accepted it.
    message_sid: Option<String>,
    notification: NotificationView,
}

/// Lists messages to patients by due time, latest first.
#[utoipa::path(get, path = "/api/notifications/", tag = "notifications", params(NotificationParams),
    responses((status = 200, body = List<NotificationView>)), extensions(("x-access" = json!("operator"))))]
pub async fn list_notifications(
    State(app): State<App>,
    params: Params<NotificationParams>,
    caller: Caller,
    page: Paging,
) -> Result<List<NotificationView>, Problem> {
    let slice = notifications::list_notifications(&app, &caller.0, &params.0.filter()?, page.window()).await?;
    page.list(&app, slice.map(|row| NotificationView::from(&row))).await
}

/// Reads a message to a patient.
#[utoipa::path(get, path = "/api/notifications/{id}/", tag = "notifications", params(("id" = String, Path)),
    responses((status = 200, body = NotificationView)), extensions(("x-access" = json!("operator"))))]
pub async fn get_notification(
    State(app): State<App>,
    id: PathId<NotificationId>,
    caller: Caller,
) -> Result<Versioned<NotificationView>, Problem> {
    let row = notifications::get_notification(&app, &caller.0, id.0).await?;
    Ok(Versioned::new(row.version, NotificationView::from(&row)))
}

/// Sends the reminder of an appointment now.
///
/// It answers 202 while it is unknown whether Twilio accepted the message.
#[utoipa::path(post, path = "/api/notifications/whatsapp/send/{appointment_id}/", tag = "notifications",
    params(("appointment_id" = String, Path)), request_body = Option<SendBody>,
    responses((status = 200, body = SentView), (status = 202, body = SentView)),
    extensions(("x-access" = json!("operator")),
        ("x-conflicts" = json!(["already_sent", "illegal_transition"]))))]
pub async fn send_notification(
    State(app): State<App>,
    appointment_id: PathId<AppointmentId>,
    input: Input<OptionalBody<SendBody>>,
) -> Result<Response, Problem> {
    let force = input.body.0.force.unwrap_or(false);
    let done = notifications::send_notification(&app, &input.ctx, appointment_id.0, force).await?;
    let sent = done.notification;
    let unconfirmed = matches!(sent.status, NotificationStatus::Claimed | NotificationStatus::Unknown);
    let status = if unconfirmed { StatusCode::ACCEPTED } else { StatusCode::OK };
    let message_sid = if unconfirmed { None } else { sent.external_id.clone() };
    let view = SentView { message_sid, notification: NotificationView::from(&sent) };
    let mut response = Changed::new(None, done.replayed, view).into_response();
    *response.status_mut() = status;
    Ok(response)
}
