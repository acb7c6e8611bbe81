//! The HTTP client of Twilio's API. [`TwilioClient::create_message`] sends a message with exactly one POST: it never
//! retries and never follows a redirect, because a second POST would be a second message. The caller decides by the
//! class of the [`SendError`].

use std::fmt;
use std::sync::OnceLock;
use std::time::Duration;

use serde::Deserialize;

use crate::config::{ConfigError, Timeouts, TwilioConfig, TwilioCredentials};
use crate::message::{Accepted, NewMessage};
use crate::response;
use crate::send_error::{NotAcceptedCause, SendError, UnknownCause};
use crate::sid;
use crate::status::MessageStatus;

/// Maximum length of the response to a send, in bytes; a real one has about 1 kB.
const RESPONSE_LIMIT: usize = 64 * 1024;

/// How long an idle connection is kept for the next message of a batch. A function that was frozen for longer must not
/// reuse a connection that was closed meanwhile, because that would make the outcome unknown.
const IDLE_TIMEOUT: Duration = Duration::from_secs(10);

/// A client of one account. It should be shared, because it pools connections.
pub struct TwilioClient {
    /// Scheme, host and port, without a trailing slash.
    pub(crate) base: String,
    /// The path of the account's messages, with which every request begins.
    pub(crate) messages_path: String,
    credentials: TwilioCredentials,
    timeouts: Timeouts,
    http: OnceLock<reqwest::Client>,
}

impl TwilioClient {
    /// Checks the configuration. It opens no connection; the trusted certificates are loaded at the first request,
    /// because that takes long.
    pub fn new(config: TwilioConfig) -> Result<Self, ConfigError> {
        let base = config.checked_base()?;
        let TwilioConfig { credentials, timeouts, .. } = config;
        Ok(Self {
            base,
            messages_path: format!("/2010-04-01/Accounts/{}/Messages.json", credentials.account_sid),
            credentials,
            timeouts,
            http: OnceLock::new(),
        })
    }

    /// `Ok` means that Twilio has accepted the message, not that it was delivered: that is reported to the status
    /// callback.
    ///
    /// # Errors
    /// The class of the [`SendError`] says whether the message may be sent again.
    pub async fn create_message(&self, message: &NewMessage) -> Result<Accepted, SendError> {
        let request = self
            .request(reqwest::Method::POST, &self.messages_path)
            .map_err(|_| SendError::not_accepted(NotAcceptedCause::NotSent))?;
        let response =
            request.form(&message.parameters()).send().await.map_err(|error| SendError::from_transport(&error))?;
        let status = response.status();
        let success = status.is_success();
        let status = status.as_u16();
        match response::read_body(response, RESPONSE_LIMIT).await {
            Ok(body) if success => {
                accepted(&body).ok_or_else(|| SendError::unknown(UnknownCause::Unreadable { status }))
            }
            Ok(body) => Err(SendError::from_status(status, response::error_code(&body))),
            Err(error) if success => Err(SendError::from_body(&error, status)),
            // A rejection whose body was cut off is still a rejection.
            Err(_) => Err(SendError::from_status(status, None)),
        }
    }

    /// A request with credentials; `path` begins with a slash.
    pub(crate) fn request(
        &self,
        method: reqwest::Method,
        path: &str,
    ) -> Result<reqwest::RequestBuilder, reqwest::Error> {
        let password = Some(self.credentials.password.expose());
        Ok(self.http()?.request(method, format!("{}{path}", self.base)).basic_auth(&self.credentials.user, password))
    }

    /// A request to another URL, without credentials.
    pub(crate) fn anonymous_request(&self, url: reqwest::Url) -> Result<reqwest::RequestBuilder, reqwest::Error> {
        Ok(self.http()?.get(url))
    }

    fn http(&self) -> Result<&reqwest::Client, reqwest::Error> {
        if let Some(http) = self.http.get() {
            return Ok(http);
        }
        // reqwest uses the process's default provider; installing one fails if there is one already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .user_agent(concat!("citas-twilio/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(self.timeouts.connect)
            .timeout(self.timeouts.total)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            // A proxy of the environment could answer instead of Twilio, and its errors don't tell whether the request
            // was forwarded.
            .no_proxy()
            .build()?;
        // If two first requests run concurrently, one of the clients is dropped.
        Ok(self.http.get_or_init(|| http))
    }
}

/// The part of Twilio's message resource that is needed after a send.
#[derive(Deserialize)]
struct Created {
    sid: String,
    status: Option<MessageStatus>,
}

fn accepted(body: &[u8]) -> Option<Accepted> {
    let created: Created = serde_json::from_slice(body).ok()?;
    sid::is_storable(&created.sid)
        .then(|| Accepted { sid: created.sid, status: created.status.unwrap_or(MessageStatus::Accepted) })
}

impl fmt::Debug for TwilioClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("base", &self.base).field("timeouts", &self.timeouts).finish_non_exhaustive()
    }
}
