//! Builds the parameters of Twilio's webhooks for inbound messages and status callbacks. They have all parameters of
//! the real ones, so that code which works here also works with Twilio.

use std::fmt;

use serde::Deserialize;
use serde_json::json;
use twilio::MessageStatus;

use super::message::StoredMessage;
use super::state::FakeTwilioState;

const CHANNEL: &str = "whatsapp:";
const PROFILE_NAME: &str = "Paciente de prueba";

/// A message from a patient's phone: a text, or a pressed button.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
pub struct PatientReply {
    /// The patient's number, with or without `whatsapp:`, or `<CC>.<id>` for a hidden number.
    pub from: String,
    /// The user id, `<CC>.<id>`. Without one it is derived from `from`.
    #[serde(default)]
    pub external_user: Option<String>,
    /// Our number, with or without `whatsapp:`.
    pub to: String,
    /// The text, or the title of the button.
    pub body: Option<String>,
    /// The id of the pressed button. Without a `body` it is the title too.
    pub button_payload: Option<String>,
    /// The message that is replied to. A real button always has it.
    pub original_sid: Option<String>,
    /// What Twilio's own opt-out handling recognised: `STOP`, `START` or `HELP`.
    #[serde(default)]
    pub opt_out_type: Option<String>,
    /// The types of the attached files, such as `audio/ogg`.
    #[serde(default)]
    pub media: Vec<String>,
}

type Parameters = Vec<(String, String)>;

fn parameters<const N: usize>(pairs: [(&str, &str); N]) -> Parameters {
    let own = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    pairs.map(own).into()
}

pub(super) fn inbound_form(state: &FakeTwilioState, reply: &PatientReply) -> (Parameters, String) {
    let (from, to) = (address(&reply.from), address(&reply.to));
    let payload = reply.button_payload.as_deref();
    let body = reply.body.as_deref().or(payload).unwrap_or_default();
    let (sid, files) = {
        let now = state.now();
        let mut records = state.records();
        let sid = state.next_sid(&mut records);
        let files: Vec<String> = reply.media.iter().map(|it| records.files.add(it)).collect();
        let message = StoredMessage::inbound(sid.clone(), from.clone(), to.clone(), body.to_owned(), now);
        records.messages.push(StoredMessage { files: reply.media.len(), ..message });
        (sid, files)
    };
    let message_type = match reply.media.first().and_then(|it| it.split_once('/')) {
        Some(("image", _)) => "image",
        Some(("audio", _)) => "audio",
        Some(_) => "document",
        None if payload.is_some() => "button",
        None => "text",
    };
    let external_user = reply.external_user.as_deref().map_or_else(|| external_user_id(&from), address);
    let wa_id = from.strip_prefix("whatsapp:+").unwrap_or_default();
    let context = json!({ "ProfileName": PROFILE_NAME, "WaId": wa_id });
    let metadata = json!({ "type": "whatsapp", "data": { "context": context } });
    let mut form = parameters([
        ("SmsMessageSid", &sid),
        ("NumMedia", &files.len().to_string()),
        ("ProfileName", PROFILE_NAME),
        ("MessageType", message_type),
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
        ("ExternalUserId", &external_user),
        ("ApiVersion", "2010-04-01"),
    ]);
    for (n, (file, content_type)) in files.iter().zip(&reply.media).enumerate() {
        let url = format!("{}{}", state.base_url, state.file_path(&sid, file));
        form.extend(parameters([(&format!("MediaUrl{n}"), &url), (&format!("MediaContentType{n}"), content_type)]));
    }
    // A hidden number has no WaId.
    if !wa_id.is_empty() {
        form.extend(parameters([("WaId", wa_id)]));
    }
    if let Some(payload) = payload {
        form.extend(parameters([("ButtonText", body), ("ButtonPayload", payload)]));
    }
    if let Some(keyword) = &reply.opt_out_type {
        form.extend(parameters([("OptOutType", keyword)]));
    }
    if let Some(original) = &reply.original_sid {
        form.extend(parameters([("OriginalRepliedMessageSid", original), ("OriginalRepliedMessageSender", &to)]));
    }
    (form, sid)
}

pub(super) fn lose_file(state: &FakeTwilioState, from: &str, name: &str) {
    let now = state.now();
    let mut records = state.records();
    let sid = state.next_sid(&mut records);
    let message =
        StoredMessage::inbound(sid, address(from), crate::system::FAKE_SENDER.to_owned(), name.to_owned(), now);
    records.messages.push(StoredMessage { files: 1, ..message });
}

pub(super) fn take_answer(state: &FakeTwilioState, reply: &PatientReply, twiml: &str) {
    let Some(text) = twilio::twiml::message(twiml) else { return };
    let now = state.now();
    let mut records = state.records();
    let sid = state.next_sid(&mut records);
    records.messages.push(StoredMessage::reply(sid, address(&reply.to), address(&reply.from), text, now));
}

pub(super) fn status_form(
    state: &FakeTwilioState,
    sid: &str,
    status: &str,
    error_code: Option<u32>,
) -> Option<Parameters> {
    let mut records = state.records();
    let mut sent = records.messages.iter_mut().filter(|m| !m.inbound);
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

/// Normalises an address to Twilio's spelling.
fn address(text: &str) -> String {
    let bare = text.trim().trim_start_matches(CHANNEL);
    let plus = if bare.starts_with(|first: char| first.is_ascii_digit()) { "+" } else { "" };
    format!("{CHANNEL}{plus}{bare}")
}

/// A WhatsApp user id derived from the number: stable, and it doesn't reveal the number.
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

/// The number with its last four digits masked.
fn masked(address: &str) -> String {
    let number = address.strip_prefix(CHANNEL).unwrap_or(address);
    let shown = number.chars().count().saturating_sub(4);
    number.chars().take(shown).chain("XXXX".chars()).collect()
}

/// Shows the kind of message, but no personal data.
impl fmt::Debug for PatientReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PatientReply")
            .field("has_body", &self.body.is_some())
            .field("has_button", &self.button_payload.is_some())
            .field("original_sid", &self.original_sid)
            .finish_non_exhaustive()
    }
}
