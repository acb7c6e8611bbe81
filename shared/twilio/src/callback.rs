//! Parses status callbacks, which report the delivery of a message. They arrive in any order, more than once, or before
//! the response to the send itself; [`MessageStatus::supersedes`] decides between two reports.

use std::fmt;

use crate::form::{Form, non_empty};
use crate::sid;
use crate::status::MessageStatus;

#[derive(Clone, PartialEq, Eq)]
pub struct StatusCallback {
    pub message_sid: String,
    pub account_sid: String,
    pub status: MessageStatus,
    /// Classified by [`errors::classify`](crate::errors::classify).
    pub error_code: Option<u32>,
    /// The recipient, as in [`NewMessage::to`](crate::NewMessage::to).
    pub to: Option<String>,
    /// Our sender.
    pub from: Option<String>,
    /// The recipient's id, which is the same with a visible and a hidden number.
    pub external_user_id: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallbackError {
    /// A required parameter is absent or empty.
    #[error("the status callback has no {0}")]
    Missing(&'static str),
    /// An id isn't 1 to 64 ASCII letters and digits.
    #[error("the status callback has a malformed {0}")]
    Malformed(&'static str),
}

impl StatusCallback {
    /// `SmsStatus`, the older name, is read if `MessageStatus` is absent. An error code that isn't a number is ignored,
    /// because the status is more important.
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

/// Shows the message's id and status, and nothing of the recipient.
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
