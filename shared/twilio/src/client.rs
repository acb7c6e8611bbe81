//! How is a message sent? With one POST, once: [`Client::create_message`]. The client never retries
//! and never follows a redirect, because Twilio would take a second POST for a second message; the
//! caller decides, by the class of the [`SendError`].

use std::fmt;
use std::sync::OnceLock;
use std::time::Duration;

use serde::Deserialize;

use crate::config::{Config, ConfigError, Credentials, Timeouts};
use crate::message::{Accepted, NewMessage};
use crate::response;
use crate::send_error::{NotAcceptedCause, SendError, UnknownCause};
use crate::sid;
use crate::status::MessageStatus;

/// Most bytes read of an answer to a send; a real one has about 1 kB.
const ANSWER_LIMIT: usize = 64 * 1024;

/// How long a connection is kept for the next message. A batch reuses it; but a function that was
/// frozen meanwhile must not wake up and write into a connection that is long dead, since that
/// would leave the outcome unknown for no reason.
const KEEP_IDLE: Duration = Duration::from_secs(10);

/// A client of one account. Share it: it keeps its connections.
pub struct Client {
    /// Scheme, host and port, without a trailing slash.
    pub(crate) base: String,
    /// The path of the account's messages, which every request starts with.
    pub(crate) messages_path: String,
    credentials: Credentials,
    timeouts: Timeouts,
    http: OnceLock<reqwest::Client>,
}

impl Client {
    /// Checks the configuration. It connects to nothing, and loads the trusted certificates, which
    /// takes long, only when first used.
    ///
    /// # Errors
    /// Says which part of the configuration is wrong.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        let base = config.checked_base()?;
        let Config { credentials, timeouts, .. } = config;
        Ok(Self {
            base,
            messages_path: format!("/2010-04-01/Accounts/{}/Messages.json", credentials.account_sid),
            credentials,
            timeouts,
            http: OnceLock::new(),
        })
    }

    /// Sends a message. `Ok` means that Twilio has it, not that it arrived: that is reported to
    /// the status callback.
    ///
    /// # Errors
    /// [`SendError`] tells by its class whether the message may be sent again.
    pub async fn create_message(&self, message: &NewMessage) -> Result<Accepted, SendError> {
        let request = self
            .request(reqwest::Method::POST, &self.messages_path)
            .map_err(|_| SendError::not_accepted(NotAcceptedCause::NotSent))?;
        let response =
            request.form(&message.parameters()).send().await.map_err(|error| SendError::from_transport(&error))?;
        let status = response.status();
        let success = status.is_success();
        let status = status.as_u16();
        match response::read(response, ANSWER_LIMIT).await {
            Ok(body) if success => {
                accepted(&body).ok_or_else(|| SendError::unknown(UnknownCause::Unreadable { status }))
            }
            Ok(body) => Err(SendError::from_answer(status, response::error_code(&body))),
            Err(error) if success => Err(SendError::from_body(&error, status)),
            // A refusal whose body broke off is a refusal all the same.
            Err(_) => Err(SendError::from_answer(status, None)),
        }
    }

    /// A request with credentials to a path of the base, which starts with a slash.
    pub(crate) fn request(
        &self,
        method: reqwest::Method,
        path: &str,
    ) -> Result<reqwest::RequestBuilder, reqwest::Error> {
        let password = Some(self.credentials.password.expose());
        Ok(self.http()?.request(method, format!("{}{path}", self.base)).basic_auth(&self.credentials.user, password))
    }

    fn http(&self) -> Result<&reqwest::Client, reqwest::Error> {
        if let Some(http) = self.http.get() {
            return Ok(http);
        }
        // What reqwest does TLS with; refused where the process has it already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .user_agent(concat!("citas-twilio/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(self.timeouts.connect)
            .timeout(self.timeouts.total)
            .pool_idle_timeout(KEEP_IDLE)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            // A proxy taken from the environment would answer in Twilio's stead, and its failures
            // would not tell whether the request had gone on.
            .no_proxy()
            .build()?;
        // Where two first uses meet, one client is dropped again.
        Ok(self.http.get_or_init(|| http))
    }
}

/// The part of Twilio's message resource that a sender needs.
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

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("base", &self.base).field("timeouts", &self.timeouts).finish_non_exhaustive()
    }
}
