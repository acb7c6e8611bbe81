//! Where do messages go when there is no Twilio? To [`FakeTwilio`]: a server on loopback that
//! speaks the part of Twilio's API that we use, refuses what Twilio refuses, keeps what it is sent,
//! and fails on command. It also plays the other direction: it writes and signs the webhooks that a
//! patient's phone would cause, for the caller to post.
//!
//! The local server runs one for the whole process, and a test starts its own. It delivers nothing:
//! a message stays `queued` until [`FakeTwilio::status_form`] is told otherwise.

mod checks;
mod fault;
mod message;
mod refusal;
mod server;
mod state;
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

pub use fault::FailMode;
pub use message::SentMessage;
pub use webhooks::PatientReply;

use state::State;

/// What time it is, for the dates on messages.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// A handle of a running fake; clones share it, and it stops when the last one is dropped.
#[derive(Clone)]
pub struct FakeTwilio {
    running: Arc<Running>,
}

struct Running {
    address: SocketAddr,
    state: Arc<State>,
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
    /// There is no port, or no tokio runtime around the call.
    pub fn start(account_sid: String, auth_token: String, clock: Clock) -> io::Result<Self> {
        let runtime = Handle::try_current().map_err(io::Error::other)?;
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let state = Arc::new(State::new(account_sid, auth_token, clock));
        let accepting = runtime.spawn(server::accept(listener, Arc::clone(&state)));
        Ok(Self { running: Arc::new(Running { address, state, accepting: accepting.abort_handle() }) })
    }

    /// What to give a client as its API base.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.running.address)
    }

    /// Makes the text of a template known (`{{1}}` stands for a variable), as its approval would.
    /// Without it a template message has no `body`, here and in the list; Twilio shows the text
    /// with its variables filled in.
    pub fn add_template(&self, content_sid: &str, text: &str) {
        let mut book = self.running.state.book();
        book.templates.insert(content_sid.to_owned(), text.to_owned());
    }

    /// What it was sent and has accepted, oldest first.
    pub fn messages(&self) -> Vec<SentMessage> {
        let book = self.running.state.book();
        book.messages.iter().filter_map(|m| m.sent()).collect()
    }

    /// Lets the next `times` sends fail; it replaces what was left of an earlier call, and
    /// [`FailMode::None`] or zero times ends it. Requests that are refused anyway don't count.
    /// `code` is the error code of an answer: 21211 for a 400, 20429 for a 429, 20500 for a 500
    /// where it is `None`.
    pub fn fail(&self, mode: FailMode, code: Option<u32>, times: u32) {
        self.running.state.book().fault.set(mode, code, times);
    }

    /// Forgets all messages and failures. Templates stay, and ids go on counting.
    pub fn reset(&self) {
        let mut book = self.running.state.book();
        book.messages.clear();
        book.fault = fault::Fault::default();
    }

    /// The parameters of the webhook that Twilio would post for a patient's message, and its
    /// `MessageSid`. The message enters Twilio's list too.
    pub fn inbound_form(&self, reply: &PatientReply) -> (Vec<(String, String)>, String) {
        webhooks::inbound_form(&self.running.state, reply)
    }

    /// A patient sends a file, and its webhook never comes: only the list has it.
    pub fn lose_file(&self, from: &str, name: &str) {
        webhooks::lose_file(&self.running.state, from, name);
    }

    /// Takes the TwiML that a webhook answered to a message: what it says is sent to whoever wrote.
    pub fn take_answer(&self, reply: &PatientReply, twiml: &str) {
        webhooks::take_answer(&self.running.state, reply, twiml);
    }

    /// The parameters of the status callback that Twilio would post for a message of
    /// [`messages`](Self::messages); `None` if there is no such message. The list shows the new
    /// status too, unless the message has come further already.
    pub fn status_form(&self, sid: &str, status: &str, error_code: Option<u32>) -> Option<Vec<(String, String)>> {
        webhooks::status_form(&self.running.state, sid, status, error_code)
    }

    /// The `X-Twilio-Signature` of a webhook with these parameters to this URL.
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
type Templates = BTreeMap<String, String>;
