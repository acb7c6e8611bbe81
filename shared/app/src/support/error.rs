//! The errors of use cases. `web` maps each to a problem with a stable code.

use crate::support::dependents::{AffectedAppointments, Dependents, Existing};
use crate::support::ports::SecretError;
use domain::appointment::Status;
use domain::availability::OutsideCause;
use domain::ids::{AppointmentId, DoctorId, RoomId};
use domain::lifecycle::{Action, WrongTime};
use domain::name::Name;
use domain::time::{Instant, Zone};
use domain::violation::{Rule, Violations};
use store::{ReadError, UnreadableRow};

#[derive(Debug, thiserror::Error)]
pub enum AppError {
    #[error("the input breaks {} rules", .0.iter().count())]
    Validation(Violations),
    /// The cursor was not issued by this deployment, or its key has been rotated out.
    #[error("the cursor is not valid")]
    InvalidCursor,
    #[error("not signed in")]
    NotAuthenticated,
    /// The e-mail address or the password is wrong, or the user is disabled.
    #[error("the credentials are not valid")]
    InvalidCredentials,
    /// The password is correct, and a second factor is required.
    #[error("a second factor is needed")]
    OtpRequired,
    #[error("the token has expired")]
    TokenExpired,
    #[error("the role does not allow it")]
    PermissionDenied,
    /// The record doesn't exist, or the caller may not see it.
    #[error("not found")]
    NotFound,
    /// Another record has this unique value or this time.
    #[error("the value of {field} is taken")]
    AlreadyExists { field: &'static str, existing: Existing },
    #[error("the slot is taken")]
    SlotTaken { conflicts: Vec<Conflict>, offers: Vec<Offer> },
    #[error("outside the doctor's availability")]
    OutsideAvailability {
        /// `None` where it isn't known.
        cause: Option<OutsideCause>,
        offers: Vec<Offer>,
    },
    /// The clinic allows no more overbooked appointments of the doctor on that day.
    #[error("{used} of {limit} overbooked appointments")]
    OverbookLimit { limit: u32, used: u64 },
    /// The action is not possible from this status, for this role, at this time.
    #[error("{action} is not possible from {}", .from.name())]
    IllegalTransition {
        from: Status,
        action: &'static str,
        /// The actions that are possible instead.
        allowed: Vec<Action>,
        /// Where the action would be possible at another time.
        cause: Option<WrongTime>,
    },
    /// Upcoming appointments, windows, rules or doctors depend on the record.
    #[error("the record is in use")]
    InUse(Box<Dependents>),
    /// Not a failure: the request asked what a change would affect, so it ends before anything is written.
    #[error("a dry run")]
    DryRun(AffectedAppointments),
    #[error("the message has been sent")]
    AlreadySent,
    /// The record has changed since the client read it.
    #[error("the record has changed")]
    PreconditionFailed,
    #[error("the idempotency key was used for another request")]
    IdempotencyMismatch,
    /// A file of a message that isn't passed on.
    #[error("the file is not passed on")]
    MediaRefused(MediaRefusal),
    #[error("too many attempts")]
    Throttled {
        /// Seconds.
        retry_after: u64,
    },
    /// The table is contended or unavailable; the client may repeat the request.
    #[error("busy: {0}")]
    Busy(String),
    /// A row was written by a build that knows more, or is damaged.
    #[error(transparent)]
    Unreadable(UnreadableRow),
    /// A defect, or a failure of another service. The text is for the log.
    #[error("internal: {0}")]
    Internal(String),
}

/// Why a file of a message isn't passed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaRefusal {
    /// It is no picture, voice note or PDF.
    Type,
    /// It doesn't fit into a response.
    TooLong,
}

/// An existing appointment that occupies the requested slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// `doctor`, `room` or `patient`.
    pub resource: &'static str,
    pub start: Instant,
    pub end: Instant,
    /// Time zone in which `start` and `end` are displayed.
    pub zone: Zone,
    /// The appointment of the agenda. It is shown only with the name.
    pub appointment: Option<AppointmentId>,
    /// The name of its patient, where the caller may see the appointment.
    pub patient_name: Option<Name>,
}

/// A free slot that is offered instead of a time that can't be booked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    pub doctor: DoctorId,
    pub doctor_name: Name,
    pub room: RoomId,
    pub room_name: Name,
    pub start: Instant,
    pub end: Instant,
    /// Time zone in which `start` and `end` are displayed.
    pub zone: Zone,
}

impl AppError {
    #[must_use]
    pub fn invalid(field: &str, rule: Rule) -> Self {
        Self::Validation(Violations::of(field, rule))
    }

    /// A time outside of the doctor's availability, without offers.
    #[must_use]
    pub fn outside(cause: OutsideCause) -> Self {
        Self::OutsideAvailability { cause: Some(cause), offers: Vec::new() }
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
            ReadError::Unreadable(row) => Self::Unreadable(row),
        }
    }
}

impl From<SecretError> for AppError {
    fn from(error: SecretError) -> Self {
        Self::Internal(error.to_string())
    }
}
