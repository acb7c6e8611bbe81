//! Webhook for delivery statuses of messages to patients.

use crate::inbound::twiml;
use crate::signed::SignedForm;
use app::App;
use app::messaging::delivery_status::{DeliveryProgress, StatusReport, record_status};
use axum::extract::State;
use axum::response::Response;
use domain::ids::{Id as _, NotificationId};
use platform::messenger::undelivered;
use twilio::{MessageStatus, StatusCallback};
use web::{Problem, RequestError};

/// Receives the delivery status of a message to a patient.
///
/// Called by Twilio, with Twilio's signature.
#[utoipa::path(post, path = "/api/notifications/whatsapp/status/", tag = "webhook",
    request_body(content = Object, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, body = String, content_type = "text/xml"), (status = 403), (status = 415)),
    extensions(("x-access" = json!("public"))))]
pub async fn receive_status(State(app): State<App>, signed: SignedForm) -> Result<Response, Problem> {
    let callback = StatusCallback::from_form(&signed.form).map_err(|_| RequestError::Malformed)?;
    let report = StatusReport {
        reference: signed.query.as_deref().and_then(parse_reference),
        sid: callback.message_sid,
        progress: progress(&callback.status, callback.error_code),
    };
    record_status(&app, &report).await?;
    Ok(twiml(None))
}

/// Parses notification and attempt from the query of the callback URL: `n=<notification>.<attempt>`.
fn parse_reference(query: &str) -> Option<(NotificationId, u32)> {
    let (id, attempt) = query.strip_prefix("n=")?.split_once('.')?;
    Some((NotificationId::parse(id)?, attempt.parse().ok()?))
}

fn progress(status: &MessageStatus, error_code: Option<u32>) -> Option<DeliveryProgress> {
    match status {
        MessageStatus::Accepted | MessageStatus::Queued | MessageStatus::Sending | MessageStatus::Sent => {
            Some(DeliveryProgress::Sent)
        }
        MessageStatus::Delivered => Some(DeliveryProgress::Delivered),
        MessageStatus::Read => Some(DeliveryProgress::Read),
        MessageStatus::Undelivered => Some(DeliveryProgress::Undelivered(undelivered(error_code))),
        MessageStatus::Failed => Some(DeliveryProgress::Failed(undelivered(error_code))),
        _ => None,
    }
}
