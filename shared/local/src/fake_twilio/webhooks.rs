//! What would Twilio post to us? The parameters of an inbound message and of a status callback, all
//! of those that real ones carry, so that nothing works here which would fail there.

use std::fmt;

use serde::Deserialize;
use serde_json::json;
use twilio::MessageStatus;

use super::message::Message;
use super::state::State;

const CHANNEL: &str = "whatsapp:";
const PROFILE_NAME: &str = "Paciente de prueba";

/// What a patient's phone sends: a text, or the press of a button.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
pub struct PatientReply {
    /// The patient's number, with or without `whatsapp:`, or `<CC>.<id>` of one who hides it.
    pub from: String,
    /// Our sender, with or without `whatsapp:`.
    pub to: String,
    /// The text; of a button its title.
    pub body: Option<String>,
    /// The id of the button that was pressed. Without a `body` it serves as the title too.
    pub button_payload: Option<String>,
    /// The message of ours that is answered. A real button always names it.
    pub original_sid: Option<String>,
}

type Parameters = Vec<(String, String)>;

fn parameters<const N: usize>(pairs: [(&str, &str); N]) -> Parameters {
    let own = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    pairs.map(own).into()
}

pub(super) fn inbound_form(state: &State, reply: &PatientReply) -> (Parameters, String) {
    let (from, to) = (address(&reply.from), address(&reply.to));
    let payload = reply.button_payload.as_deref();
    let body = reply.body.as_deref().or(payload).unwrap_or_default();
    let sid = {
        let now = state.now();
        let mut book = state.book();
        let sid = state.next_sid(&mut book);
        let message = Message::inbound(sid.clone(), from.clone(), to.clone(), body.to_owned(), now);
        book.messages.push(message);
        sid
    };
    let wa_id = from.strip_prefix("whatsapp:+").unwrap_or_default();
    let context = json!({ "ProfileName": PROFILE_NAME, "WaId": wa_id });
    let metadata = json!({ "type": "whatsapp", "data": { "context": context } });
    let mut form = parameters([
        ("SmsMessageSid", &sid),
        ("NumMedia", "0"),
        ("ProfileName", PROFILE_NAME),
        ("MessageType", if payload.is_some() { "button" } else { "text" }),
        ("SmsSid", &sid),
        ("SmsStatus", "received"),
        ("Body", body),
        ("To", &to),
        ("NumSegments", "1"),
        ("ReferralNumMedia", "0"),
        ("MessageSid", &sid),
        ("AccountSid", &state.account_sid),
        ("ChannelMetadata", &metadata.to_string()),
        ("From", &from),
        ("ExternalUserId", &external_user_id(&from)),
        ("ApiVersion", "2010-04-01"),
    ]);
    // Who hides the number has no WaId either.
    if !wa_id.is_empty() {
        form.extend(parameters([("WaId", wa_id)]));
    }
    if let Some(payload) = payload {
        form.extend(parameters([("ButtonText", body), ("ButtonPayload", payload)]));
    }
    if let Some(original) = &reply.original_sid {
        form.extend(parameters([("OriginalRepliedMessageSid", original), ("OriginalRepliedMessageSender", &to)]));
    }
    (form, sid)
}

pub(super) fn lose_file(state: &State, from: &str, name: &str) {
    let now = state.now();
    let mut book = state.book();
    let sid = state.next_sid(&mut book);
    let message = Message::inbound(sid, address(from), crate::system::FAKE_SENDER.to_owned(), name.to_owned(), now);
    book.messages.push(Message { files: 1, ..message });
}

pub(super) fn take_answer(state: &State, reply: &PatientReply, twiml: &str) {
    let Some(words) = twilio::twiml::message(twiml) else { return };
    let now = state.now();
    let mut book = state.book();
    let sid = state.next_sid(&mut book);
    book.messages.push(Message::answer(sid, address(&reply.to), address(&reply.from), words, now));
}

pub(super) fn status_form(state: &State, sid: &str, status: &str, error_code: Option<u32>) -> Option<Parameters> {
    let mut book = state.book();
    let mut sent = book.messages.iter_mut().filter(|m| !m.inbound);
    let message = sent.find(|message| message.content.sid == sid)?;
    let reported = MessageStatus::from(status);
    if reported.supersedes(&message.status) {
        message.status = reported;
        message.error_code = error_code;
    }
    let (to, from) = (&message.content.to, &message.content.from);
    let mut form = parameters([
        ("ChannelPrefix", "whatsapp"),
        ("ApiVersion", "2010-04-01"),
        ("MessageStatus", status),
        ("SmsSid", sid),
        ("SmsStatus", status),
        ("ChannelInstallSid", "XE00000000000000000000000000000000"),
        ("To", to),
        ("From", from),
        ("MessageSid", sid),
        ("StructuredMessage", "false"),
        ("AccountSid", &state.account_sid),
        ("ChannelToAddress", &masked(to)),
        ("ExternalUserId", &external_user_id(to)),
    ]);
    if matches!(status, "delivered" | "read" | "undelivered") {
        form.extend(parameters([("EventType", &status.to_uppercase())]));
    }
    if let Some(code) = error_code {
        form.extend(parameters([("ErrorCode", &code.to_string()), ("ErrorMessage", twilio::errors::meaning(code))]));
    }
    Some(form)
}

/// The address as Twilio writes it, whichever way it was given.
fn address(text: &str) -> String {
    let bare = text.trim().trim_start_matches(CHANNEL);
    let plus = if bare.starts_with(|first: char| first.is_ascii_digit()) { "+" } else { "" };
    format!("{CHANNEL}{plus}{bare}")
}

/// WhatsApp's id of a user, made up from the number: always the same, and it doesn't tell it.
fn external_user_id(address: &str) -> String {
    let Some(digits) = address.strip_prefix("whatsapp:+") else {
        return address.to_owned();
    };
    let country = match digits.get(..2) {
        Some("51") => "PE",
        Some("52") => "MX",
        Some("54") => "AR",
        Some("55") => "BR",
        Some("56") => "CL",
        Some("57") => "CO",
        _ => "US",
    };
    // FNV-1a
    let hash = digits
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{CHANNEL}{country}.{:015}", hash % 1_000_000_000_000_000)
}

/// The number with its last four digits covered.
fn masked(address: &str) -> String {
    let number = address.strip_prefix(CHANNEL).unwrap_or(address);
    let shown = number.chars().count().saturating_sub(4);
    number.chars().take(shown).chain("XXXX".chars()).collect()
}

/// Says what kind of reply it is, not whose.
impl fmt::Debug for PatientReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PatientReply")
            .field("has_body", &self.body.is_some())
            .field("has_button", &self.button_payload.is_some())
            .field("original_sid", &self.original_sid)
            .finish_non_exhaustive()
    }
}
