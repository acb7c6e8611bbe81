//! The state of the fake. [`FakeTwilioState::respond`] maps a request to a [`TwilioResponse`] without a network, so
//! that every error response can be tested without one.

use std::sync::{Mutex, MutexGuard, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, SubsecRound, Utc};
use serde_json::{Value, json};
use twilio::{AuthToken, Form};

use super::error_response::TwilioErrorResponse;
use super::failures::{FailMode, PendingFailures};
use super::files::{Files, STORAGE, StoredFile};
use super::message::StoredMessage;
use super::{MessageClock, Templates, checks};

/// The state of one account.
pub(super) struct FakeTwilioState {
    pub(super) account_sid: String,
    auth_token: String,
    clock: MessageClock,
    /// Part of every id, so that a restarted fake doesn't repeat ids that are still in a database.
    epoch: i64,
    /// Of its server.
    pub(super) base_url: String,
    records: Mutex<Records>,
}

/// The messages, templates and failures, behind a lock.
#[derive(Default)]
pub(super) struct Records {
    /// Oldest first.
    pub(super) messages: Vec<StoredMessage>,
    pub(super) templates: Templates,
    pub(super) failures: PendingFailures,
    pub(super) files: Files,
    issued: u64,
}

/// The parts of an HTTP request that the fake reads.
pub(super) struct TwilioRequest<'a> {
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    pub(super) query: &'a str,
    pub(super) authorization: &'a str,
    pub(super) content_type: &'a str,
    pub(super) body: &'a [u8],
}

/// The response to a request.
pub(super) enum TwilioResponse {
    /// An HTTP status and a JSON body.
    Json(u16, Value),
    Redirect(String),
    File(StoredFile),
    /// The connection closes without a response.
    Closed,
}

impl From<TwilioErrorResponse> for TwilioResponse {
    fn from(error: TwilioErrorResponse) -> Self {
        Self::Json(error.status, error.to_json())
    }
}

impl FakeTwilioState {
    pub(super) fn new(account_sid: String, auth_token: String, clock: MessageClock, base_url: String) -> Self {
        let started = clock();
        Self { account_sid, auth_token, clock, epoch: started.timestamp_micros(), base_url, records: Mutex::default() }
    }

    pub(super) fn records(&self) -> MutexGuard<'_, Records> {
        // No panic leaves the records half-written, so a poisoned lock can be used.
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn signing_token(&self) -> AuthToken {
        AuthToken::new(self.auth_token.as_str())
    }

    /// The current time in whole seconds, as in Twilio's dates.
    pub(super) fn now(&self) -> DateTime<Utc> {
        (self.clock)().trunc_subsecs(0)
    }

    /// An id that no fake has used before.
    pub(super) fn next_sid(&self, records: &mut Records) -> String {
        records.issued += 1;
        format!("SM{:016x}{:016x}", self.epoch, records.issued)
    }

    pub(super) fn respond(&self, request: &TwilioRequest<'_>) -> TwilioResponse {
        if let Some(id) = request.path.strip_prefix(STORAGE) {
            let file = self.records().files.read(id);
            return file.map_or_else(|| not_found(request).into(), TwilioResponse::File);
        }
        if let Err(error) = self.authorize(request) {
            return error.into();
        }
        if let Some((_, id)) = self.file_of(request.path) {
            let is_stored = request.method == "GET" && self.records().files.contains(id);
            return if is_stored {
                TwilioResponse::Redirect(format!("{STORAGE}{id}"))
            } else {
                not_found(request).into()
            };
        }
        match request.method {
            "POST" => self.create(request).unwrap_or_else(TwilioResponse::from),
            "GET" => self.list(request.query).unwrap_or_else(TwilioResponse::from),
            _ => TwilioErrorResponse::new(405, 20004, "Method not allowed").into(),
        }
    }

