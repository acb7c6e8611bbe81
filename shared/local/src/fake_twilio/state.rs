//! What does the fake answer? [`State::answer`]: one request in, one [`Answer`] out, without any
//! network, so that every refusal can be tested without one.

use std::sync::{Mutex, MutexGuard, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, SubsecRound, Utc};
use serde_json::{Value, json};
use twilio::{AuthToken, Form};

use super::fault::{FailMode, Fault};
use super::message::Message;
use super::refusal::Refusal;
use super::{Clock, Templates, checks};

/// The account, and what happened to it.
pub(super) struct State {
    pub(super) account_sid: String,
    auth_token: String,
    clock: Clock,
    /// Part of every id, so that a fake started anew doesn't repeat the ids of the one before,
    /// which may stand in a database that outlived it.
    epoch: i64,
    book: Mutex<Book>,
}

/// Everything that changes.
#[derive(Default)]
pub(super) struct Book {
    /// Oldest first.
    pub(super) messages: Vec<Message>,
    pub(super) templates: Templates,
    pub(super) fault: Fault,
    issued: u64,
}

/// The parts of a request that matter here.
pub(super) struct Request<'a> {
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    pub(super) query: &'a str,
    pub(super) authorization: &'a str,
    pub(super) content_type: &'a str,
    pub(super) body: &'a [u8],
}

/// What happens to the connection.
pub(super) enum Answer {
    /// An HTTP status and a JSON body.
    Json(u16, Value),
    /// Nothing is written; the connection closes.
    Cut,
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        Self::Json(refusal.status, refusal.to_json())
    }
}

impl State {
    pub(super) fn new(account_sid: String, auth_token: String, clock: Clock) -> Self {
        let started = clock();
        Self { account_sid, auth_token, clock, epoch: started.timestamp_micros(), book: Mutex::default() }
    }

    pub(super) fn book(&self) -> MutexGuard<'_, Book> {
        // Nothing is left half-written by a panic, so a poisoned lock is as good as another.
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn signing_token(&self) -> AuthToken {
        AuthToken::new(self.auth_token.as_str())
    }

    /// The time of a message, to the second as in Twilio's dates.
    pub(super) fn now(&self) -> DateTime<Utc> {
        (self.clock)().trunc_subsecs(0)
    }

    /// An id that this fake and earlier ones haven't used.
    pub(super) fn next_sid(&self, book: &mut Book) -> String {
        book.issued += 1;
        format!("SM{:016x}{:016x}", self.epoch, book.issued)
    }

    pub(super) fn answer(&self, request: &Request<'_>) -> Answer {
        if let Err(refusal) = self.admit(request) {
            return refusal.into();
        }
        match request.method {
            "POST" => self.create(request).unwrap_or_else(Answer::from),
            "GET" => self.list(request.query).unwrap_or_else(Answer::from),
            _ => Refusal::new(405, 20004, "Method not allowed").into(),
        }
    }

    /// The checks that come before any parameter's.
    fn admit(&self, request: &Request<'_>) -> Result<(), Refusal> {
        let wanted = format!("{}:{}", self.account_sid, self.auth_token);
        let given = request
            .authorization
            .split_once(' ')
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"))
            .and_then(|(_, base64)| STANDARD.decode(base64).ok());
        if given.as_deref() != Some(wanted.as_bytes()) {
            return Err(Refusal::new(401, 20003, "Authenticate"));
        }
        if request.path != self.messages_path() {
            let message = format!("The requested resource {} was not found", request.path);
            return Err(Refusal::new(404, 20404, message));
        }
        Ok(())
    }

    fn create(&self, request: &Request<'_>) -> Result<Answer, Refusal> {
        let media_type = request.content_type.split(';').next().unwrap_or_default();
        let is_form = media_type.trim() == "application/x-www-form-urlencoded";
        // Twilio reads nothing but forms: a JSON body has no `To`.
        let body = if is_form { request.body } else { &[] };
        let form = Form::parse(body).map_err(|error| Refusal::bad(20001, error.to_string()))?;
        let checked = checks::check(&form)?;

        let now = self.now();
        let mut book = self.book();
        let (mode, code) = book.fault.next();
        let fail = |status, default: u32, message: &str| Err(Refusal::new(status, code.unwrap_or(default), message));
        match mode {
            FailMode::TimeoutBeforeAccept => return Ok(Answer::Cut),
            FailMode::ServerError => return fail(500, 20500, "Internal Server Error"),
            FailMode::TooManyRequests => return fail(429, 20429, "Too Many Requests"),
            FailMode::Refused => {
                let message = format!("The message to {} was refused.", checked.to);
                return fail(400, 21211, &message);
            }
            FailMode::None | FailMode::TimeoutAfterAccept => {}
        }
        let sid = self.next_sid(&mut book);
        let message = Message::outbound(checked, &book.templates, sid, now);
        let json = message.to_json(&self.account_sid);
        book.messages.push(message);
        Ok(match mode {
            FailMode::TimeoutAfterAccept => Answer::Cut,
            _ => Answer::Json(201, json),
        })
    }

    /// Newest first, in pages. Filters by time are passed over.
    fn list(&self, query: &str) -> Result<Answer, Refusal> {
        let query = Form::parse(query.as_bytes()).map_err(|error| Refusal::bad(20001, error.to_string()))?;
        let number = |name| query.get(name).and_then(|n| n.parse::<usize>().ok());
        let size = number("PageSize").unwrap_or(50).clamp(1, 1000);
        let page = number("Page").unwrap_or(0);
        let skipped = page.saturating_mul(size);
        let is = |name, value: &str| query.get(name).is_none_or(|wanted| wanted == value);

        let book = self.book();
        let mut found =
            book.messages.iter().rev().filter(|m| is("To", &m.content.to) && is("From", &m.content.from)).skip(skipped);
        let messages: Vec<Value> =
            found.by_ref().take(size).map(|message| message.to_json(&self.account_sid)).collect();
        let more = found.next().is_some();
        let uri = |page: usize| {
            let kept = query.iter().filter(|(name, _)| *name != "Page");
            let kept: Form = kept.chain([("Page", page.to_string().as_str())]).collect();
            format!("{}?{}", self.messages_path(), kept.encode())
        };
        Ok(Answer::Json(
            200,
            json!({
                "start": skipped,
                "end": skipped.saturating_add(messages.len()).saturating_sub(1),
                "messages": messages,
                "page": page,
                "page_size": size,
                "uri": uri(page),
                "first_page_uri": uri(0),
                "previous_page_uri": page.checked_sub(1).map(uri),
                "next_page_uri": more.then(|| uri(page.saturating_add(1))),
            }),
        ))
    }

    fn messages_path(&self) -> String {
        format!("/2010-04-01/Accounts/{}/Messages.json", self.account_sid)
    }
}
