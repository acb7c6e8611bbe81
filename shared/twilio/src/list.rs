//! Did Twilio get it after all? [`Client::list_messages`] reads what the account has sent and
//! received, so that a send with unknown outcome can be settled by looking instead of by sending
//! again. It answers with the whole list or not at all: from a part of it, "not found" would be
//! a guess.

use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use reqwest::Method;
use serde::Deserialize;

use crate::client::Client;
use crate::errors::{self, ErrorClass};
use crate::response;
use crate::send_error::Reason;
use crate::status::MessageStatus;

/// Most pages read for one query.
pub const MAX_PAGES: usize = 20;

/// Most bytes of one page: 1000 messages of some 2 kB, with room to spare.
const PAGE_LIMIT: usize = 8 * 1024 * 1024;

/// Which messages to list.
#[derive(Clone, Default)]
pub struct MessageQuery {
    /// Only to this address, exactly as it was sent to (`whatsapp:+…`).
    pub to: Option<String>,
    /// Only from this address.
    pub from: Option<String>,
    /// Only those whose `date_sent` is this UTC day or a later one. What is queued has none yet, so it
    /// hides just the messages in question where an unknown outcome is to be settled; for messages to
    /// us it is right.
    pub sent_from: Option<NaiveDate>,
    /// Messages per page, 1 to 1000 (brought into range); `None` is Twilio's own 50.
    /// [`MAX_PAGES`] times this is the longest list that can be read.
    pub page_size: Option<u16>,
}

/// A message as Twilio keeps it. Newest come first in a list.
#[derive(Clone, PartialEq, Eq)]
pub struct MessageRecord {
    /// Its id.
    pub sid: String,
    /// The receiver; empty if Twilio gives none.
    pub to: String,
    /// The sender; empty if Twilio gives none.
    pub from: String,
    /// The text, a template's with its variables filled in; empty if Twilio gives none.
    pub body: String,
    /// Who wrote it.
    pub direction: Direction,
    /// How far it has come.
    pub status: MessageStatus,
    /// Why it failed.
    pub error_code: Option<u32>,
    /// How many files came along.
    pub num_media: u32,
    /// When Twilio took it, to the second.
    pub date_created: DateTime<Utc>,
}

/// Who wrote a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The other side wrote to us.
    Inbound,
    /// We wrote: through the API, from a call, or in answer to a webhook.
    Outbound,
    /// A word that Twilio added later.
    Other(String),
}

/// Why there is no list. Asking again is always harmless.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    /// No answer, or not all of it.
    #[error("Twilio could not be reached")]
    Unreachable,
    /// Twilio answered something else than 200.
    #[error("Twilio refused the list: HTTP {status}, {}", Reason(*code))]
    Refused {
        /// The HTTP status.
        status: u16,
        /// Twilio's error code, if it gave one.
        code: Option<u32>,
        /// What to do about it.
        class: ErrorClass,
    },
    /// The answer is not a list of messages.
    #[error("Twilio's list is unreadable")]
    Unreadable,
    /// The next page lies elsewhere than the account's messages; the password doesn't go there.
    #[error("Twilio's list goes on outside the account's messages")]
    ForeignPage,
    /// There are more pages than [`MAX_PAGES`].
    #[error("Twilio's list has more than {MAX_PAGES} pages")]
    TooManyPages,
}

impl Client {
    /// All messages that match, newest first.
    ///
    /// # Errors
    /// Any page failed, or there are more than [`MAX_PAGES`].
    pub async fn list_messages(&self, query: &MessageQuery) -> Result<Vec<MessageRecord>, ListError> {
        let mut records = Vec::new();
        let mut path = format!("{}?{}", self.messages_path, query.encode());
        for _ in 0..MAX_PAGES {
            let page = self.page(&path).await?;
            for row in page.messages {
                records.push(row.read().ok_or(ListError::Unreadable)?);
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
        let body = response::read(response, PAGE_LIMIT).await.map_err(|_| ListError::Unreachable)?;
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

    /// Whether a page is one more of this account's messages: its path, with another query. It is
    /// put behind our own base, so it cannot lead to another host either.
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
    messages: Vec<Row>,
    next_page_uri: Option<String>,
}

/// A message as it stands in the JSON, where almost everything may be null.
#[derive(Deserialize)]
struct Row {
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

impl Row {
    /// `None` if the date is not RFC 2822.
    fn read(self) -> Option<MessageRecord> {
        let date_created = DateTime::parse_from_rfc2822(&self.date_created).ok()?;
        Some(MessageRecord {
            sid: self.sid,
            to: self.to.unwrap_or_default(),
            from: self.from.unwrap_or_default(),
            body: self.body.unwrap_or_default(),
            direction: Direction::from(self.direction.unwrap_or_default()),
            status: self.status.unwrap_or(MessageStatus::Accepted),
            error_code: self.error_code,
            // A count that is no number is taken as one: better ask again than read a file's name.
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

/// Says what is asked, not about whom.
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

/// Shows the id and state, and nothing that says to whom or what.
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
