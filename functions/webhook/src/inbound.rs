//! Messages from patients.

use crate::signed::SignedForm;
use app::App;
use app::inbound::{Arrival, receive};
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use domain::notification::{Address, MessageText};
use twilio::InboundMessage;
use web::{Anyone, Problem, Refusal};

/// The answer to Twilio: nothing to say here.
pub(crate) fn empty_twiml() -> Response {
    let body = r#"<?xml version="1.0" encoding="UTF-8"?><Response/>"#;
    ([(CONTENT_TYPE, "text/xml")], body).into_response()
}

/// Takes a message from a patient. Called by Twilio, signed.
#[utoipa::path(post, path = "/api/notifications/whatsapp/webhook/", tag = "webhook",
    request_body(content = String, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, body = String, content_type = "text/xml"), (status = 403), (status = 415)),
    extensions(("x-access" = json!("public"))))]
pub async fn receive_message(State(app): State<App>, caller: Anyone, signed: SignedForm) -> Result<Response, Problem> {
    let message = InboundMessage::from_form(&signed.form).map_err(|_| Refusal::Malformed)?;
    let readable = message.readable_text().map(|text| MessageText(text.to_owned()));
    let arrival = Arrival {
        readable,
        message_sid: message.message_sid,
        from: Address(message.from),
        body: MessageText(message.body),
        button_payload: message.button_payload,
        original_sid: message.original_replied_message_sid,
    };
    receive(&app, &caller.0.request_id, arrival).await?;
    Ok(empty_twiml())
}
