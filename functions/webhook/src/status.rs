//! What became of messages to patients.

use crate::inbound::twiml;
use crate::signed::SignedForm;
use app::App;
use app::messaging::delivery_status::{Progress, StatusReport, record_status};
use axum::extract::State;
use axum::response::Response;
use domain::ids::{Id as _, NotificationId};
use twilio::{MessageStatus, StatusCallback, errors};
use web::{Problem, Refusal};

/// Takes the status of a message. Called by Twilio, signed.
#[utoipa::path(post, path = "/api/notifications/whatsapp/status/", tag = "webhook",
    request_body(content = Object, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, body = String, content_type = "text/xml"), (status = 403), (status = 415)),
    extensions(("x-access" = json!("public"))))]
pub async fn receive_status(State(app): State<App>, signed: SignedForm) -> Result<Response, Problem> {
    let callback = StatusCallback::from_form(&signed.form).map_err(|_| Refusal::Malformed)?;
    let report = StatusReport {
        reference: signed.query.as_deref().and_then(reference),
        sid: callback.message_sid,
        progress: progress(&callback.status),
        error_message: callback.error_code.map(|code| errors::meaning(code).to_owned()),
        error_code: callback.error_code,
    };
    record_status(&app, &report).await?;
    Ok(twiml(None))
}

/// Notification and attempt in the address that we gave Twilio: `n=<notification>.<attempt>`.
fn reference(query: &str) -> Option<(NotificationId, u32)> {
    let (id, attempt) = query.strip_prefix("n=")?.split_once('.')?;
    Some((NotificationId::parse(id)?, attempt.parse().ok()?))
}

fn progress(status: &MessageStatus) -> Option<Progress> {
    match status {
        MessageStatus::Accepted | MessageStatus::Queued | MessageStatus::Sending | MessageStatus::Sent => {
            Some(Progress::Sent)
        }
        MessageStatus::Delivered => Some(Progress::Delivered),
        MessageStatus::Read => Some(Progress::Read),
        MessageStatus::Undelivered => Some(Progress::Undelivered),
        MessageStatus::Failed => Some(Progress::Failed),
        _ => None,
    }
}
