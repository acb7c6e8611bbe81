//! The state machine of an appointment: which role may take which action in which state and when, and
//! what the action changes.
//!
//! [`TRANSITIONS`] is the only definition. [`apply`] executes one request against it,
//! [`allowed_actions`] lists the actions that are possible now.

use crate::appointment::{Appointment, ConfirmationChannel, Status};
use crate::attention::AttentionKind;
use crate::text::Note;
use crate::time::{Instant, TimeDelta, Zone};
use serde::{Deserialize, Serialize};

/// An action on an appointment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Books the appointment. Not a transition, because there is no status before it.
    Create,
    Confirm,
    /// Withdraws the confirmation.
    Unconfirm,
    Cancel,
    /// The patient asks for another time; the current one is held for a while.
    RequestReschedule,
    /// A new appointment replaces this one.
    Reschedule,
    /// The patient keeps the current time after asking for another.
    Keep,
    /// The hold on the old time ran out before a new one was chosen.
    HoldExpired,
    Complete,
    NoShow,
    /// Turns `COMPLETED` into `NO_SHOW` or the reverse.
    Correct,
    /// Undoes a cancellation.
    Reopen,
    /// Takes back `COMPLETED` or `NO_SHOW`.
    Undo,
}

impl Action {
    pub const ALL: [Self; 13] = [
        Self::Create,
        Self::Confirm,
        Self::Unconfirm,
        Self::Cancel,
        Self::RequestReschedule,
        Self::Reschedule,
        Self::Keep,
        Self::HoldExpired,
        Self::Complete,
        Self::NoShow,
        Self::Correct,
        Self::Reopen,
        Self::Undo,
    ];
    /// The names of the actions that API clients can request.
    pub const NAMES: &'static [&'static str] = &[
        "confirm",
        "unconfirm",
        "cancel",
        "request_reschedule",
        "reschedule",
        "keep",
        "complete",
        "no_show",
        "correct",
        "reopen",
        "undo",
    ];

    /// The name that API clients see.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Confirm => "confirm",
            Self::Unconfirm => "unconfirm",
            Self::Cancel => "cancel",
            Self::RequestReschedule => "request_reschedule",
            Self::Reschedule => "reschedule",
            Self::Keep => "keep",
            Self::HoldExpired => "hold_expired",
            Self::Complete => "complete",
            Self::NoShow => "no_show",
            Self::Correct => "correct",
            Self::Reopen => "reopen",
            Self::Undo => "undo",
        }
    }

    /// Parses the name of an action that API clients can request.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.name() == name && Self::NAMES.contains(&name))
    }
}

/// The role in which an action is requested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ActorRole {
    /// The patient, through a message whose sender was verified.
    Patient,
    /// The reception desk.
    Operator,
    Admin,
    /// The scheduled job.
    System,
}

/// The state of an appointment in the state machine. It splits the status `RESCHEDULED`: an appointment
/// that waits for a new time allows actions, one that was already replaced doesn't.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LifecycleState {
    Pending,
    Confirmed,
    /// `RESCHEDULED`, not replaced yet.
    ToBeMoved,
    /// `RESCHEDULED` and replaced by another appointment.
    Moved,
    Cancelled,
    Completed,
    NoShow,
}

impl LifecycleState {
    pub const ALL: [Self; 7] =
        [Self::Pending, Self::Confirmed, Self::ToBeMoved, Self::Moved, Self::Cancelled, Self::Completed, Self::NoShow];

    #[must_use]
    pub fn of(appointment: &Appointment) -> Self {
        Self::new(appointment.status, appointment.rescheduled_to.is_some())
    }

    /// From a status, and whether another appointment has replaced this one.
    #[must_use]
    pub fn new(status: Status, is_replaced: bool) -> Self {
        match status {
            Status::Pending => Self::Pending,
            Status::Confirmed => Self::Confirmed,
            Status::Rescheduled if !is_replaced => Self::ToBeMoved,
            Status::Rescheduled => Self::Moved,
            Status::Cancelled => Self::Cancelled,
            Status::Completed => Self::Completed,
            Status::NoShow => Self::NoShow,
        }
    }
}

/// The time condition of a transition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeCondition {
    Always,
    /// From this many minutes before the start on.
    FromMinutesBeforeStart(i64),
    BeforeEnd,
    /// For operators within this many minutes of the last change of status; for other roles always.
    OperatorWithinMinutes(i64),
    /// The same, and only before the start.
    OperatorWithinMinutesBeforeStart(i64),
    /// Within this many minutes of the last change of status; for ADMINs also on the clinic's local day of that change.
    WithinMinutesOrAdminSameDay(i64),
    /// After the hold has expired.
    HoldRunOut,
}

