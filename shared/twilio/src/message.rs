//! An outbound message: recipient, sender, content, and the URL of the status callback.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

use crate::status::MessageStatus;

/// For [`TwilioClient::create_message`](crate::TwilioClient::create_message).
#[derive(Clone, PartialEq, Eq)]
pub struct NewMessage {
    /// `whatsapp:+<E.164>` of the recipient. For a reply, exactly the `From` of the inbound message.
    pub to: String,
    /// `whatsapp:+<E.164>` of a WhatsApp sender of the account.
    pub from: String,
    pub content: Content,
    /// The URL to which Twilio posts each change of status: absolute, and its host has no underscore. Without it there
    /// are no reports.
    pub status_callback: Option<String>,
    /// Seconds after which Twilio drops a message that is still queued: 1 to 36000; WhatsApp's queue drops it after 14400
    /// at the latest. `None` is 36000, Twilio's default.
    pub validity_period: Option<u32>,
}

#[derive(Clone, PartialEq, Eq)]
pub enum Content {
    /// A template: the only kind that WhatsApp delivers later than 24 hours after the recipient's last message.
    Template {
        /// `HX` + 32 hexadecimal digits.
        content_sid: String,
        /// Placeholder → text; at most 100. A value may not be empty, nor contain a newline, a tab or more than four
        /// spaces in a row (error 21656).
        variables: BTreeMap<String, String>,
    },
    /// Free text of at most 1600 characters, for an open conversation only.
    Body(String),
}

impl NewMessage {
    /// The form parameters, in Twilio's spelling.
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

/// Twilio's response to an accepted message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The message's id (`SM` or `MM` + 32 hexadecimal digits), which callbacks and replies name.
    pub sid: String,
    /// Usually `queued`. Delivery is reported later, to the status callback.
    pub status: MessageStatus,
}
