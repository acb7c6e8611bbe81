//! Maps between `app`'s message types and Twilio's.

use crate::settings::ContentTemplates;
use app::support::ports::{
    FailureClass, InboundLogEntry, OutboundLogEntry, OutgoingMessage, SendOutcome, SendRejection,
};
use domain::notification::{Address, MessageText};
use domain::time::Instant;
use twilio::errors::ErrorClass;
use twilio::{Accepted, Content, Direction, ListError, MessageRecord, NewMessage, SendError, errors};

/// Twilio's prefix of WhatsApp addresses.
const CHANNEL: &str = "whatsapp:";
/// Twilio's code for a refused login.
const AUTHENTICATION_FAILED: u32 = 20_003;

/// An address with the channel's prefix. One that came from Twilio stays unchanged: it may be an id instead of a
/// number.
pub(super) fn address(text: &str) -> String {
    if text.starts_with(CHANNEL) { text.to_owned() } else { format!("{CHANNEL}{text}") }
}

/// Without an approved template in its language, the message is sent as free text.
pub(super) fn new_message(
    outgoing: &OutgoingMessage,
    sender: &str,
    templates: &ContentTemplates,
    public_url: &str,
) -> NewMessage {
    let template = outgoing.template.as_ref().and_then(|(template, language, variables)| {
        let content_sid = templates.get(*template, *language)?.to_owned();
        Some(Content::Template { content_sid, variables: variables.clone() })
    });
    NewMessage {
        to: address(&outgoing.to.0),
        from: sender.to_owned(),
        content: template.unwrap_or_else(|| Content::Body(outgoing.body.0.clone())),
        // A reference is a UUID, a dot and a number, so it needs no escaping.
        status_callback: Some(format!("{public_url}/api/notifications/whatsapp/status/?n={}", outgoing.reference)),
        validity_period: Some(outgoing.valid_seconds),
    }
}

pub(super) fn to_send_outcome(outcome: Result<Accepted, SendError>) -> SendOutcome {
    match outcome {
        Ok(accepted) => SendOutcome::Accepted(accepted.sid),
        Err(SendError::Unknown { .. }) => SendOutcome::Unknown,
        Err(error) => SendOutcome::Rejected(SendRejection {
            class: failure_class(error.class()),
            code: error.code(),
            meaning: Some(match (error.code(), error) {
                (Some(code), _) => errors::meaning(code).to_owned(),
                (None, SendError::Rejected { status, .. }) => format!("refused with HTTP {status}"),
                (None, _) => "Twilio could not be reached".to_owned(),
            }),
        }),
    }
}

/// Why an accepted message wasn't delivered, by the code of the status callback. Without a code nothing is known but that
/// this recipient didn't get it.
#[must_use]
pub fn undelivered(code: Option<u32>) -> SendRejection {
    SendRejection {
        class: code.map_or(FailureClass::Recipient, |code| failure_class(errors::classify(code))),
        code,
        meaning: code.map(|code| errors::meaning(code).to_owned()),
    }
}

/// The only mapping of the classes of Twilio's codes, for refusals and for status callbacks.
fn failure_class(class: ErrorClass) -> FailureClass {
    match class {
        // A refusal is never `Unknown`. In a callback it says that Twilio failed, and that the message wasn't sent.
        ErrorClass::Retry | ErrorClass::Unknown => FailureClass::Transient,
        ErrorClass::Temporary => FailureClass::Quota,
        ErrorClass::Configuration => FailureClass::Configuration,
        ErrorClass::Permanent => FailureClass::Recipient,
        ErrorClass::OptedOut => FailureClass::OptedOut,
    }
}

pub(super) fn is_login_refused(error: &SendError) -> bool {
    matches!(
        error,
        SendError::Rejected { status: 401, .. } | SendError::Rejected { code: Some(AUTHENTICATION_FAILED), .. }
    )
}

pub(super) fn is_list_login_refused(error: &ListError) -> bool {
    matches!(
        error,
        ListError::Refused { status: 401, .. } | ListError::Refused { code: Some(AUTHENTICATION_FAILED), .. }
    )
}

/// Messages from patients since then, oldest first.
pub(super) fn inbound_since(records: Vec<MessageRecord>, since: Instant) -> Vec<InboundLogEntry> {
    let received = |record: MessageRecord| InboundLogEntry {
        is_text: record.num_media == 0 && !record.body.trim().is_empty(),
        written_at: Instant::from_utc(record.date_created),
        sid: record.sid,
        from: Address(record.from),
        body: MessageText(record.body),
    };
    let mut received: Vec<InboundLogEntry> = records
        .into_iter()
        .filter(|record| record.direction == Direction::Inbound && record.date_created.timestamp() >= since.unix())
        .map(received)
        .collect();
    received.reverse();
    received
}

/// Messages from us since then. Twilio's times have whole seconds, so the second of `since` is included.
pub(super) fn outbound_since(records: Vec<MessageRecord>, since: Instant) -> Vec<OutboundLogEntry> {
    records
        .into_iter()
        .filter(|record| record.direction == Direction::Outbound && record.date_created.timestamp() >= since.unix())
        .map(|record| OutboundLogEntry { sid: record.sid, body: MessageText(record.body) })
        .collect()
}
