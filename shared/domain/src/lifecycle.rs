//! The life of an appointment as one table: who may do what from where, when, and what follows.
//!
//! [`TRANSITIONS`] is the only place that knows it. [`apply`] reads it for one request,
//! [`allowed`] lists what could be done instead.

use crate::appointment::{Appointment, Status, Via};
use crate::text::Note;
use crate::time::{Instant, TimeDelta};
use serde::{Deserialize, Serialize};

/// What can be done to an appointment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Book it. Not a transition: it has no status before.
    Create,
    /// The patient will come.
    Confirm,
    /// Take the confirmation back.
    Unconfirm,
    /// The appointment won't take place.
    Cancel,
    /// The patient wants another time.
    RequestReschedule,
    /// Another time was found.
    Reschedule,
    /// The patient comes after all.
    Keep,
    /// Nobody found another time while the old one was held.
    HoldExpired,
    /// The patient was seen.
    Complete,
    /// The patient didn't come.
    NoShow,
    /// It was the other of the two.
    Correct,
    /// It wasn't to be cancelled.
    Reopen,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 12] = [
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
    ];
    /// The names of those that can be posted.
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
    ];

    /// The name, as clients see it.
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
        }
    }

    /// Reads the name of an action that can be posted.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.name() == name && Self::NAMES.contains(&name))
    }
}

/// Who asks for an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum By {
    /// The patient, through a verified message.
    Patient,
    /// The reception desk.
    Operator,
    /// An administrator.
    Admin,
    /// The scheduled job.
    System,
}

/// Where an appointment stands, as far as the table cares: an appointment to be moved and one that was
/// moved are both `RESCHEDULED`, but nothing can be done to the latter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// `PENDING`.
    Pending,
    /// `CONFIRMED`.
    Confirmed,
    /// `RESCHEDULED`, not yet to another appointment.
    ToBeMoved,
    /// `RESCHEDULED` to another appointment.
    Moved,
    /// `CANCELLED`.
    Cancelled,
    /// `COMPLETED`.
    Completed,
    /// `NO_SHOW`.
    NoShow,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 7] =
        [Self::Pending, Self::Confirmed, Self::ToBeMoved, Self::Moved, Self::Cancelled, Self::Completed, Self::NoShow];

    /// The state of an appointment.
    #[must_use]
    pub fn of(appointment: &Appointment) -> Self {
        match appointment.status {
            Status::Pending => Self::Pending,
            Status::Confirmed => Self::Confirmed,
            Status::Rescheduled if appointment.rescheduled_to.is_none() => Self::ToBeMoved,
            Status::Rescheduled => Self::Moved,
            Status::Cancelled => Self::Cancelled,
            Status::Completed => Self::Completed,
            Status::NoShow => Self::NoShow,
        }
    }
}

/// When an action is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Always.
    Always,
    /// From this many minutes before the start.
    FromMinutesBeforeStart(i64),
    /// An operator within this many minutes of the last change of status, an admin always.
    OperatorWithinMinutes(i64),
    /// The same, and before the start.
    OperatorWithinMinutesBeforeStart(i64),
    /// Once the hold has run out.
    HoldRunOut,
}

/// What an action does to the time that the appointment takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Time {
    /// Nothing: it stays taken, or free.
    Unchanged,
    /// It is freed, if it was taken.
    Freed,
    /// It has to be taken, if it isn't.
    Taken,
}

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Transition {
    /// From here …
    pub from: State,
    /// … by this …
    pub action: Action,
    /// … to here.
    pub to: Status,
    /// Who may.
    pub by: &'static [By],
    /// When.
    pub when: When,
    /// Whether users have to say why.
    pub reason: bool,
    /// What becomes of the appointment's time.
    pub time: Time,
    /// Whether the action changes nothing, so that it leaves no trace in the history.
    pub idle: bool,
}

const ANYONE: &[By] = &[By::Patient, By::Operator, By::Admin];
const ANYONE_OR_SYSTEM: &[By] = &[By::Patient, By::Operator, By::Admin, By::System];
const STAFF: &[By] = &[By::Operator, By::Admin];
const SYSTEM: &[By] = &[By::System];

const fn row(from: State, action: Action, to: Status, by: &'static [By]) -> Transition {
    Transition { from, action, to, by, when: When::Always, reason: false, time: Time::Unchanged, idle: false }
}

/// The table.
pub const TRANSITIONS: &[Transition] = &[
    row(State::Pending, Action::Confirm, Status::Confirmed, ANYONE),
    Transition { idle: true, ..row(State::Confirmed, Action::Confirm, Status::Confirmed, ANYONE) },
    row(State::Confirmed, Action::Unconfirm, Status::Pending, STAFF),
    cancel(State::Pending),
    cancel(State::Confirmed),
    cancel(State::ToBeMoved),
    row(State::Pending, Action::RequestReschedule, Status::Rescheduled, ANYONE),
    row(State::Confirmed, Action::RequestReschedule, Status::Rescheduled, ANYONE),
    reschedule(State::Pending),
    reschedule(State::Confirmed),
    reschedule(State::ToBeMoved),
    Transition { time: Time::Taken, ..row(State::ToBeMoved, Action::Keep, Status::Confirmed, ANYONE) },
    Transition {
        when: When::HoldRunOut,
        time: Time::Freed,
        ..row(State::ToBeMoved, Action::HoldExpired, Status::Rescheduled, SYSTEM)
    },
    complete(State::Pending),
    complete(State::Confirmed),
    no_show(State::Pending),
    no_show(State::Confirmed),
    correct(State::NoShow, Status::Completed),
    correct(State::Completed, Status::NoShow),
    Transition {
        when: When::OperatorWithinMinutesBeforeStart(30),
        time: Time::Taken,
        ..row(State::Cancelled, Action::Reopen, Status::Pending, STAFF)
    },
];

