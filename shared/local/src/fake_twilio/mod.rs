//! A fake Twilio. [`FakeTwilio`] is a server on loopback with the part of Twilio's API that we use. It rejects what
//! Twilio rejects, stores the messages that it is sent, and fails on command. It also builds and signs the webhooks
//! that Twilio would send for a patient's message or a delivery status; the caller posts them.
//!
//! The local server runs one for the whole process, and each test starts its own. It delivers nothing: a message stays
//! `queued` until [`FakeTwilio::status_form`] reports another status.

mod checks;
mod error_response;
mod failures;
mod files;
mod message;
mod server;
mod state;
mod template;
#[cfg(test)]
mod tests;
mod webhooks;

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio::runtime::Handle;
use tokio::task::AbortHandle;

pub use failures::FailMode;
pub use message::SentMessage;
pub use template::{ApprovedTemplate, TemplateButton};
pub use webhooks::PatientReply;

use state::FakeTwilioState;

/// The time source for the dates of messages.
pub type MessageClock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// A handle of a running fake. Clones share it, and it stops when the last one is dropped.
#[derive(Clone)]
pub struct FakeTwilio {
    running: Arc<Running>,
}

struct Running {
    address: SocketAddr,
    state: Arc<FakeTwilioState>,
    accepting: AbortHandle,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl FakeTwilio {
    /// Starts a fake of one account on a free port of 127.0.0.1. The token is the password of its
    /// API and the key that signs its webhooks.
    ///
    /// # Errors
    /// Without a free port, or outside of a tokio runtime.
    pub fn start(account_sid: String, auth_token: String, clock: MessageClock) -> io::Result<Self> {
        let runtime = Handle::try_current().map_err(io::Error::other)?;
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let state = Arc::new(FakeTwilioState::new(account_sid, auth_token, clock, format!("http://{address}")));
        let accepting = runtime.spawn(server::accept(listener, Arc::clone(&state)));
        Ok(Self { running: Arc::new(Running { address, state, accepting: accepting.abort_handle() }) })
    }

    /// The API base for a client.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}", self.running.address)
    }

    /// Adds a template's text (`{{1}}` is a variable), as if Twilio had approved it. A message of an unknown template
    /// has no `body`, here and in the list; Twilio shows the text with its variables filled in.
    pub fn add_template(&self, content_sid: &str, text: &str) {
        self.approve_template(content_sid, ApprovedTemplate { text: text.to_owned(), buttons: Vec::new() });
    }

    /// Adds a template with buttons.
    pub fn approve_template(&self, content_sid: &str, template: ApprovedTemplate) {
        let mut records = self.running.state.records();
        records.templates.insert(content_sid.to_owned(), template);
    }

    /// The accepted messages, oldest first.
    #[must_use]
    pub fn messages(&self) -> Vec<SentMessage> {
        let records = self.running.state.records();
        records.messages.iter().filter_map(|m| m.sent()).collect()
    }

    /// Makes the next `times` sends fail. It replaces the rest of an earlier call, and [`FailMode::None`] or zero times
    /// ends it. Requests that are rejected anyway don't count. `code` is Twilio's error code; by default 21211 for a
    /// 400, 20429 for a 429, 20500 for a 500.
    pub fn fail(&self, mode: FailMode, code: Option<u32>, times: u32) {
        self.running.state.records().failures.set(mode, code, times);
    }

    /// Deletes all messages and pending failures. Templates stay, and ids are not reused.
    pub fn reset(&self) {
        let mut records = self.running.state.records();
        records.messages.clear();
        records.failures = failures::PendingFailures::default();
    }

    /// The parameters of the webhook that Twilio would post for a patient's message, and its `MessageSid`. The message
    /// is added to Twilio's list too.
    #[must_use]
    pub fn inbound_form(&self, reply: &PatientReply) -> (Vec<(String, String)>, String) {
        webhooks::inbound_form(&self.running.state, reply)
    }

    /// Adds a patient's file message whose webhook is lost: it is only in Twilio's list.
    pub fn add_file_without_webhook(&self, from: &str, name: &str) {
        webhooks::lose_file(&self.running.state, from, name);
    }

    /// Replaces the content of every attached file, also of those to come.
    pub fn replace_files(&self, content_type: &str, bytes: Vec<u8>) {
        self.running.state.records().files.replace(content_type, bytes);
    }

    /// How often a file was read.
    #[must_use]
    pub fn file_reads(&self) -> usize {
        self.running.state.records().files.reads
    }

    /// Deletes every attached file, as an account may after some time.
    pub fn delete_files(&self) {
        self.running.state.records().files.delete();
    }

    /// Sends the reply in the TwiML that a webhook returned for a patient's message.
    pub fn send_twiml_reply(&self, reply: &PatientReply, twiml: &str) {
        webhooks::take_answer(&self.running.state, reply, twiml);
    }

    /// The parameters of the status callback that Twilio would post for a message of
    /// [`messages`](Self::messages); `None` if there is no such message. The list shows the new
    /// status too, unless the message has a later one already.
    #[must_use]
    pub fn status_form(&self, sid: &str, status: &str, error_code: Option<u32>) -> Option<Vec<(String, String)>> {
        webhooks::status_form(&self.running.state, sid, status, error_code)
    }

    /// The `X-Twilio-Signature` of a webhook request.
    #[must_use]
    pub fn sign(&self, url: &str, parameters: &[(String, String)]) -> String {
        let form = parameters.iter().cloned().collect();
        twilio::signature::sign(&self.running.state.signing_token(), url, &form)
    }
}

impl fmt::Debug for FakeTwilio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakeTwilio").field("address", &self.running.address).finish_non_exhaustive()
    }
}

/// Template texts by their `HX…` id.
type Templates = BTreeMap<String, ApprovedTemplate>;
