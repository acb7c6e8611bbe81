//! Messages from patients.

use crate::signed::SignedForm;
use app::App;
use app::messaging::inbound::{Arrival, receive};
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use domain::notification::{Address, MessageText};
use twilio::InboundMessage;
use web::{Anyone, Problem, Refusal};

/// The answer to Twilio: nothing to say here, or these words to whoever wrote.
pub(crate) fn twiml(words: Option<&str>) -> Response {
    ([(CONTENT_TYPE, "text/xml")], twilio::twiml::response(words)).into_response()
}

/// Takes a message from a patient. Called by Twilio, signed.
#[utoipa::path(post, path = "/api/notifications/whatsapp/webhook/", tag = "webhook",
    request_body(content = Object, content_type = "application/x-www-form-urlencoded"),
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
        written_at: None,
    };
    let spoken = receive(&app, &caller.0.request_id, arrival).await?;
    Ok(twiml(spoken.as_ref().map(|words| words.0.as_str())))
}
