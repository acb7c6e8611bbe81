//! The POST failed: may it be sent again? [`SendError`] is the answer, in three classes.
//!
//! Twilio has no idempotency key for messages, so a second POST is a second message. Only where the
//! first certainly had no effect ([`SendError::NotAccepted`]) may the caller simply try again. After
//! [`SendError::Unknown`] only a status callback or a look-up
//! ([`Client::list_messages`](crate::Client::list_messages)) can tell.

use std::fmt;

use crate::errors::{self, ErrorClass};
use crate::response::BodyError;

/// Why [`Client::create_message`](crate::Client::create_message) has no message to show. Holds
/// codes and statuses only, never a number or a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// There certainly is no message; the same one may be sent again after a pause.
    #[error("Twilio has not accepted the message: {cause}")]
    NotAccepted {
        /// How we know.
        cause: NotAcceptedCause,
    },
    /// There is no message, and the same one would be refused again.
    #[error("Twilio refused the message: HTTP {status}, {}", Reason(*code))]
    Rejected {
        /// The HTTP status, 400 to 499.
        status: u16,
        /// Twilio's error code, if it gave one.
        code: Option<u32>,
        /// What to do about it; [`ErrorClass::Configuration`] where there is no code.
        class: ErrorClass,
    },
    /// There may be a message. **Never send it again blindly.**
    #[error("whether Twilio accepted the message is unknown: {cause}")]
    Unknown {
        /// What went wrong.
        cause: UnknownCause,
    },
}

/// How we know that a message was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAcceptedCause {
    /// The request could not even be made here.
    #[error("the request could not be made")]
    NotSent,
    /// No connection: name look-up, TCP or TLS failed before anything was written.
    #[error("no connection")]
    NoConnection,
    /// HTTP 429, which Twilio doesn't process: too many requests at once (20429), or the limit that
    /// the code names.
    #[error("too many requests, {}", Reason(*code))]
    TooManyRequests {
        /// Twilio's error code, if it gave one.
        code: Option<u32>,
    },
    /// The sender's queue is full (21611): wait for minutes.
    #[error("the sender's queue is full")]
    QueueFull,
}

/// What leaves the outcome of a send open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnknownCause {
    /// No answer in time, although there was a connection.
    #[error("no answer in time")]
    Timeout,
    /// The connection ended before the answer did.
    #[error("the connection was lost")]
    ConnectionLost,
    /// Neither success nor refusal: a server error, a redirect, or a refusal whose code says that
    /// Twilio itself failed.
    #[error("HTTP {status}, {}", Reason(*code))]
    Server {
        /// The HTTP status.
        status: u16,
        /// Twilio's error code, if it gave one.
        code: Option<u32>,
    },
    /// Success, but the answer doesn't name the message.
    #[error("HTTP {status} with an unreadable body")]
    Unreadable {
        /// The HTTP status, 200 to 299.
        status: u16,
    },
}

impl SendError {
    /// Twilio's error code, if it gave one.
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

    /// A stable word for logs and metrics: `not_accepted`, `rejected` or `unknown`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::NotAccepted { .. } => "not_accepted",
            Self::Rejected { .. } => "rejected",
            Self::Unknown { .. } => "unknown",
        }
    }

    /// What to do about it. A [`NotAccepted`](Self::NotAccepted) is [`ErrorClass::Retry`], or
    /// [`ErrorClass::Temporary`] where the code names a limit that takes hours to clear.
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

    /// What a failed request says. reqwest knows whether it failed while connecting; from the
    /// first written byte on, anything may have happened.
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

    /// What a body that broke off says, after a status of 200 to 299.
    pub(crate) fn from_body(error: &BodyError, status: u16) -> Self {
        Self::unknown(match error {
            BodyError::Timeout => UnknownCause::Timeout,
            BodyError::Lost => UnknownCause::ConnectionLost,
            BodyError::TooLong => UnknownCause::Unreadable { status },
        })
    }

    /// What an answer outside 200 to 299 says. A 408 comes from something in between that waited
    /// in vain for bytes, so it proves nothing.
    pub(crate) fn from_answer(status: u16, code: Option<u32>) -> Self {
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

/// An optional code with its meaning, for the texts above.
pub(crate) struct Reason(pub(crate) Option<u32>);

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(code) => write!(f, "code {code} ({})", errors::meaning(code)),
            None => f.write_str("no code"),
        }
    }
}

#[cfg(test)]
mod tests;
