//! The messages about an appointment as a chain: [`Appointment::notice`] is the last notice, and each message names the
//! one that it comes [`after`](Notification::after). A moved appointment has no notice of its own at first: its reminder
//! names the notice of the move. What the patient knows is what the last message says that Twilio accepted.

use crate::App;
use crate::support::error::AppError;
use domain::actor::Actor;
use domain::appointment::{Appointment, Status};
use domain::due::LATEST_AFTER_DUE;
use domain::ids::{ClinicId, NotificationId};
use domain::messages::Template;
use domain::notification::{Notification, NotificationKind, NotificationStatus, Told};
use domain::time::{Instant, TimeDelta};
use store::action::ActionRow;
use store::keys::Key;
use store::patterns;

/// At most this many messages of a chain are read. Those before them were settled long ago.
const MAX_LINKS: usize = 20;
/// How long a due message waits for an earlier one whose outcome is unknown.
const MAX_WAIT: TimeDelta = TimeDelta::hours(1);

/// The detail of a history row that says how the patient learnt of the change without a notice.
pub(crate) const TOLD: &str = "told";

/// What the patient last heard from us about an appointment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LastWord {
    /// No message was sent.
    Nothing,
    /// The appointment takes place then.
    TakesPlace {
        start: Instant,
        clinic: ClinicId,
    },
    Cancelled,
    /// The time isn't valid or isn't held any more.
    Off,
}

impl LastWord {
    fn of(message: &Notification) -> Self {
        match message.template {
            Some(Template::Cancelled) => Self::Cancelled,
            Some(template) if template.takes_place() => {
                Self::TakesPlace { start: message.appointment_start, clinic: message.clinic }
            }
            _ => Self::Off,
        }
    }
}

/// The messages about an appointment, from the last one back to the last that was accepted.
#[derive(Debug)]
pub(crate) struct MessageChain {
    pub(crate) last_word: LastWord,
    /// When Twilio accepted the message with the last word.
    last_sent_at: Option<Instant>,
    /// When the patient last did or heard something besides these messages, by [`Self::hear_otherwise`].
    heard_otherwise_at: Option<Instant>,
    /// The messages that are pending or on their way, the current reminder included.
    pub(crate) open: Vec<Notification>,
    /// The notice of the booking, if it was withdrawn, or is about to be, before it was sent.
    pub(crate) unsent_booking: Option<Notification>,
    /// What the next message comes after.
    pub(crate) last: Option<NotificationId>,
}

impl MessageChain {
    pub(crate) async fn read(app: &App, appointment: &Appointment) -> Result<Self, AppError> {
        let reminder = app.table.get::<Notification>(&Key::notification(appointment.reminder.notification)).await?;
        let (mut open, mut accepted, mut known_start) = (Vec::new(), None, None);
        let (mut unsent_booking, mut has_reminder, mut is_off) = (None, false, false);
        let first = appointment.notice.or(reminder.as_ref().and_then(|reminder| reminder.after));
        let mut next = first;
        for _ in 0..MAX_LINKS {
            let Some(id) = next else { break };
            if id == appointment.reminder.notification {
                has_reminder = true;
                next = reminder.as_ref().and_then(|reminder| reminder.after);
                continue;
            }
            let Some(message) = app.table.get::<Notification>(&Key::notification(id)).await? else { break };
            if message.status.is_accepted() {
                accepted = Some(message).filter(|_| !is_off);
                break;
            }
            next = message.after;
            // What came before an unsent notice of a move without a time that the patient knew doesn't count.
            is_off |= message.template == Some(Template::Moved) && message.previous_start.is_none();
            known_start = message.previous_start.filter(|_| !is_off).or(known_start);
            if message.template == Some(Template::Created) && is_unsent(message.status) {
                unsent_booking = Some(message.clone());
            }
            if is_open(message.status) {
                open.push(message);
            }
        }
        let sent_reminder = reminder.iter().filter(|reminder| reminder.status.is_accepted());
        let last = accepted.iter().chain(sent_reminder).max_by_key(|message| message.sent_at);
        let sent_at = last.and_then(|message| message.sent_at);
        let last_word = match (last, known_start) {
            (Some(message), _) => LastWord::of(message),
            (None, Some(start)) => LastWord::TakesPlace { start, clinic: appointment.clinic },
            (None, None) if is_off => LastWord::Off,
            (None, None) => LastWord::Nothing,
        };
        // A reminder that is on its way becomes one of the chain's messages.
        let on_its_way = reminder.as_ref().filter(|reminder| is_on_its_way(reminder.status) && !has_reminder);
        let last = on_its_way.map(|reminder| reminder.id).or(first);
        open.extend(reminder.filter(|reminder| is_open(reminder.status)));
        Ok(Self { last_word, last_sent_at: sent_at, heard_otherwise_at: None, open, unsent_booking, last })
    }

