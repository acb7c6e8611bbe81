//! Decides whether a due notification is sent, deferred or dropped. Only the last word on an appointment is sent.

use crate::messaging::message_chain::is_on_its_way;
use domain::appointment::{Appointment, Status};
use domain::clinic::Clinic;
use domain::due::{JUST_ASKED, LATEST_AFTER_DUE, LATEST_BEFORE_APPOINTMENT, ONE_MOMENT, after_quiet_hours};
use domain::messages::Template;
use domain::notification::{CHAT_WINDOW, Notification, NotificationKind, NotificationStatus};
use domain::patient::Patient;
use domain::time::Instant;

pub(super) enum SendDecision {
    Send,
    /// Not before this instant.
    Defer(Instant),
    /// Never, and the row gets this status.
    Drop(NotificationStatus),
}

/// The records that a notification is about.
#[derive(Debug)]
pub(super) struct NotificationSubject {
    pub(super) appointment: Appointment,
    /// Its reminder, if the notification is a notice.
    pub(super) reminder: Option<Notification>,
    pub(super) patient: Patient,
    pub(super) clinic: Clinic,
}

/// Whether a message is still true: it is the last word on its appointment.
pub(super) fn is_true(row: &Notification, appointment: &Appointment) -> bool {
    let takes_place = appointment.is_active() && appointment.start == row.appointment_start;
    match (row.kind, row.template) {
        // What staff wrote to the patient.
        _ if row.answer.is_some() => true,
        // An answer that couldn't be sent at once is outdated by a later change, or when its time is closed.
        (NotificationKind::Reply | NotificationKind::Offer, _) => {
            appointment.status_at <= row.created_at && !(row.promises_time && appointment.stranded)
        }
        (NotificationKind::Reminder, _) => {
            takes_place && !appointment.stranded && appointment.reminder.notification == row.id
        }
        (NotificationKind::Notice, Some(Template::Cancelled)) => appointment.status == Status::Cancelled,
        (NotificationKind::Notice, Some(Template::Correction)) => !takes_place,
        (NotificationKind::Notice, Some(_)) => takes_place,
        // The time isn't held any more.
        (NotificationKind::Notice, None) => appointment.waits_for_another_time() && appointment.hold_until.is_none(),
    }
}

/// Whether the reminder has told the patient the same since the notice was made, or is about to.
fn is_told_by_reminder(row: &Notification, reminder: &Notification, appointment: &Appointment, now: Instant) -> bool {
    let due_at = reminder.due_at;
    let sent_at = reminder.sent_at.or(reminder.claimed_at());
    let is_sent = reminder.status.is_accepted() || is_on_its_way(reminder.status);
    let is_sent = is_sent && sent_at.is_some_and(|at| at >= row.created_at);
    let will_be_sent = reminder.status == NotificationStatus::Pending
        && due_at <= now.plus(ONE_MOMENT)
        && now.since(due_at) <= LATEST_AFTER_DUE
        && appointment.start.since(now.max(due_at)) >= LATEST_BEFORE_APPOINTMENT
        && is_true(reminder, appointment);
    match row.template {
        Some(Template::Created | Template::Reopened) => is_sent || will_be_sent,
        Some(Template::Moved) => is_sent,
        _ => false,
    }
}

/// `at_once`: a user asked for it, so its due time and quiet hours don't matter.
pub(super) fn decide(
    row: &Notification,
    NotificationSubject { appointment, reminder, patient, clinic }: &NotificationSubject,
    at_once: bool,
    now: Instant,
) -> SendDecision {
    let quiet_until = after_quiet_hours(now, row.zone, &clinic.profile.reminders);
    // When the patient wrote, for a message in free text.
    let heard_at = row.chat_open_until.map(|until| until.plus(-CHAT_WINDOW));
    match row.kind {
        _ if patient.profile.erased_at.is_some() || row.withdrawn.is_some() => {
            SendDecision::Drop(NotificationStatus::Cancelled)
        }
        // Outside its 24-hour window WhatsApp doesn't deliver free text, and Twilio reports no error.
        _ if row.template.is_none() && row.chat_open_until.is_none_or(|until| now >= until) => {
            SendDecision::Drop(NotificationStatus::Expired)
        }
        NotificationKind::Reply | NotificationKind::Offer if !is_true(row, appointment) => {
            SendDecision::Drop(NotificationStatus::Cancelled)
        }
        // A patient who has just written waits for the answer, also at night.
        NotificationKind::Reply | NotificationKind::Offer
            if quiet_until > now
                && !(at_once && row.answer.is_some())
                && heard_at.is_none_or(|at| now.since(at) > JUST_ASKED) =>
        {
            SendDecision::Defer(quiet_until)
        }
        NotificationKind::Reply | NotificationKind::Offer => SendDecision::Send,
        _ if !patient.profile.whatsapp_opt_in || !is_true(row, appointment) => {
            SendDecision::Drop(NotificationStatus::Cancelled)
        }
        NotificationKind::Notice
            if reminder.as_ref().is_some_and(|reminder| is_told_by_reminder(row, reminder, appointment, now)) =>
        {
            SendDecision::Drop(NotificationStatus::Cancelled)
        }
        NotificationKind::Reminder | NotificationKind::Notice
            if row.answer.is_none() && appointment.start.max(row.appointment_start) <= now =>
        {
            SendDecision::Drop(NotificationStatus::Expired)
        }
        _ if at_once => SendDecision::Send,
        // One that was attempted before it was due had been asked for.
        _ if now < row.due_at && row.attempts == 0 => SendDecision::Defer(row.due_at),
        _ if now.since(row.due_at) > LATEST_AFTER_DUE => SendDecision::Drop(NotificationStatus::Expired),
        NotificationKind::Reminder if appointment.start.since(now) < LATEST_BEFORE_APPOINTMENT => {
            SendDecision::Drop(NotificationStatus::Expired)
        }
        _ if quiet_until > now => SendDecision::Defer(quiet_until),
        _ => SendDecision::Send,
    }
}
