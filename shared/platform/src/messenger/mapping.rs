//! What is what at Twilio? Pure translation between `app`'s words and Twilio's.

use crate::settings::Settings;
use app::ports::{Outgoing, Sent, SentBefore};
use domain::language::Language;
use domain::notification::MessageText;
use domain::time::Instant;
use twilio::{Accepted, Content, Direction, ListError, MessageRecord, NewMessage, SendError, errors};

/// How Twilio marks an address of WhatsApp.
const CHANNEL: &str = "whatsapp:";
/// Seconds after which Twilio drops what WhatsApp hasn't taken: no queue of WhatsApp's is longer.
const VALIDITY_SECONDS: u32 = 14_400;
/// Twilio's code for a refused login.
const AUTHENTICATION_FAILED: u32 = 20_003;

/// The approved reminders, by language.
pub(super) struct Templates([(Language, Option<String>); 3]);

impl Templates {
    pub(super) fn of(settings: &Settings) -> Self {
        Self(Language::ALL.map(|language| (language, settings.reminder_template(language).map(str::to_owned))))
    }

    fn get(&self, language: Language) -> Option<&str> {
        self.0.iter().find(|(of, _)| *of == language).and_then(|(_, sid)| sid.as_deref())
    }
}

/// An address as Twilio has it. One that came from Twilio goes back unchanged: it need not be a
/// number.
pub(super) fn address(text: &str) -> String {
    if text.starts_with(CHANNEL) { text.to_owned() } else { format!("{CHANNEL}{text}") }
}

/// The message to post. A reminder goes as free text where its language has no template.
pub(super) fn new_message(outgoing: &Outgoing, sender: &str, templates: &Templates, public_url: &str) -> NewMessage {
    let template = outgoing.template.as_ref().and_then(|(language, variables)| {
        templates
            .get(*language)
            .map(|sid| Content::Template { content_sid: sid.to_owned(), variables: variables.clone() })
    });
    NewMessage {
        to: address(&outgoing.to.0),
        from: sender.to_owned(),
        content: template.unwrap_or_else(|| Content::Body(outgoing.body.0.clone())),
        // A reference is a UUID, a dot and a number: nothing in it needs escaping.
        status_callback: Some(format!("{public_url}/api/notifications/whatsapp/status/?n={}", outgoing.reference)),
        validity_period: Some(VALIDITY_SECONDS),
    }
}

/// What became of a post.
pub(super) fn sent(outcome: Result<Accepted, SendError>) -> Sent {
    match outcome {
        Ok(accepted) => Sent::Accepted(accepted.sid),
        Err(SendError::NotAccepted { .. }) => Sent::NotAccepted,
        Err(SendError::Rejected { status, code, .. }) => Sent::Rejected {
            code,
            meaning: code
                .map_or_else(|| format!("refused with HTTP {status}"), |code| errors::meaning(code).to_owned()),
        },
        Err(SendError::Unknown { .. }) => Sent::Unknown,
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

/// What we wrote since then. Twilio tells times to the second, so the whole second counts.
pub(super) fn outbound_since(records: Vec<MessageRecord>, since: Instant) -> Vec<SentBefore> {
    records
        .into_iter()
        .filter(|record| record.direction == Direction::Outbound && record.date_created.timestamp() >= since.unix())
        .map(|record| SentBefore { sid: record.sid, body: MessageText(record.body) })
        .collect()
}
