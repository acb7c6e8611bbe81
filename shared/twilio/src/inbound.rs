//! What did the patient's phone send? [`InboundMessage`] names the parameters that matter of an
//! inbound webhook and lets all others pass, since Twilio adds some without notice. Verify the
//! signature first: nothing here is trustworthy before that.

use std::fmt;

use crate::form::{Form, non_empty};
use crate::sid;

/// Longest address that is taken: nearly twice what Twilio announces.
const MAX_ADDRESS_BYTES: usize = 256;

/// An inbound WhatsApp message. Empty parameters count as absent, except `Body`.
#[derive(Clone, PartialEq, Eq)]
pub struct InboundMessage {
    /// Twilio's id for it: the same in every repetition of the webhook.
    pub message_sid: String,
    /// The account it was sent to.
    pub account_sid: String,
    /// Who sent it: `whatsapp:+<digits>`, not always valid E.164 (`+521…` in Mexico), or
    /// `whatsapp:<CC>.<id>` for a user who hides the number. At most about 140 characters. Answers
    /// go to it verbatim.
    pub from: String,
    /// Which of our senders it was sent to.
    pub to: String,
    /// The text as sent; for a button its title, **for a document its file name**. Interpret
    /// [`readable_text`](Self::readable_text) instead.
    pub body: String,
    /// `text`, `button` (of a template), `interactive` (of a list or in-session button), `image`,
    /// `audio`, `document`, `location`, `contacts`, …
    pub message_type: Option<String>,
    /// The id of the button that was pressed, as our template defined it.
    pub button_payload: Option<String>,
    /// The title of that button.
    pub button_text: Option<String>,
    /// The id of the list row that was chosen.
    pub list_id: Option<String>,
    /// The title of that row.
    pub list_title: Option<String>,
    /// Our message that this one answers: of a button always, of a quoting text too.
    pub original_replied_message_sid: Option<String>,
    /// The sender's digits as WhatsApp has them; absent if the user hides them.
    pub wa_id: Option<String>,
    /// The user's id that stays the same with or without a number: `whatsapp:<CC>.<id>`.
    pub external_user_id: Option<String>,
    /// The name that users give themselves.
    pub profile_name: Option<String>,
    /// How many files came along.
    pub num_media: u32,
    /// What Twilio's own opt-out handling made of it, where that is switched on.
    pub opt_out_type: Option<OptOutType>,
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
    /// A word that Twilio added later.
    Other(String),
}

/// Why a form is no inbound message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InboundError {
    /// A parameter that every message has is absent or empty.
    #[error("the inbound message has no {0}")]
    Missing(&'static str),
    /// What could not be stored: an id that is not 1 to 64 ASCII letters and digits, an address of more
    /// than 256 bytes.
    #[error("the inbound message has a malformed {0}")]
    Malformed(&'static str),
}

impl InboundMessage {
    /// Reads the parameters of an inbound webhook.
    ///
    /// # Errors
    /// `MessageSid`, `AccountSid`, `From` or `To` is missing, or an id is malformed.
    pub fn from_form(form: &Form) -> Result<Self, InboundError> {
        Ok(Self {
            message_sid: id(form, "MessageSid")?,
            account_sid: id(form, "AccountSid")?,
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
            external_user_id: non_empty(form, "ExternalUserId"),
            profile_name: non_empty(form, "ProfileName"),
            // A count that is no number is taken as one: better ask again than read a file's name.
            num_media: non_empty(form, "NumMedia").map_or(0, |count| count.parse().unwrap_or(1)),
            opt_out_type: non_empty(form, "OptOutType").map(OptOutType::from),
        })
    }

    /// The text, if the user wrote or chose one: the type is `text`, `button`, `interactive` or not
    /// given, no file came along, and there is more than white space. `None` for everything whose
    /// `Body` is something else, such as a document's name.
    pub fn readable_text(&self) -> Option<&str> {
        let textual = matches!(self.message_type.as_deref(), None | Some("text" | "button" | "interactive"));
        let readable = textual && self.num_media == 0 && !self.body.trim().is_empty();
        readable.then_some(self.body.as_str())
    }
}

fn required(form: &Form, name: &'static str) -> Result<String, InboundError> {
    non_empty(form, name).ok_or(InboundError::Missing(name))
}

fn address(form: &Form, name: &'static str) -> Result<String, InboundError> {
    let text = required(form, name)?;
    if text.len() <= MAX_ADDRESS_BYTES { Ok(text) } else { Err(InboundError::Malformed(name)) }
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

/// Shows ids and counts, and nothing that says who wrote or what.
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