/// What an action does to the agenda entries of the appointment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SlotEffect {
    /// Leaves them as they are.
    Keep,
    /// Removes them if they exist.
    Release,
    /// Adds them if they don't exist.
    Acquire,
}

/// The status that a transition leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    Status(Status),
    /// `CONFIRMED` or `PENDING`: what the appointment was before it became `COMPLETED` or `NO_SHOW`. A confirmation
    /// stays in `confirmed_at` until it is withdrawn, so that tells which.
    BeforeOutcome,
}

impl Target {
    #[must_use]
    pub fn status(self, appointment: &Appointment) -> Status {
        match self {
            Self::Status(status) => status,
            Self::BeforeOutcome if appointment.confirmed_at.is_some() => Status::Confirmed,
            Self::BeforeOutcome => Status::Pending,
        }
    }
}

/// One row of [`TRANSITIONS`].
#[derive(Debug, Clone, Copy)]
pub struct Transition {
    pub from: LifecycleState,
    pub action: Action,
    pub to: Target,
    pub roles: &'static [ActorRole],
    pub condition: TimeCondition,
    /// Whether users must give a reason. Patients and the system need none.
    pub reason_required: bool,
    pub slot_effect: SlotEffect,
    /// Whether the action changes nothing, so that no history entry is written.
    pub is_noop: bool,
    /// Whether patients may take the action although the appointment is stranded: nobody but staff promises a time that
    /// the clinic has closed.
    pub patients_if_stranded: bool,
}

const PATIENT_OR_STAFF: &[ActorRole] = &[ActorRole::Patient, ActorRole::Operator, ActorRole::Admin];
const EVERY_ROLE: &[ActorRole] = &[ActorRole::Patient, ActorRole::Operator, ActorRole::Admin, ActorRole::System];
const STAFF: &[ActorRole] = &[ActorRole::Operator, ActorRole::Admin];
const SYSTEM: &[ActorRole] = &[ActorRole::System];

const fn row(from: LifecycleState, action: Action, to: Status, roles: &'static [ActorRole]) -> Transition {
    let (condition, slot_effect, to) = (TimeCondition::Always, SlotEffect::Keep, Target::Status(to));
    let (reason_required, is_noop, patients_if_stranded) = (false, false, true);
    Transition { from, action, to, roles, condition, reason_required, slot_effect, is_noop, patients_if_stranded }
}

/// Every transition. At most one row exists for each state and action.
pub const TRANSITIONS: &[Transition] = &[
    confirm(LifecycleState::Pending),
    Transition { is_noop: true, ..confirm(LifecycleState::Confirmed) },
    row(LifecycleState::Confirmed, Action::Unconfirm, Status::Pending, STAFF),
    cancel(LifecycleState::Pending),
    cancel(LifecycleState::Confirmed),
    cancel(LifecycleState::ToBeMoved),
    request_reschedule(LifecycleState::Pending),
    request_reschedule(LifecycleState::Confirmed),
    reschedule(LifecycleState::Pending),
    reschedule(LifecycleState::Confirmed),
    reschedule(LifecycleState::ToBeMoved),
    Transition {
        slot_effect: SlotEffect::Acquire,
        patients_if_stranded: false,
        ..row(LifecycleState::ToBeMoved, Action::Keep, Status::Confirmed, PATIENT_OR_STAFF)
    },
    Transition {
        condition: TimeCondition::HoldRunOut,
        slot_effect: SlotEffect::Release,
        ..row(LifecycleState::ToBeMoved, Action::HoldExpired, Status::Rescheduled, SYSTEM)
    },
    complete(LifecycleState::Pending),
    complete(LifecycleState::Confirmed),
    no_show(LifecycleState::Pending),
    no_show(LifecycleState::Confirmed),
    correct(LifecycleState::NoShow, Status::Completed),
    correct(LifecycleState::Completed, Status::NoShow),
    Transition {
        condition: TimeCondition::OperatorWithinMinutesBeforeStart(30),
        slot_effect: SlotEffect::Acquire,
        ..row(LifecycleState::Cancelled, Action::Reopen, Status::Pending, STAFF)
    },
    undo(LifecycleState::Completed),
    undo(LifecycleState::NoShow),
];

const fn confirm(from: LifecycleState) -> Transition {
    Transition { patients_if_stranded: false, ..row(from, Action::Confirm, Status::Confirmed, PATIENT_OR_STAFF) }
}

const fn cancel(from: LifecycleState) -> Transition {
    Transition {
        reason_required: true,
        slot_effect: SlotEffect::Release,
        ..row(from, Action::Cancel, Status::Cancelled, EVERY_ROLE)
    }
}