const fn cancel(from: State) -> Transition {
    Transition { reason: true, time: Time::Freed, ..row(from, Action::Cancel, Status::Cancelled, ANYONE_OR_SYSTEM) }
}

const fn reschedule(from: State) -> Transition {
    Transition { time: Time::Freed, ..row(from, Action::Reschedule, Status::Rescheduled, ANYONE) }
}

const fn complete(from: State) -> Transition {
    Transition { when: When::FromMinutesBeforeStart(60), ..row(from, Action::Complete, Status::Completed, STAFF) }
}

const fn no_show(from: State) -> Transition {
    Transition { when: When::FromMinutesBeforeStart(0), ..row(from, Action::NoShow, Status::NoShow, STAFF) }
}

const fn correct(from: State, to: Status) -> Transition {
    Transition { when: When::OperatorWithinMinutes(24 * 60), reason: true, ..row(from, Action::Correct, to, STAFF) }
}

/// What somebody asks for.
#[derive(Debug, Clone)]
pub struct Request {
    /// The action.
    pub action: Action,
    /// Who asks.
    pub by: By,
    /// When.
    pub now: Instant,
    /// Why.
    pub reason: Option<Note<500>>,
    /// How long the time stays held for an appointment that is to be moved.
    pub hold: TimeDelta,
}

/// What follows from a request.
#[derive(Debug, Clone)]
pub struct Decision {
    /// The appointment after it. Its version is raised unless the action was idle.
    pub after: Appointment,
    /// What becomes of its time.
    pub time: Time,
    /// Whether nothing changed.
    pub idle: bool,
}

/// Why an action is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The table has no such row for this state, person and time.
    Illegal,
    /// A reason has to be given.
    ReasonMissing,
}

/// What `request` makes of `appointment`. The link to a new appointment is the caller's to set.
///
/// # Errors
/// [`Refusal`].
pub fn apply(appointment: &Appointment, request: &Request) -> Result<Decision, Refusal> {
    let transition = permitted(appointment, request.by, request.now)
        .find(|transition| transition.action == request.action)
        .ok_or(Refusal::Illegal)?;
    let by_staff = matches!(request.by, By::Operator | By::Admin);
    if transition.reason && by_staff && request.reason.is_none() {
        return Err(Refusal::ReasonMissing);
    }
    if transition.idle {
        return Ok(Decision { after: appointment.clone(), time: Time::Unchanged, idle: true });
    }
    let mut after = appointment.clone();
    after.status = transition.to;
    after.status_at = request.now;
    after.updated_at = request.now;
    after.version += 1;
    after.hold_until = None;
    match request.action {
        Action::Confirm | Action::Keep => {
            after.confirmed_at = Some(request.now);
            after.confirmed_via = Some(if request.by == By::Patient { Via::Whatsapp } else { Via::Operator });
            after.needs_attention = false;
        }
        Action::Unconfirm => {
            after.confirmed_at = None;
            after.confirmed_via = None;
        }
        Action::Cancel => {
            after.cancel_reason = request.reason.clone();
            after.needs_attention = false;
        }
        Action::Reopen => {
            after.cancel_reason = None;
            after.confirmed_at = None;
            after.confirmed_via = None;
        }
        Action::RequestReschedule => {
            after.hold_until = Some(request.now.plus(request.hold).min(appointment.start));
            after.needs_attention = true;
        }
        Action::Reschedule => after.needs_attention = false,
        Action::HoldExpired => after.needs_attention = true,
        Action::Create | Action::Complete | Action::NoShow | Action::Correct => {}
    }
    Ok(Decision { after, time: transition.time, idle: false })
}

/// The actions that `by` may take at `now`.
#[must_use]
pub fn allowed(appointment: &Appointment, by: By, now: Instant) -> Vec<Action> {
    permitted(appointment, by, now).map(|transition| transition.action).collect()
}

fn permitted(appointment: &Appointment, by: By, now: Instant) -> impl Iterator<Item = &'static Transition> {
    let state = State::of(appointment);
    TRANSITIONS.iter().filter(move |transition| {
        transition.from == state && transition.by.contains(&by) && in_time(transition.when, appointment, by, now)
    })
}

fn in_time(when: When, appointment: &Appointment, by: By, now: Instant) -> bool {
    let before_start = now < appointment.start;
    let within = |minutes| by != By::Operator || now.since(appointment.status_at) <= TimeDelta::minutes(minutes);
    let in_time = match when {
        When::Always => true,
        When::FromMinutesBeforeStart(minutes) => now >= appointment.start.plus(-TimeDelta::minutes(minutes)),
        When::OperatorWithinMinutes(minutes) => within(minutes),
        When::OperatorWithinMinutesBeforeStart(minutes) => within(minutes) && before_start,
        When::HoldRunOut => appointment.hold_until.is_some_and(|until| until <= now),
    };
    // After the start a patient's message only informs.
    in_time && (by != By::Patient || before_start)
}

#[cfg(test)]
#[path = "lifecycle_tests.rs"]
mod tests;
