//! Why something is refused. Each has a stable code, which `web` turns into a problem.

use crate::support::ports::NoSecret;
use domain::appointment::Status;
use domain::ids::AppointmentId;
use domain::lifecycle::Action;
use domain::time::{Instant, Zone};
use domain::violation::{Rule, Violations};
use store::ReadError;

/// A refusal.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The input breaks rules.
    #[error("the input breaks {} rules", .0.iter().count())]
    Validation(Violations),
    /// A cursor that isn't ours, or isn't any more.
    #[error("the cursor is not valid")]
    InvalidCursor,
    /// Nobody is signed in.
    #[error("not signed in")]
    NotAuthenticated,
    /// E-mail address or password are wrong, or the user is disabled.
    #[error("the credentials are not valid")]
    InvalidCredentials,
    /// The password is right, and a second factor is needed besides.
    #[error("a second factor is needed")]
    OtpRequired,
    /// The access token has run out.
    #[error("the token has expired")]
    TokenExpired,
    /// The role doesn't allow it.
    #[error("the role does not allow it")]
    PermissionDenied,
    /// There is no such thing, or not for this caller.
    #[error("there is no such thing")]
    NotFound,
    /// Somebody else has this value.
    #[error("the value of {field} is taken")]
    AlreadyExists {
        /// The field.
        field: &'static str,
    },
    /// Time is taken.
    #[error("the time is taken")]
    SlotTaken(Vec<Conflict>),
    /// The doctor isn't there then.
    #[error("outside the doctor's availability")]
    OutsideAvailability,
    /// Not from this status, by this person, now.
    #[error("{action} is not possible from {}", .from.name())]
    IllegalTransition {
        /// From where.
        from: Status,
        /// What.
        action: &'static str,
        /// What would be.
        allowed: Vec<Action>,
    },
    /// Something depends on it.
    #[error("it is in use")]
    InUse(Vec<Usage>),
    /// The message has been sent.
    #[error("the message has been sent")]
    AlreadySent,
    /// It has changed since the client read it.
    #[error("it has changed")]
    PreconditionFailed,
    /// The same key with another body.
    #[error("the idempotency key was used for another request")]
    IdempotencyMismatch,
    /// Too many tries.
    #[error("too many tries")]
    Throttled {
        /// Seconds to wait.
        retry_after: u64,
    },
    /// The table is contended or doesn't answer; the request may be repeated.
    #[error("busy: {0}")]
    Busy(String),
    /// A defect, or something outside is broken. The text is for the operator.
    #[error("internal: {0}")]
    Internal(String),
}

/// Something that takes the time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// `doctor`, `room` or `patient`.
    pub resource: &'static str,
    /// From when.
    pub start: Instant,
    /// Until when.
    pub end: Instant,
    /// The clock to show them by.
    pub zone: Zone,
}

/// An appointment that depends on something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usage {
    /// Which.
    pub appointment: AppointmentId,
    /// From when.
    pub start: Instant,
    /// Until when.
    pub end: Instant,
    /// The clinic's clock.
    pub zone: Zone,
    /// Where it stands.
    pub status: Status,
}

impl AppError {
    /// One field that breaks one rule.
    #[must_use]
    pub fn invalid(field: &str, rule: Rule) -> Self {
        Self::Validation(Violations::of(field, rule))
    }
}

impl From<Violations> for AppError {
    fn from(violations: Violations) -> Self {
        Self::Validation(violations)
    }
}

impl From<ReadError> for AppError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Throttled | ReadError::Unavailable { .. } => Self::Busy(error.to_string()),
            ReadError::Unreadable { .. } => Self::Internal(error.to_string()),
        }
    }
}

impl From<NoSecret> for AppError {
    fn from(error: NoSecret) -> Self {
        Self::Internal(error.to_string())
    }
}