const fn request_reschedule(from: LifecycleState) -> Transition {
    Transition {
        condition: TimeCondition::BeforeEnd,
        ..row(from, Action::RequestReschedule, Status::Rescheduled, PATIENT_OR_STAFF)
    }
}

const fn reschedule(from: LifecycleState) -> Transition {
    Transition {
        slot_effect: SlotEffect::Release,
        ..row(from, Action::Reschedule, Status::Rescheduled, PATIENT_OR_STAFF)
    }
}

const fn complete(from: LifecycleState) -> Transition {
    Transition {
        condition: TimeCondition::FromMinutesBeforeStart(60),
        ..row(from, Action::Complete, Status::Completed, STAFF)
    }
}

const fn no_show(from: LifecycleState) -> Transition {
    Transition {
        condition: TimeCondition::FromMinutesBeforeStart(0),
        ..row(from, Action::NoShow, Status::NoShow, STAFF)
    }
}

const fn correct(from: LifecycleState, to: Status) -> Transition {
    Transition {
        condition: TimeCondition::OperatorWithinMinutes(24 * 60),
        reason_required: true,
        ..row(from, Action::Correct, to, STAFF)
    }
}

const fn undo(from: LifecycleState) -> Transition {
    Transition {
        to: Target::BeforeOutcome,
        condition: TimeCondition::WithinMinutesOrAdminSameDay(30),
        ..row(from, Action::Undo, Status::Pending, STAFF)
    }
}

/// A request to take an action.
#[derive(Debug, Clone)]
pub struct ActionRequest {
    pub action: Action,
    pub role: ActorRole,
    pub now: Instant,
    pub reason: Option<Note<500>>,
    /// Until when the current time is held after [`Action::RequestReschedule`]: [`crate::due::hold_until`]. `None`
    /// releases it.
    pub hold_until: Option<Instant>,
}

/// The result of an action.
#[derive(Debug, Clone)]
pub struct Decision {
    /// The appointment after the action. Its version is incremented unless the action is a no-op.
    pub after: Appointment,
    pub slot_effect: SlotEffect,
    pub is_noop: bool,
}

/// Why an action was rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransitionError {
    /// [`TRANSITIONS`] has no row for this state and role.
    Illegal,
    /// The action would be possible at another time.
    WrongTime(WrongTime),
    /// The action needs a reason.
    ReasonMissing,
}

/// What a confirmation settles. The worklist keeps a stranded appointment until it is moved, cancelled or opened again.
const NOT_STRANDED: &[AttentionKind] =
    &[AttentionKind::RescheduleRequested, AttentionKind::MessageFailed, AttentionKind::MessageUnknown];

/// Why an action isn't possible at this time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WrongTime {
    TooEarly,
    TooLate,
}

impl WrongTime {
    /// The name that API clients see.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::TooEarly => "too_early",
            Self::TooLate => "too_late",
        }
    }
}

/// Executes `request` on `appointment`. The caller sets the link to a new appointment.
pub fn apply(appointment: &Appointment, request: &ActionRequest) -> Result<Decision, TransitionError> {
    let transition = transitions_for(appointment, request.role)
        .find(|transition| transition.action == request.action)
        .ok_or(TransitionError::Illegal)?;
    check_time(transition.condition, &appointment.into(), request.role, request.now)
        .map_err(TransitionError::WrongTime)?;
    let by_staff = matches!(request.role, ActorRole::Operator | ActorRole::Admin);
    if transition.reason_required && by_staff && request.reason.is_none() {
        return Err(TransitionError::ReasonMissing);
    }
    if transition.is_noop {
        return Ok(Decision { after: appointment.clone(), slot_effect: SlotEffect::Keep, is_noop: true });
    }
    let mut after = appointment.clone();
    after.status = transition.to.status(appointment);
    after.status_at = request.now;
    after.updated_at = request.now;
    after.version += 1;
    after.hold_until = None;
    match request.action {
        Action::Confirm | Action::Keep => {
            after.confirmed_at = Some(request.now);
            after.confirmed_via = Some(if request.role == ActorRole::Patient {
                ConfirmationChannel::Whatsapp
            } else {
                ConfirmationChannel::Operator
            });
            after.settle(NOT_STRANDED);
        }
        Action::Unconfirm => {
            after.confirmed_at = None;
            after.confirmed_via = None;
        }
        Action::Cancel => {
            after.cancel_reason = request.reason.clone();
            after.settle_all();
            after.stranded = false;
        }
        Action::Reopen => {
            after.cancel_reason = None;
            after.confirmed_at = None;
            after.confirmed_via = None;
        }
        Action::RequestReschedule => {
            after.hold_until = request.hold_until;
            after.need_attention(AttentionKind::RescheduleRequested, request.now);
        }
        Action::Reschedule => {
            after.settle_all();
            after.stranded = false;
        }
        Action::HoldExpired => {
            after.settle(&[AttentionKind::Stranded]);
            after.need_attention(AttentionKind::RescheduleRequested, request.now);
            // It takes no time any more. To be kept it needs availability again.
            after.stranded = false;
        }
        Action::Complete | Action::NoShow => after.settle_all(),
        Action::Undo if after.stranded => after.need_attention(AttentionKind::Stranded, request.now),
        Action::Undo | Action::Create | Action::Correct => {}
    }
    let is_released = request.action == Action::RequestReschedule && request.hold_until.is_none();
    let slot_effect = if is_released { SlotEffect::Release } else { transition.slot_effect };
    Ok(Decision { after, slot_effect, is_noop: false })
}

