//! Errors of a send, in three classes that decide whether it may be repeated: [`SendError`].
//!
//! Twilio has no idempotency key for messages, so a second POST is a second message. Only if the first certainly had no
//! effect ([`SendError::NotAccepted`]) may the caller retry. After [`SendError::Unknown`] only a status callback or a
//! look-up
//! ([`TwilioClient::list_messages`](crate::TwilioClient::list_messages)) resolves the outcome.

use std::fmt;

use crate::errors::{self, ErrorClass};
use crate::response::BodyError;

/// Contains codes and statuses only, never a number or a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The message was certainly not accepted; it may be sent again after a pause.
    #[error("Twilio has not accepted the message: {cause}")]
    NotAccepted { cause: NotAcceptedCause },
    /// The message was rejected, and would be rejected again.
    #[error("Twilio refused the message: HTTP {status}, {}", SendErrorReason(*code))]
    Rejected {
        /// The HTTP status, 400 to 499.
        status: u16,
        code: Option<u32>,
        /// [`ErrorClass::Configuration`] without a code.
        class: ErrorClass,
    },
    /// The message may have been accepted. **Never send it again without a look-up.**
    #[error("whether Twilio accepted the message is unknown: {cause}")]
    Unknown { cause: UnknownCause },
}

/// Why a message was certainly not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAcceptedCause {
    #[error("the request could not be made")]
    NotSent,
    /// DNS, TCP or TLS failed before anything was written.
    #[error("no connection")]
    NoConnection,
    /// HTTP 429, which Twilio doesn't process: too many requests at once (20429), or the limit of another code.
    #[error("too many requests, {}", SendErrorReason(*code))]
    TooManyRequests { code: Option<u32> },
    /// The sender's queue is full (21611): retry after minutes.
    #[error("the sender's queue is full")]
    QueueFull,
}

/// Why the outcome of a send is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnknownCause {
    /// No response in time after the connection was made.
    #[error("no answer in time")]
    Timeout,
    /// The connection was closed before the response was complete.
    #[error("the connection was lost")]
    ConnectionLost,
    /// Neither success nor rejection: a server error, a redirect, or a 4xx whose code is an error of Twilio.
    #[error("HTTP {status}, {}", SendErrorReason(*code))]
    Server { status: u16, code: Option<u32> },
    /// Success, but the response has no message id.
    #[error("HTTP {status} with an unreadable body")]
    Unreadable {
        /// The HTTP status, 200 to 299.
        status: u16,
    },
}

impl SendError {
    /// Twilio's error code, if it gave one.
    #[must_use]
    pub fn code(&self) -> Option<u32> {
        match self {
            Self::NotAccepted { cause } => match cause {
                NotAcceptedCause::NotSent | NotAcceptedCause::NoConnection => None,
                NotAcceptedCause::TooManyRequests { code } => *code,
                NotAcceptedCause::QueueFull => Some(QUEUE_FULL),
            },
            Self::Rejected { code, .. } => *code,
            Self::Unknown { cause } => match cause {
                UnknownCause::Server { code, .. } => *code,
                _ => None,
            },
        }
    }

    /// For logs and metrics: `not_accepted`, `rejected` or `unknown`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::NotAccepted { .. } => "not_accepted",
            Self::Rejected { .. } => "rejected",
            Self::Unknown { .. } => "unknown",
        }
    }

    /// A [`NotAccepted`](Self::NotAccepted) is [`ErrorClass::Retry`], or [`ErrorClass::Temporary`] for a limit that is
    /// reset after hours.
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::NotAccepted { .. } => match self.code().map(errors::classify) {
                Some(ErrorClass::Temporary) => ErrorClass::Temporary,
                _ => ErrorClass::Retry,
            },
            Self::Rejected { class, .. } => *class,
            Self::Unknown { .. } => ErrorClass::Unknown,
        }
    }

    /// Of a failed request. reqwest knows whether it failed while connecting; after that the outcome is unknown.
    pub(crate) fn from_transport(error: &reqwest::Error) -> Self {
        if error.is_builder() {
            Self::not_accepted(NotAcceptedCause::NotSent)
        } else if error.is_connect() {
            Self::not_accepted(NotAcceptedCause::NoConnection)
        } else if error.is_timeout() {
            Self::unknown(UnknownCause::Timeout)
        } else {
            Self::unknown(UnknownCause::ConnectionLost)
        }
    }

    /// Of an incomplete body, after a status of 200 to 299.
    pub(crate) fn from_body(error: &BodyError, status: u16) -> Self {
        Self::unknown(match error {
            BodyError::Timeout => UnknownCause::Timeout,
            BodyError::Lost => UnknownCause::ConnectionLost,
            BodyError::TooLong => UnknownCause::Unreadable { status },
        })
    }

    /// Of a status outside 200 to 299. A 408 may come from a proxy that waited for the request, so the outcome is unknown.
    pub(crate) fn from_status(status: u16, code: Option<u32>) -> Self {
        let class = code.map_or(ErrorClass::Configuration, errors::classify);
        match (status, code) {
            (429, _) | (400..=499, Some(TOO_MANY_REQUESTS)) => {
                Self::not_accepted(NotAcceptedCause::TooManyRequests { code })
            }
            (400..=499, Some(QUEUE_FULL)) => Self::not_accepted(NotAcceptedCause::QueueFull),
            (400..=499, _) if status != 408 && class != ErrorClass::Unknown => Self::Rejected { status, code, class },
            _ => Self::unknown(UnknownCause::Server { status, code }),
        }
    }

    pub(crate) fn not_accepted(cause: NotAcceptedCause) -> Self {
        Self::NotAccepted { cause }
    }

    pub(crate) fn unknown(cause: UnknownCause) -> Self {
        Self::Unknown { cause }
    }
}

const TOO_MANY_REQUESTS: u32 = 20429;
const QUEUE_FULL: u32 = 21611;

/// Formats an optional code with its meaning, for the error texts.
pub(crate) struct SendErrorReason(pub(crate) Option<u32>);

impl fmt::Display for SendErrorReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(code) => write!(f, "code {code} ({})", errors::meaning(code)),
            None => f.write_str("no code"),
        }
    }
}

#[cfg(test)]
mod tests;
