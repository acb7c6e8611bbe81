//! What does a message to be sent consist of? Two addresses, one content, and where Twilio shall
//! report how it went. [`Client::create_message`](crate::Client::create_message) sends it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

use crate::status::MessageStatus;

/// One message for [`Client::create_message`](crate::Client::create_message).
#[derive(Clone, PartialEq, Eq)]
pub struct NewMessage {
    /// `whatsapp:+<E.164>` of the receiver. Answer a received message to its `From` verbatim.
    pub to: String,
    /// `whatsapp:+<E.164>` of a WhatsApp sender of the account.
    pub from: String,
    /// What it says.
    pub content: Content,
    /// Where Twilio posts each change of status: an absolute URL whose host has no underscore.
    /// Without it there is no report.
    pub status_callback: Option<String>,
    /// Seconds after which Twilio gives up a message that still waits in its queue: 1 to 36000;
    /// WhatsApp's queue keeps none beyond 14400. `None` is Twilio's own 36000.
    pub validity_period: Option<u32>,
}

/// What a message says.
#[derive(Clone, PartialEq, Eq)]
pub enum Content {
    /// A template: the only kind that WhatsApp delivers later than 24 hours after the receiver's
    /// last message.
    Template {
        /// `HX` + 32 hexadecimal digits.
        content_sid: String,
        /// Placeholder → text; at most 100. A value may not be empty, nor hold a newline, a tab or
        /// more than four spaces in a row (Twilio answers 21656).
        variables: BTreeMap<String, String>,
    },
    /// Free text of at most 1600 characters, for an open conversation only.
    Body(String),
}

impl NewMessage {
    /// The form that Twilio is sent, in its spelling.
    pub(crate) fn parameters(&self) -> Vec<(&'static str, Cow<'_, str>)> {
        let mut form: Vec<(&'static str, Cow<'_, str>)> =
            vec![("To", self.to.as_str().into()), ("From", self.from.as_str().into())];
        match &self.content {
            Content::Template { content_sid, variables } => {
                form.push(("ContentSid", content_sid.as_str().into()));
                if !variables.is_empty() {
                    let object = variables.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str())));
                    let json = Value::Object(object.collect()).to_string();
                    form.push(("ContentVariables", json.into()));
                }
            }
            Content::Body(text) => form.push(("Body", text.as_str().into())),
        }
        if let Some(url) = &self.status_callback {
            form.push(("StatusCallback", url.as_str().into()));
        }
        if let Some(seconds) = self.validity_period {
            form.push(("ValidityPeriod", seconds.to_string().into()));
        }
        form
    }
}

impl fmt::Debug for NewMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewMessage")
            .field("content", &self.content)
            .field("validity_period", &self.validity_period)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Template { content_sid, .. } => {
                f.debug_struct("Template").field("content_sid", content_sid).finish_non_exhaustive()
            }
            Self::Body(_) => f.write_str("Body([redacted])"),
        }
    }
}

/// Twilio's answer to a message it took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The message's id (`SM` or `MM` + 32 hexadecimal digits), which callbacks and replies name.
    pub sid: String,
    /// Where it stands: `queued` as a rule. Delivery is reported later, to the callback.
    pub status: MessageStatus,
}
