//! Parses inbound webhooks: [`InboundMessage`] has the parameters that are used. Others are ignored, because Twilio adds
//! parameters without notice. The caller must verify the signature first.

use std::fmt;

use crate::form::{Form, non_empty};
use crate::media::MediaRef;
use crate::sid;

/// Maximum length of an address: nearly twice what Twilio documents.
const MAX_ADDRESS_BYTES: usize = 256;

/// WhatsApp sends one file a message, Twilio at most ten.
const MAX_FILES: u32 = 10;
const MAX_CONTENT_TYPE_BYTES: usize = 100;

/// An inbound WhatsApp message. Empty parameters count as absent, except `Body`.
#[derive(Clone, PartialEq, Eq)]
pub struct InboundMessage {
    /// The same in every repetition of the webhook.
    pub message_sid: String,
    pub account_sid: String,
    /// The sender: `whatsapp:+<digits>`, not always valid E.164 (`+521…` in Mexico), or `whatsapp:<CC>.<id>` for a user
    /// with a hidden number. At most about 140 characters. Replies are sent to exactly this address.
    pub from: String,
    /// Our number.
    pub to: String,
    /// The text; for a button its title, **for a document its file name**. Use
    /// [`readable_text`](Self::readable_text) to interpret it.
    pub body: String,
    /// `text`, `button` (of a template), `interactive` (of a list or in-session button), `image`,
    /// `audio`, `document`, `location`, `contacts`, …
    pub message_type: Option<String>,
    /// The id of the button, as the template defines it.
    pub button_payload: Option<String>,
    pub button_text: Option<String>,
    /// The id of the chosen list row.
    pub list_id: Option<String>,
    pub list_title: Option<String>,
    /// Our message that this one replies to: always set for a button, and for a text that quotes.
    pub original_replied_message_sid: Option<String>,
    /// The digits of the sender's number; absent for a hidden number.
    pub wa_id: Option<String>,
    /// The user's id, which is the same with a visible and a hidden number: `whatsapp:<CC>.<id>`. Absent where it has
    /// another form, because it becomes a key.
    pub external_user_id: Option<String>,
    /// The name that the user has set in WhatsApp.
    pub profile_name: Option<String>,
    /// The number of attached files.
    pub num_media: u32,
    /// Those of them that have a URL of Twilio.
    pub media: Vec<AttachedFile>,
    /// Set by Twilio's own opt-out handling, if that is enabled.
    pub opt_out_type: Option<OptOutType>,
}

/// A file that a message has.
#[derive(Clone, PartialEq, Eq)]
pub struct AttachedFile {
    pub file: MediaRef,
    /// As Twilio names it, such as `audio/ogg`.
    pub content_type: String,
}

/// The keyword that Twilio's opt-out handling recognised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OptOutType {
    /// No more messages; Twilio itself refuses them from now on (21610).
    Stop,
    /// Messages are welcome again.
    Start,
    /// A question, already answered by Twilio.
    Help,
    /// A keyword that isn't known here.
    Other(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InboundError {
    /// A required parameter is absent or empty.
    #[error("the inbound message has no {0}")]
    Missing(&'static str),
    /// An id isn't 1 to 64 ASCII letters and digits, or an address has more than 256 bytes.
    #[error("the inbound message has a malformed {0}")]
    Malformed(&'static str),
}

impl InboundMessage {
    /// # Errors
    /// `MessageSid`, `AccountSid`, `From` or `To` is missing or malformed.
    pub fn from_form(form: &Form) -> Result<Self, InboundError> {
        // A malformed count becomes 1, so that a file's name isn't interpreted as text.
        let num_media = non_empty(form, "NumMedia").map_or(0, |count| count.parse().unwrap_or(1));
        let account_sid = id(form, "AccountSid")?;
        Ok(Self {
            message_sid: id(form, "MessageSid")?,
            media: attached_files(form, num_media, &account_sid),
            account_sid,
            from: address(form, "From")?,
            to: address(form, "To")?,
            body: form.get("Body").unwrap_or_default().to_owned(),
            message_type: non_empty(form, "MessageType"),
            button_payload: non_empty(form, "ButtonPayload"),
            button_text: non_empty(form, "ButtonText"),
            list_id: non_empty(form, "ListId"),
            list_title: non_empty(form, "ListTitle"),
            original_replied_message_sid: non_empty(form, "OriginalRepliedMessageSid")
                .filter(|sid| sid::is_storable(sid)),
            wa_id: non_empty(form, "WaId"),
            external_user_id: non_empty(form, "ExternalUserId").filter(|id| is_user_id(id)),
            profile_name: non_empty(form, "ProfileName"),
            num_media,
            opt_out_type: non_empty(form, "OptOutType").map(OptOutType::from),
        })
    }

    /// The text, if the user wrote or chose one: the type is `text`, `button`, `interactive` or absent, there is no file,
    /// and the text isn't blank. `None` where `Body` is something else, such as a document's name.
    #[must_use]
    pub fn readable_text(&self) -> Option<&str> {
        let textual = matches!(self.message_type.as_deref(), None | Some("text" | "button" | "interactive"));
        let readable = textual && self.num_media == 0 && !self.body.trim().is_empty();
        readable.then_some(self.body.as_str())
    }
}

fn attached_files(form: &Form, count: u32, account_sid: &str) -> Vec<AttachedFile> {
    let files = (0..count.min(MAX_FILES)).filter_map(|n| {
        let file = MediaRef::of_url(form.get(&format!("MediaUrl{n}"))?, account_sid)?;
        let content_type = non_empty(form, &format!("MediaContentType{n}")).unwrap_or_default();
        let is_plain = content_type.len() <= MAX_CONTENT_TYPE_BYTES
            && content_type.bytes().all(|it| it.is_ascii_graphic() || it == b' ');
        Some(AttachedFile { file, content_type: if is_plain { content_type } else { String::new() } })
    });
    files.collect()
}

fn required(form: &Form, name: &'static str) -> Result<String, InboundError> {
    non_empty(form, name).ok_or(InboundError::Missing(name))
}

fn address(form: &Form, name: &'static str) -> Result<String, InboundError> {
    let text = required(form, name)?;
    if text.len() <= MAX_ADDRESS_BYTES { Ok(text) } else { Err(InboundError::Malformed(name)) }
}

/// Meta's form of a user id: a country, `.`, `ENT.` for some companies, and up to 128 letters and digits.
fn is_user_id(address: &str) -> bool {
    let Some((country, rest)) = address.strip_prefix("whatsapp:").and_then(|id| id.split_once('.')) else {
        return false;
    };
    let id = rest.strip_prefix("ENT.").unwrap_or(rest);
    country.len() == 2
        && country.bytes().all(|byte| byte.is_ascii_uppercase())
        && (1..=128).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn id(form: &Form, name: &'static str) -> Result<String, InboundError> {
    let text = required(form, name)?;
    if sid::is_storable(&text) { Ok(text) } else { Err(InboundError::Malformed(name)) }
}

impl From<String> for OptOutType {
    fn from(word: String) -> Self {
        match word.as_str() {
            "STOP" => Self::Stop,
            "START" => Self::Start,
            "HELP" => Self::Help,
            _ => Self::Other(word),
        }
    }
}

/// Shows ids and counts, and nothing of the sender or the text.
impl fmt::Debug for InboundMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InboundMessage")
            .field("message_sid", &self.message_sid)
            .field("message_type", &self.message_type)
            .field("has_button", &self.button_payload.is_some())
            .field("num_media", &self.num_media)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
