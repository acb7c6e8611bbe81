//! The messages that the fake stores, with everything that its list, its webhooks and tests need.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Value, json};
use twilio::MessageStatus;

use super::Templates;
use super::checks::ValidatedSend;
use super::template::TemplateButton;

/// An accepted message.
#[derive(Clone, PartialEq, Serialize)]
pub struct SentMessage {
    /// `SM` + 32 hexadecimal digits.
    pub sid: String,
    /// The recipient, `whatsapp:+…`.
    pub to: String,
    /// The sender, `whatsapp:+…`.
    pub from: String,
    /// The text; `None` for a template that [`add_template`](super::FakeTwilio::add_template) didn't add.
    pub body: Option<String>,
    /// The template's id, `HX…`.
    pub content_sid: Option<String>,
    /// The template's variables, a JSON object of strings.
    pub content_variables: Option<Value>,
    /// The buttons of the template. Absent in JSON if it has none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub buttons: Vec<TemplateButton>,
    /// The URL for status callbacks.
    pub status_callback: Option<String>,
    /// In whole seconds.
    pub date_created: DateTime<Utc>,
}

/// A message of either direction as Twilio stores it.
pub(super) struct StoredMessage {
    pub(super) content: SentMessage,
    pub(super) inbound: bool,
    /// The number of attached files.
    pub(super) files: usize,
    pub(super) status: MessageStatus,
    pub(super) error_code: Option<u32>,
}

impl StoredMessage {
    /// An accepted send. Placeholders without a variable stay unchanged.
    pub(super) fn outbound(checked: ValidatedSend, templates: &Templates, sid: String, now: DateTime<Utc>) -> Self {
        let template = checked.content_sid.as_ref().and_then(|sid| templates.get(sid));
        let filled = template.map(|template| template.filled(checked.content_variables.as_ref()));
        let (rendered, buttons) = filled.map_or((None, Vec::new()), |it| (Some(it.text), it.buttons));
        Self {
            content: SentMessage {
                sid,
                to: checked.to,
                from: checked.from,
                // If a request has both, Twilio sends the template.
                body: match checked.content_sid {
                    Some(_) => rendered,
                    None => checked.body,
                },
                content_sid: checked.content_sid,
                content_variables: checked.content_variables,
                buttons,
                status_callback: checked.status_callback,
                date_created: now,
            },
            inbound: false,
            files: 0,
            status: MessageStatus::Queued,
            error_code: None,
        }
    }

    /// A patient's message.
    pub(super) fn inbound(sid: String, from: String, to: String, body: String, now: DateTime<Utc>) -> Self {
        let reply = Self::reply(sid, from, to, body, now);
        Self { inbound: true, status: MessageStatus::Received, ..reply }
    }

    /// The reply in a webhook's response.
    pub(super) fn reply(sid: String, from: String, to: String, body: String, now: DateTime<Utc>) -> Self {
        Self {
            content: SentMessage {
                sid,
                to,
                from,
                body: Some(body),
                content_sid: None,
                content_variables: None,
                buttons: Vec::new(),
                status_callback: None,
                date_created: now,
            },
            inbound: false,
            files: 0,
            status: MessageStatus::Queued,
            error_code: None,
        }
    }

    /// The message, if it is outbound.
    pub(super) fn sent(&self) -> Option<SentMessage> {
        (!self.inbound).then(|| self.content.clone())
    }

    /// The message as a resource of Twilio's API: numbers as strings, dates as RFC 2822, and no `date_sent` while it is
    /// queued.
    pub(super) fn to_json(&self, account_sid: &str) -> Value {
        let SentMessage { sid, to, from, body, date_created, .. } = &self.content;
        let date = date_created.format("%a, %d %b %Y %H:%M:%S +0000").to_string();
        let waiting = !self.status.supersedes(&MessageStatus::Queued);
        let uri = format!("/2010-04-01/Accounts/{account_sid}/Messages/{sid}");
        json!({
            "account_sid": account_sid,
            "api_version": "2010-04-01",
            "body": body.as_deref().unwrap_or_default(),
            "date_created": date,
            "date_sent": if waiting { Value::Null } else { Value::from(date.as_str()) },
            "date_updated": date,
            "direction": if self.inbound { "inbound" } else { "outbound-api" },
            "error_code": self.error_code,
            "error_message": self.error_code.map(twilio::errors::meaning),
            "from": from,
            "messaging_service_sid": null,
            "num_media": self.files.to_string(),
            "num_segments": "1",
            "price": null,
            "price_unit": null,
            "sid": sid,
            "status": self.status,
            "subresource_uris": { "media": format!("{uri}/Media.json") },
            "to": to,
            "uri": format!("{uri}.json"),
        })
    }
}

/// Shows ids only, so that a failed assertion prints no personal data.
impl fmt::Debug for SentMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SentMessage")
            .field("sid", &self.sid)
            .field("content_sid", &self.content_sid)
            .field("date_created", &self.date_created)
            .finish_non_exhaustive()
    }
}
