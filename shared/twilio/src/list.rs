//! Lists the account's messages: [`TwilioClient::list_messages`]. With it a send of unknown outcome is resolved without
//! sending again. It returns the complete list or an error, because in a partial list a missing message proves nothing.

use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use reqwest::Method;
use serde::Deserialize;

use crate::client::TwilioClient;
use crate::errors::{self, ErrorClass};
use crate::response;
use crate::send_error::SendErrorReason;
use crate::status::MessageStatus;

/// Maximum number of pages of one query.
pub const MAX_PAGES: usize = 20;

/// Maximum length of one page, in bytes; 1000 messages have about 2 MB.
const PAGE_LIMIT: usize = 8 * 1024 * 1024;

#[derive(Clone, Default)]
pub struct MessageQuery {
    /// Only messages to this address, in exactly the form of the send (`whatsapp:+…`).
    pub to: Option<String>,
    pub from: Option<String>,
    /// Only messages whose `date_sent` is this UTC day or later. Queued messages have no `date_sent` yet, so don't use it
    /// to resolve an unknown outcome; it is right for inbound messages.
    pub sent_from: Option<NaiveDate>,
    /// Messages per page, clamped to 1 to 1000; `None` is 50, Twilio's default. The longest list that can be read has
    /// [`MAX_PAGES`] times as many messages.
    pub page_size: Option<u16>,
}

/// A message in Twilio's log.
#[derive(Clone, PartialEq, Eq)]
pub struct MessageRecord {
    pub sid: String,
    /// The recipient; empty if Twilio gives none.
    pub to: String,
    /// The sender; empty if Twilio gives none.
    pub from: String,
    /// The text, a template's with its variables filled in; empty if Twilio gives none.
    pub body: String,
    pub direction: Direction,
    pub status: MessageStatus,
    pub error_code: Option<u32>,
    /// The number of attached files.
    pub num_media: u32,
    /// In whole seconds.
    pub date_created: DateTime<Utc>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From a user to us.
    Inbound,
    /// From us: through the API, from a call, or in the response to a webhook.
    Outbound,
    /// A direction that isn't known here.
    Other(String),
}

/// Retrying is always safe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    /// No response, or an incomplete one.
    #[error("Twilio could not be reached")]
    Unreachable,
    /// The status isn't 200.
    #[error("Twilio refused the list: HTTP {status}, {}", SendErrorReason(*code))]
    Refused { status: u16, code: Option<u32>, class: ErrorClass },
    #[error("Twilio's list is unreadable")]
    Unreadable,
    /// The next page's URL isn't one of the account's messages, so the password isn't sent to it.
    #[error("Twilio's list goes on outside the account's messages")]
    ForeignPage,
    #[error("Twilio's list has more than {MAX_PAGES} pages")]
    TooManyPages,
}

impl TwilioClient {
    /// All matching messages, newest first.
    pub async fn list_messages(&self, query: &MessageQuery) -> Result<Vec<MessageRecord>, ListError> {
        let mut records = Vec::new();
        let mut path = format!("{}?{}", self.messages_path, query.encode());
        for _ in 0..MAX_PAGES {
            let page = self.page(&path).await?;
            for row in page.messages {
                records.push(row.into_record().ok_or(ListError::Unreadable)?);
            }
            match page.next_page_uri.filter(|uri| !uri.is_empty()) {
                None => return Ok(records),
                Some(next) if self.is_own_page(&next) => path = next,
                Some(_) => return Err(ListError::ForeignPage),
            }
        }
        Err(ListError::TooManyPages)
    }

    async fn page(&self, path: &str) -> Result<Page, ListError> {
        let request = self.request(Method::GET, path);
        let request = request.map_err(|_| ListError::Unreachable)?;
        let response = request.send().await.map_err(|_| ListError::Unreachable)?;
        let status = response.status().as_u16();
        let body = response::read_body(response, PAGE_LIMIT).await.map_err(|_| ListError::Unreachable)?;
        if status == 200 {
            return serde_json::from_slice(&body).map_err(|_| ListError::Unreadable);
        }
        let code = response::error_code(&body);
        let class = match (status, code) {
            (429, None) => ErrorClass::Retry,
            (500.., _) => ErrorClass::Unknown,
            (_, code) => code.map_or(ErrorClass::Configuration, errors::classify),
        };
        Err(ListError::Refused { status, code, class })
    }

    /// Whether a URI is a page of this account's messages: the same path with another query. It is appended to our own
    /// base URL, so it can't lead to another host.
    fn is_own_page(&self, uri: &str) -> bool {
        uri.strip_prefix(&self.messages_path).is_some_and(|query| query.starts_with('?'))
    }
}

impl MessageQuery {
    fn encode(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in [("To", &self.to), ("From", &self.from)] {
            if let Some(value) = value {
                query.append_pair(name, value);
            }
        }
        if let Some(day) = self.sent_from {
            query.append_pair("DateSent>", &day.to_string());
        }
        let size = self.page_size.unwrap_or(50).clamp(1, 1000);
        query.append_pair("PageSize", &size.to_string()).finish()
    }
}

#[derive(Deserialize)]
struct Page {
    messages: Vec<MessageRow>,
    next_page_uri: Option<String>,
}

/// A message of the JSON response, where most members may be null.
#[derive(Deserialize)]
struct MessageRow {
    sid: String,
    to: Option<String>,
    from: Option<String>,
    body: Option<String>,
    direction: Option<String>,
    status: Option<MessageStatus>,
    error_code: Option<u32>,
    num_media: Option<String>,
    date_created: String,
}

impl MessageRow {
    /// `None` if the date is not RFC 2822.
    fn into_record(self) -> Option<MessageRecord> {
        let date_created = DateTime::parse_from_rfc2822(&self.date_created).ok()?;
        Some(MessageRecord {
            sid: self.sid,
            to: self.to.unwrap_or_default(),
            from: self.from.unwrap_or_default(),
            body: self.body.unwrap_or_default(),
            direction: Direction::from(self.direction.unwrap_or_default()),
            status: self.status.unwrap_or(MessageStatus::Accepted),
            error_code: self.error_code,
            // A malformed count becomes 1, so that a file's name isn't interpreted as text.
            num_media: self.num_media.map_or(0, |count| count.parse().unwrap_or(1)),
            date_created: date_created.to_utc(),
        })
    }
}

impl From<String> for Direction {
    fn from(word: String) -> Self {
        match word.as_str() {
            "inbound" => Self::Inbound,
            outbound if outbound.starts_with("outbound-") => Self::Outbound,
            _ => Self::Other(word),
        }
    }
}

/// Shows which filters are set, and no address.
impl fmt::Debug for MessageQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MessageQuery")
            .field("by_to", &self.to.is_some())
            .field("by_from", &self.from.is_some())
            .field("sent_from", &self.sent_from)
            .field("page_size", &self.page_size)
            .finish()
    }
}

/// Shows the id and status, and nothing of the recipient or the text.
impl fmt::Debug for MessageRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MessageRecord")
            .field("sid", &self.sid)
            .field("direction", &self.direction)
            .field("status", &self.status)
            .field("error_code", &self.error_code)
            .field("date_created", &self.date_created)
            .finish_non_exhaustive()
    }
}
