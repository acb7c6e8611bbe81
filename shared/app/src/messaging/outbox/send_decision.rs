//! Decides whether a due notification is sent, deferred or dropped.

use domain::appointment::Appointment;
use domain::clinic::Clinic;
use domain::due::{LATEST_AFTER_DUE, LATEST_BEFORE_APPOINTMENT, after_quiet_hours};
use domain::notification::{Notification, NotificationKind, NotificationStatus};
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
    pub(super) patient: Patient,
    pub(super) clinic: Clinic,
}

/// `at_once`: a user asked for it, so its due time and quiet hours don't matter.
pub(super) fn decide(
    row: &Notification,
    NotificationSubject { appointment, patient, clinic }: &NotificationSubject,
    at_once: bool,
    now: Instant,
) -> SendDecision {
    let quiet_until = after_quiet_hours(now, row.zone, &clinic.profile.reminders);
    match row.kind {
        _ if patient.profile.erased_at.is_some() => SendDecision::Drop(NotificationStatus::Cancelled),
        // Outside its 24-hour window WhatsApp doesn't deliver free text, and Twilio reports no error.
        NotificationKind::Reply | NotificationKind::Offer if row.chat_open_until.is_none_or(|until| now >= until) => {
            SendDecision::Drop(NotificationStatus::Expired)
        }
        NotificationKind::Reply | NotificationKind::Offer => SendDecision::Send,
        _ if !patient.profile.whatsapp_opt_in => SendDecision::Drop(NotificationStatus::Cancelled),
        NotificationKind::Reminder if !appointment.is_active() || appointment.reminder.notification != row.id => {
            SendDecision::Drop(NotificationStatus::Cancelled)
        }
        NotificationKind::Reminder | NotificationKind::Notice if appointment.start <= now => {
            SendDecision::Drop(NotificationStatus::Expired)
        }
        _ if at_once => SendDecision::Send,
        _ if now < row.due_at => SendDecision::Defer(row.due_at),
        _ if now.since(row.due_at) > LATEST_AFTER_DUE => SendDecision::Drop(NotificationStatus::Expired),
        NotificationKind::Reminder if appointment.start.since(now) < LATEST_BEFORE_APPOINTMENT => {
            SendDecision::Drop(NotificationStatus::Expired)
        }
        _ if quiet_until > now => SendDecision::Defer(quiet_until),
        _ => SendDecision::Send,
    }
}
