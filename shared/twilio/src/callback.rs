//! What became of a message we sent? [`StatusCallback`] names the parameters that matter of a status
//! callback. Callbacks come in any order, more than once, or before the answer to the send itself;
//! [`MessageStatus::supersedes`] says which of two counts.

use std::fmt;

use crate::form::{Form, non_empty};
use crate::sid;
use crate::status::MessageStatus;

/// One report on one message.
#[derive(Clone, PartialEq, Eq)]
pub struct StatusCallback {
    /// The message.
    pub message_sid: String,
    /// Its account.
    pub account_sid: String,
    /// How far it has come.
    pub status: MessageStatus,
    /// Why it failed; [`errors::classify`](crate::errors::classify) says what to do about it.
    pub error_code: Option<u32>,
    /// The receiver, as [`NewMessage::to`](crate::NewMessage::to) had it.
    pub to: Option<String>,
    /// Our sender.
    pub from: Option<String>,
    /// The receiver's id that stays the same with or without a number.
    pub external_user_id: Option<String>,
}

/// Why a form is no status callback.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallbackError {
    /// A parameter that every callback has is absent or empty.
    #[error("the status callback has no {0}")]
    Missing(&'static str),
    /// An id that could not be stored: not 1 to 64 ASCII letters and digits.
    #[error("the status callback has a malformed {0}")]
    Malformed(&'static str),
}

impl StatusCallback {
    /// Reads the parameters of a status callback. `SmsStatus`, its older name, stands in for
    /// `MessageStatus`; an error code that is no number is dropped, since the status tells more.
    ///
    /// # Errors
    /// `MessageSid`, `AccountSid` or the status is missing, or an id is malformed.
    pub fn from_form(form: &Form) -> Result<Self, CallbackError> {
        let status = non_empty(form, "MessageStatus").or_else(|| non_empty(form, "SmsStatus"));
        Ok(Self {
            message_sid: id(form, "MessageSid")?,
            account_sid: id(form, "AccountSid")?,
            status: status.map(MessageStatus::from).ok_or(CallbackError::Missing("MessageStatus"))?,
            error_code: non_empty(form, "ErrorCode").and_then(|code| code.parse().ok()),
            to: non_empty(form, "To"),
            from: non_empty(form, "From"),
            external_user_id: non_empty(form, "ExternalUserId"),
        })
    }
}

fn id(form: &Form, name: &'static str) -> Result<String, CallbackError> {
    let text = non_empty(form, name).ok_or(CallbackError::Missing(name))?;
    if sid::is_storable(&text) { Ok(text) } else { Err(CallbackError::Malformed(name)) }
}

/// Shows the message's id and state, and nothing that says who received it.
impl fmt::Debug for StatusCallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StatusCallback")
            .field("message_sid", &self.message_sid)
            .field("status", &self.status)
            .field("error_code", &self.error_code)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
