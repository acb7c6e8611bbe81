//! The failures that are planned for the next sends: [`FailMode`].

use serde::{Deserialize, Serialize};

/// The result of a send. The JSON names are those of the local server's `/_dev/twilio/fail/`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailMode {
    /// No failure.
    #[default]
    None,
    /// The message is stored, then the connection closes without a response.
    TimeoutAfterAccept,
    /// The connection closes without a response, and the message is not stored.
    TimeoutBeforeAccept,
    /// HTTP 500; the message is not stored, which the client can't know.
    #[serde(rename = "500")]
    ServerError,
    /// HTTP 429; the message is not stored.
    #[serde(rename = "429")]
    TooManyRequests,
    /// HTTP 400 with the error code as the reason.
    #[serde(rename = "400")]
    Refused,
}

/// The failures that are left.
#[derive(Default)]
pub(super) struct PendingFailures {
    mode: FailMode,
    code: Option<u32>,
    left: u32,
}

impl PendingFailures {
    pub(super) fn set(&mut self, mode: FailMode, code: Option<u32>, times: u32) {
        *self = Self { mode, code, left: times };
    }

    /// Takes the mode of the next send and its code, if one was set.
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
