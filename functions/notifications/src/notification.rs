//! Handlers for notifications.

use app::App;
use app::messaging::notifications;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use domain::ids::{AppointmentId, NotificationId};
use domain::notification::NotificationStatus;
use web::{Caller, Changed, Input, List, OptionalBody, Paging, Params, PathId, Problem, Versioned};
use wire::notification::{NotificationParams, NotificationView, SendBody, SentView};

/// Lists messages to patients by due time, latest first.
#[utoipa::path(get, path = "/api/notifications/", tag = "notifications", params(NotificationParams),
    responses((status = 200, body = List<NotificationView>)), extensions(("x-access" = json!("operator"))))]
pub async fn list_notifications(
    State(app): State<App>,
    params: Params<NotificationParams>,
    caller: Caller,
    page: Paging,
) -> Result<List<NotificationView>, Problem> {
    let slice = notifications::list_notifications(&app, &caller.0, &params.0.into(), page.window()).await?;
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
/// It answers 202 with `message_sid: null` while it is unknown whether Twilio accepted the message, while the message is
/// being sent, and where the recipient's rate limit or Twilio doesn't allow it now: then the scheduled job sends it.
#[utoipa::path(post, path = "/api/notifications/whatsapp/send/{appointment_id}/", tag = "notifications",
    params(("appointment_id" = String, Path)), request_body = Option<SendBody>,
    responses((status = 200, body = SentView), (status = 202, body = SentView)),
    extensions(("x-access" = json!("operator")),
        ("x-conflicts" = json!(["already_sent", "illegal_transition", "outside_availability"]))))]
pub async fn send_notification(
    State(app): State<App>,
    appointment_id: PathId<AppointmentId>,
    input: Input<OptionalBody<SendBody>>,
) -> Result<Response, Problem> {
    let force = input.body.0.force;
    let done = notifications::send_notification(&app, &input.ctx, appointment_id.0, force).await?;
    let sent = done.notification;
    let unconfirmed =
        matches!(sent.status, NotificationStatus::Pending | NotificationStatus::Claimed | NotificationStatus::Unknown);
    let status = if unconfirmed { StatusCode::ACCEPTED } else { StatusCode::OK };
    let message_sid = if unconfirmed { None } else { sent.external_id.clone() };
    let view = SentView { message_sid, notification: NotificationView::from(&sent) };
    let mut response = Changed::new(None, done.replayed, view).into_response();
    *response.status_mut() = status;
    Ok(response)
}
