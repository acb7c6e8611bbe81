//! How does the fake fail? As Twilio would, for the next few sends: [`FailMode`].

use serde::{Deserialize, Serialize};

/// What happens to a send. The names in JSON are those of the local server's `/_dev/twilio/fail/`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailMode {
    /// Nothing out of the ordinary.
    #[default]
    None,
    /// The message is kept, then the connection closes without an answer.
    TimeoutAfterAccept,
    /// The connection closes without an answer, and the message is not kept.
    TimeoutBeforeAccept,
    /// HTTP 500; the message is not kept, but who sent it can't know.
    #[serde(rename = "500")]
    ServerError,
    /// HTTP 429: too many requests, not processed.
    #[serde(rename = "429")]
    TooManyRequests,
    /// HTTP 400: refused, for the reason that the code gives.
    #[serde(rename = "400")]
    Refused,
}

/// The failures still to come.
#[derive(Default)]
pub(super) struct Fault {
    mode: FailMode,
    code: Option<u32>,
    left: u32,
}

impl Fault {
    pub(super) fn set(&mut self, mode: FailMode, code: Option<u32>, times: u32) {
        *self = Self { mode, code, left: times };
    }

    /// The mode of this send and its code, if one was asked for; counts down.
    pub(super) fn next(&mut self) -> (FailMode, Option<u32>) {
        match self.left.checked_sub(1) {
            Some(left) => {
                self.left = left;
                (self.mode, self.code)
            }
            None => (FailMode::None, None),
        }
    }
}
