//! The messages about an appointment as a chain: [`Appointment::notice`] is the last notice, and each message names the
//! one that it comes [`after`](Notification::after), also across a move. What the patient knows is what the last message
//! says that Twilio accepted.

use crate::App;
use crate::support::error::AppError;
use domain::appointment::Appointment;
use domain::ids::{ClinicId, NotificationId};
use domain::messages::Template;
use domain::notification::{Notification, NotificationKind, NotificationStatus};
use domain::time::{Instant, TimeDelta};
use store::keys::Key;

/// At most this many messages of a chain are read. Those before them were settled long ago.
const MAX_LINKS: usize = 20;
/// How long a due message waits for an earlier one whose outcome is unknown.
const MAX_WAIT: TimeDelta = TimeDelta::hours(1);

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
    /// The messages that are pending or on their way, the current reminder included.
    pub(crate) open: Vec<Notification>,
    /// The notice of the booking, if it was withdrawn, or is about to be, before it was sent.
    pub(crate) unsent_booking: Option<Notification>,
    /// Whether the current reminder is one of the chain's messages.
    pub(crate) has_reminder: bool,
}

impl MessageChain {
    pub(crate) async fn read(app: &App, appointment: &Appointment) -> Result<Self, AppError> {
        let reminder = app.table.get::<Notification>(&Key::notification(appointment.reminder.notification)).await?;
        let (mut open, mut accepted, mut known_start) = (Vec::new(), None, None);
        let (mut unsent_booking, mut has_reminder) = (None, false);
        let mut next = appointment.notice;
        for _ in 0..MAX_LINKS {
            let Some(id) = next else { break };
            if id == appointment.reminder.notification {
                has_reminder = true;
                next = reminder.as_ref().and_then(|reminder| reminder.after);
                continue;
            }
            let Some(message) = app.table.get::<Notification>(&Key::notification(id)).await? else { break };
            if message.status.is_accepted() {
                accepted = Some(message);
                break;
            }
            next = message.after;
            known_start = message.previous_start.or(known_start);
            if message.template == Some(Template::Created) && is_unsent(message.status) {
                unsent_booking = Some(message.clone());
            }
            if is_open(message.status) {
                open.push(message);
            }
        }
        let sent_reminder = reminder.iter().filter(|reminder| reminder.status.is_accepted());
        let last = accepted.iter().chain(sent_reminder).max_by_key(|message| message.sent_at);
        let known = |start| LastWord::TakesPlace { start, clinic: appointment.clinic };
        let last_word = last.map_or_else(|| known_start.map_or(LastWord::Nothing, known), LastWord::of);
        open.extend(reminder.filter(|reminder| is_open(reminder.status)));
        Ok(Self { last_word, open, unsent_booking, has_reminder })
    }
}

fn is_open(status: NotificationStatus) -> bool {
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
            // A reminder that is due later is no earlier message.
            NotificationStatus::Pending if earlier.kind == NotificationKind::Reminder => {}
            status if is_open(status) => return Ok(true),
            status if status.is_accepted() => break,
            _ => {}
        }
        next = earlier.after;
    }
    Ok(false)
}

/// The id to put into [`Notification::after`] of the next message: the current reminder if it is on its way, otherwise
/// the last notice.
pub(crate) fn last_link(chain: &MessageChain, appointment: &Appointment) -> Option<NotificationId> {
    let reminder = appointment.reminder.notification;
    let on_its_way = |message: &&Notification| message.id == reminder && is_on_its_way(message.status);
    let reminder = chain.open.iter().find(on_its_way).filter(|_| !chain.has_reminder);
    reminder.map(|reminder| reminder.id).or(appointment.notice)
}
