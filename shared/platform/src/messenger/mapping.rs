//! What is what at Twilio? Pure translation between `app`'s words and Twilio's.

use crate::settings::ContentTemplates;
use app::support::ports::{Outgoing, ReceivedBefore, Refusal, RefusalClass, Sent, SentBefore};
use domain::notification::{Address, MessageText};
use domain::time::Instant;
use twilio::errors::ErrorClass;
use twilio::{Accepted, Content, Direction, ListError, MessageRecord, NewMessage, SendError, errors};

/// How Twilio marks an address of WhatsApp.
const CHANNEL: &str = "whatsapp:";
/// Twilio's code for a refused login.
const AUTHENTICATION_FAILED: u32 = 20_003;

/// An address as Twilio has it. One that came from Twilio goes back unchanged: it need not be a
/// number.
pub(super) fn address(text: &str) -> String {
    if text.starts_with(CHANNEL) { text.to_owned() } else { format!("{CHANNEL}{text}") }
}

/// The message to post. It goes as free text where its template isn't set in its language.
pub(super) fn new_message(
    outgoing: &Outgoing,
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
        // A reference is a UUID, a dot and a number: nothing in it needs escaping.
        status_callback: Some(format!("{public_url}/api/notifications/whatsapp/status/?n={}", outgoing.reference)),
        validity_period: Some(outgoing.valid_seconds),
    }
}

/// What became of a post.
pub(super) fn sent(outcome: Result<Accepted, SendError>) -> Sent {
    match outcome {
        Ok(accepted) => Sent::Accepted(accepted.sid),
        Err(SendError::Unknown { .. }) => Sent::Unknown,
        Err(error) => Sent::Refused(Refusal {
            class: refusal_class(error.class()),
            code: error.code(),
            meaning: Some(match (error.code(), error) {
                (Some(code), _) => errors::meaning(code).to_owned(),
                (None, SendError::Rejected { status, .. }) => format!("refused with HTTP {status}"),
                (None, _) => "Twilio could not be reached".to_owned(),
            }),
        }),
    }
}

/// What a class of Twilio's errors asks of a message that certainly wasn't accepted.
fn refusal_class(class: ErrorClass) -> RefusalClass {
    match class {
        // `Unknown` never comes with a certain refusal; if it did, trying again would be right.
        ErrorClass::Retry | ErrorClass::Unknown => RefusalClass::Soon,
        ErrorClass::Temporary => RefusalClass::Later,
        ErrorClass::Configuration => RefusalClass::Configuration,
        ErrorClass::Permanent | ErrorClass::OptedOut => RefusalClass::Receiver,
    }
}

/// Whether Twilio refused the login, and with it the message.
pub(super) fn is_login_refused(error: &SendError) -> bool {
    matches!(
        error,
        SendError::Rejected { status: 401, .. } | SendError::Rejected { code: Some(AUTHENTICATION_FAILED), .. }
    )
}

/// The same of a list.
pub(super) fn is_login_list(error: &ListError) -> bool {
    matches!(
        error,
        ListError::Refused { status: 401, .. } | ListError::Refused { code: Some(AUTHENTICATION_FAILED), .. }
    )
}

/// What was written to us since then, oldest first.
pub(super) fn inbound_since(records: Vec<MessageRecord>, since: Instant) -> Vec<ReceivedBefore> {
    let received = |record: MessageRecord| ReceivedBefore {
        is_text: record.num_media == 0 && !record.body.trim().is_empty(),
        written_at: Instant::from_utc(record.date_created),
        sid: record.sid,
        from: Address(record.from),
        body: MessageText(record.body),
    };
    let mut received: Vec<ReceivedBefore> = records
        .into_iter()
        .filter(|record| record.direction == Direction::Inbound && record.date_created.timestamp() >= since.unix())
        .map(received)
        .collect();
    received.reverse();
    received
}

/// What we wrote since then. Twilio tells times to the second, so the whole second counts.
pub(super) fn outbound_since(records: Vec<MessageRecord>, since: Instant) -> Vec<SentBefore> {
    records
        .into_iter()
        .filter(|record| record.direction == Direction::Outbound && record.date_created.timestamp() >= since.unix())
        .map(|record| SentBefore { sid: record.sid, body: MessageText(record.body) })
        .collect()
}