/// The times on which the conditions of transitions depend.
#[derive(Debug, Clone, Copy)]
pub struct LifecycleTimes {
    pub start: Instant,
    pub end: Instant,
    /// When the status last changed.
    pub status_at: Instant,
    pub hold_until: Option<Instant>,
    /// The clinic's time zone.
    pub zone: Zone,
}

impl From<&Appointment> for LifecycleTimes {
    fn from(appointment: &Appointment) -> Self {
        let Appointment { start, end, status_at, hold_until, zone, .. } = *appointment;
        Self { start, end, status_at, hold_until, zone }
    }
}

/// The actions that `role` may take at `now`.
#[must_use]
pub fn allowed_actions(appointment: &Appointment, by: ActorRole, now: Instant) -> Vec<Action> {
    let times = LifecycleTimes::from(appointment);
    transitions_for(appointment, by)
        .filter(|transition| check_time(transition.condition, &times, by, now).is_ok())
        .map(|transition| transition.action)
        .collect()
}

/// The same for a client of the API, which has no whole appointment; not for patients, whose actions depend on more.
#[must_use]
pub fn actions_allowed_in(state: LifecycleState, times: &LifecycleTimes, by: ActorRole, now: Instant) -> Vec<Action> {
    let rows = TRANSITIONS.iter().filter(|row| row.from == state && row.roles.contains(&by));
    rows.filter(|row| check_time(row.condition, times, by, now).is_ok()).map(|row| row.action).collect()
}

/// The transitions that `by` may take from the state of the appointment, at whatever time.
fn transitions_for(appointment: &Appointment, by: ActorRole) -> impl Iterator<Item = &'static Transition> {
    let state = LifecycleState::of(appointment);
    TRANSITIONS.iter().filter(move |transition| {
        transition.from == state
            && transition.roles.contains(&by)
            && (by != ActorRole::Patient || transition.patients_if_stranded || !appointment.stranded)
    })
}

fn check_time(condition: TimeCondition, times: &LifecycleTimes, by: ActorRole, now: Instant) -> Result<(), WrongTime> {
    let before_start = now < times.start;
    // After the start, a patient's message changes nothing.
    if by == ActorRole::Patient && !before_start {
        return Err(WrongTime::TooLate);
    }
    let within = |minutes| by != ActorRole::Operator || now.since(times.status_at) <= TimeDelta::minutes(minutes);
    let (in_time, otherwise) = match condition {
        TimeCondition::Always => (true, WrongTime::TooLate),
        TimeCondition::FromMinutesBeforeStart(minutes) => {
            (now >= times.start.plus(-TimeDelta::minutes(minutes)), WrongTime::TooEarly)
        }
        TimeCondition::BeforeEnd => (now < times.end, WrongTime::TooLate),
        TimeCondition::OperatorWithinMinutes(minutes) => (within(minutes), WrongTime::TooLate),
        TimeCondition::OperatorWithinMinutesBeforeStart(minutes) => {
            (within(minutes) && before_start, WrongTime::TooLate)
        }
        TimeCondition::WithinMinutesOrAdminSameDay(minutes) => {
            let day = |instant| times.zone.date(instant);
            let in_time = now.since(times.status_at) <= TimeDelta::minutes(minutes)
                || (by == ActorRole::Admin && day(now) == day(times.status_at));
            (in_time, WrongTime::TooLate)
        }
        TimeCondition::HoldRunOut => (times.hold_until.is_some_and(|until| until <= now), WrongTime::TooEarly),
    };
    if in_time { Ok(()) } else { Err(otherwise) }
}

#[cfg(test)]
#[path = "lifecycle_tests.rs"]
mod tests;