    /// Checks the credentials and the path, before any parameter.
    fn authorize(&self, request: &TwilioRequest<'_>) -> Result<(), TwilioErrorResponse> {
        let wanted = format!("{}:{}", self.account_sid, self.auth_token);
        let given = request
            .authorization
            .split_once(' ')
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"))
            .and_then(|(_, base64)| STANDARD.decode(base64).ok());
        if given.as_deref() != Some(wanted.as_bytes()) {
            return Err(TwilioErrorResponse::new(401, 20003, "Authenticate"));
        }
        if request.path != self.messages_path() && self.file_of(request.path).is_none() {
            return Err(not_found(request));
        }
        Ok(())
    }

    /// The message and the file of a path such as [`Self::file_path`] makes.
    fn file_of<'a>(&self, path: &'a str) -> Option<(&'a str, &'a str)> {
        let messages = self.messages_path();
        path.strip_prefix(messages.strip_suffix(".json")?)?.strip_prefix('/')?.split_once("/Media/")
    }

    pub(super) fn file_path(&self, message: &str, file: &str) -> String {
        format!("/2010-04-01/Accounts/{}/Messages/{message}/Media/{file}", self.account_sid)
    }

    fn create(&self, request: &TwilioRequest<'_>) -> Result<TwilioResponse, TwilioErrorResponse> {
        let media_type = request.content_type.split(';').next().unwrap_or_default();
        let is_form = media_type.trim() == "application/x-www-form-urlencoded";
        // Twilio only reads forms: in a JSON body it finds no `To`.
        let body = if is_form { request.body } else { &[] };
        let form = Form::parse(body).map_err(|error| TwilioErrorResponse::bad(20001, error.to_string()))?;
        let checked = checks::validate_send(&form)?;

        let now = self.now();
        let mut records = self.records();
        let (mode, code) = records.failures.next();
        let fail = |status, default: u32, message: &str| {
            Err(TwilioErrorResponse::new(status, code.unwrap_or(default), message))
        };
        match mode {
            FailMode::TimeoutBeforeAccept => return Ok(TwilioResponse::Closed),
            FailMode::ServerError => return fail(500, 20500, "Internal Server Error"),
            FailMode::TooManyRequests => return fail(429, 20429, "Too Many Requests"),
            FailMode::Refused => {
                let message = format!("The message to {} was refused.", checked.to);
                return fail(400, 21211, &message);
            }
            FailMode::None | FailMode::TimeoutAfterAccept => {}
        }
        let sid = self.next_sid(&mut records);
        let message = StoredMessage::outbound(checked, &records.templates, sid, now);
        let json = message.to_json(&self.account_sid);
        records.messages.push(message);
        Ok(match mode {
            FailMode::TimeoutAfterAccept => TwilioResponse::Closed,
            _ => TwilioResponse::Json(201, json),
        })
    }

    /// Lists messages in pages, newest first. Filters by time are ignored.
    fn list(&self, query: &str) -> Result<TwilioResponse, TwilioErrorResponse> {
        let query =
            Form::parse(query.as_bytes()).map_err(|error| TwilioErrorResponse::bad(20001, error.to_string()))?;
        let number = |name| query.get(name).and_then(|n| n.parse::<usize>().ok());
        let size = number("PageSize").unwrap_or(50).clamp(1, 1000);
        let page = number("Page").unwrap_or(0);
        let skipped = page.saturating_mul(size);
        let is = |name, value: &str| query.get(name).is_none_or(|wanted| wanted == value);

        let records = self.records();
        let mut found = records
            .messages
            .iter()
            .rev()
            .filter(|m| is("To", &m.content.to) && is("From", &m.content.from))
            .skip(skipped);
        let messages: Vec<Value> =
            found.by_ref().take(size).map(|message| message.to_json(&self.account_sid)).collect();
        let more = found.next().is_some();
        let uri = |page: usize| {
            let kept = query.iter().filter(|(name, _)| *name != "Page");
            let kept: Form = kept.chain([("Page", page.to_string().as_str())]).collect();
            format!("{}?{}", self.messages_path(), kept.encode())
        };
        Ok(TwilioResponse::Json(
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

fn not_found(request: &TwilioRequest<'_>) -> TwilioErrorResponse {
    TwilioErrorResponse::new(404, 20404, format!("The requested resource {} was not found", request.path))
}