    /// Adds what the patient did or heard besides these messages: by a reply in the chat, or because staff told the
    /// patient. The history of the appointment says so.
    pub(crate) async fn hear_otherwise(&mut self, app: &App, appointment: &Appointment) -> Result<(), AppError> {
        let history: Vec<ActionRow> = app.table.query_all(&patterns::actions_of_appointment(appointment.id)).await?;
        let known = history.iter().rev().find_map(|row| {
            let told = row.payload.get(TOLD).and_then(|name| Told::parse(name));
            let is_known =
                matches!(row.actor, Actor::Patient { .. }) || told.is_some_and(|told| told != Told::NotReachable);
            let word = match row.to_status {
                Status::Cancelled => LastWord::Cancelled,
                Status::Pending | Status::Confirmed => {
                    LastWord::TakesPlace { start: appointment.start, clinic: appointment.clinic }
                }
                _ => return None,
            };
            is_known.then_some((word, row.created_at))
        });
        if let Some((word, at)) = known
            && self.last_sent_at.is_none_or(|sent_at| sent_at <= at)
        {
            self.last_word = word;
        }
        self.heard_otherwise_at = known.map(|(_, at)| at);
        Ok(())
    }

    /// Whether an open message reaches the patient after what the patient did or heard besides. One that was on its way by
    /// then may have come before.
    pub(crate) fn is_yet_to_come(&self, message: &Notification) -> bool {
        !is_on_its_way(message.status)
            || self.heard_otherwise_at.is_none_or(|at| message.claimed_at().is_some_and(|claimed_at| at < claimed_at))
    }
}

pub(crate) fn is_open(status: NotificationStatus) -> bool {
    status == NotificationStatus::Pending || is_on_its_way(status)
}

fn is_unsent(status: NotificationStatus) -> bool {
    matches!(status, NotificationStatus::Pending | NotificationStatus::Cancelled)
}

/// Whether the message is being sent, or may have been.
pub(crate) fn is_on_its_way(status: NotificationStatus) -> bool {
    matches!(status, NotificationStatus::Claimed | NotificationStatus::Unknown)
}

/// Whether a due message has to wait for an earlier one about its appointment, or about the one that it replaces: it
/// would overtake it.
pub(crate) async fn must_wait(app: &App, message: &Notification, now: Instant) -> Result<bool, AppError> {
    let mut next = message.after.filter(|_| now.since(message.due_at) < MAX_WAIT);
    for _ in 0..MAX_LINKS {
        let Some(id) = next else { break };
        let Some(earlier) = app.table.get::<Notification>(&Key::notification(id)).await? else { break };
        match earlier.status {
            // A person decides about it, and it isn't sent again.
            NotificationStatus::Unknown if earlier.next_at.is_none() => {}
            // A reminder that is due later is no earlier message, and one that is too late isn't sent any more.
            NotificationStatus::Pending if earlier.kind == NotificationKind::Reminder => {}
            NotificationStatus::Pending if now.since(earlier.due_at) > LATEST_AFTER_DUE => {}
            status if is_open(status) => return Ok(true),
            status if status.is_accepted() => break,
            _ => {}
        }
        next = earlier.after;
    }
    Ok(false)
}
