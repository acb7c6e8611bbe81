//! Webhook for inbound messages from patients.

use crate::signed::SignedForm;
use app::App;
use app::messaging::inbound::{self, InboundMedia, OptOutKeyword, ReceivedMessage};
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use domain::notification::{Address, MessageText};
use twilio::{AttachedFile, InboundMessage, MediaRef, OptOutType};
use web::{Anonymous, Problem, RequestError};

/// A TwiML response to Twilio: empty, or with a text that Twilio sends to the sender of the message.
pub(crate) fn twiml(text: Option<&str>) -> Response {
    ([(CONTENT_TYPE, "text/xml")], twilio::twiml::response(text)).into_response()
}

/// Receives a message from a patient.
///
/// Called by Twilio, with Twilio's signature.
#[utoipa::path(post, path = "/api/notifications/whatsapp/webhook/", tag = "webhook",
    request_body(content = Object, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, body = String, content_type = "text/xml"), (status = 403), (status = 415)),
    extensions(("x-access" = json!("public"))))]
pub async fn receive_message(
    State(app): State<App>,
    caller: Anonymous,
    signed: SignedForm,
) -> Result<Response, Problem> {
    let message = InboundMessage::from_form(&signed.form).map_err(|_| RequestError::Malformed)?;
    let readable = message.readable_text().map(|text| MessageText(text.to_owned()));
    let media: Vec<InboundMedia> = message.media.into_iter().map(stored_media).collect();
    let received = ReceivedMessage {
        readable,
        message_sid: message.message_sid,
        from: Address(message.from),
        external_user: message.external_user_id.map(Address),
        body: MessageText(message.body),
        button_payload: message.button_payload,
        original_sid: message.original_replied_message_sid,
        opt_out_keyword: message.opt_out_type.as_ref().and_then(opt_out_keyword),
        written_at: None,
    };
    let reply = inbound::receive_with_media(&app, &caller.0.request_id, received, &media).await?;
    Ok(twiml(reply.as_ref().map(|text| text.0.as_str())))
}

fn stored_media(attached: AttachedFile) -> InboundMedia {
    let MediaRef { message_sid, media_sid } = attached.file;
    InboundMedia { message_sid, media_sid, content_type: attached.content_type }
}

/// A question for help is a text like any other.
fn opt_out_keyword(recognised: &OptOutType) -> Option<OptOutKeyword> {
    match recognised {
        OptOutType::Stop => Some(OptOutKeyword::Stop),
        OptOutType::Start => Some(OptOutKeyword::Start),
        OptOutType::Help | OptOutType::Other(_) => None,
    }
}
