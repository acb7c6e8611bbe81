//! What does the fake keep of a message? Everything that its list, its webhooks, or a test asks for.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Value, json};
use twilio::MessageStatus;

use super::Templates;
use super::checks::Checked;

/// A message that the fake was sent.
#[derive(Clone, PartialEq, Serialize)]
pub struct SentMessage {
    /// `SM` + 32 hexadecimal digits.
    pub sid: String,
    /// The receiver, `whatsapp:+…`.
    pub to: String,
    /// The sender, `whatsapp:+…`.
    pub from: String,
    /// The text: of a template only if [`add_template`](super::FakeTwilio::add_template) told it.
    pub body: Option<String>,
    /// The template, `HX…`.
    pub content_sid: Option<String>,
    /// Its variables, as a JSON object of strings.
    pub content_variables: Option<Value>,
    /// Where to report to.
    pub status_callback: Option<String>,
    /// When it came, to the second.
    pub date_created: DateTime<Utc>,
}

/// A message of either direction as it stands in Twilio's books.
pub(super) struct Message {
    pub(super) content: SentMessage,
    pub(super) inbound: bool,
    /// How many files came along.
    pub(super) files: u32,
    pub(super) status: MessageStatus,
    pub(super) error_code: Option<u32>,
}

impl Message {
    /// An accepted send. Placeholders without a variable stay as they are.
    pub(super) fn outbound(checked: Checked, templates: &Templates, sid: String, now: DateTime<Utc>) -> Self {
        let template = checked.content_sid.as_ref();
        let rendered = template.and_then(|sid| templates.get(sid)).map(|text| {
            let variables = checked.content_variables.as_ref();
            let variables = variables.and_then(Value::as_object).into_iter().flatten();
            variables.fold(text.clone(), |text, (name, value)| {
                text.replace(&format!("{{{{{name}}}}}"), value.as_str().unwrap_or_default())
            })
        });
        Self {
            content: SentMessage {
                sid,
                to: checked.to,
                from: checked.from,
                // Where a request has both, the template is what is sent.
                body: match checked.content_sid {
                    Some(_) => rendered,
                    None => checked.body,
                },
                content_sid: checked.content_sid,
                content_variables: checked.content_variables,
                status_callback: checked.status_callback,
                date_created: now,
            },
            inbound: false,
            files: 0,
            status: MessageStatus::Queued,
            error_code: None,
        }
    }

    /// What a patient wrote.
    pub(super) fn inbound(sid: String, from: String, to: String, body: String, now: DateTime<Utc>) -> Self {
        let answer = Self::answer(sid, from, to, body, now);
        Self { inbound: true, status: MessageStatus::Received, ..answer }
    }

    /// What a webhook answered.
    pub(super) fn answer(sid: String, from: String, to: String, body: String, now: DateTime<Utc>) -> Self {
        Self {
            content: SentMessage {
                sid,
                to,
                from,
                body: Some(body),
                content_sid: None,
                content_variables: None,
                status_callback: None,
                date_created: now,
            },
            inbound: false,
            files: 0,
            status: MessageStatus::Queued,
            error_code: None,
        }
    }

    /// The message, if we sent it.
    pub(super) fn sent(&self) -> Option<SentMessage> {
        (!self.inbound).then(|| self.content.clone())
    }

    /// The message as Twilio's API shows it: numbers as strings, dates as RFC 2822, and no
    /// `date_sent` as long as it waits.
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

/// Names nobody: a failed assertion shows ids.
impl fmt::Debug for SentMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SentMessage")
            .field("sid", &self.sid)
            .field("content_sid", &self.content_sid)
            .field("date_created", &self.date_created)
            .finish_non_exhaustive()
    }
}
