//! Is a message to be sent now, later, or never?

use domain::appointment::Appointment;
use domain::clinic::Clinic;
use domain::due::{LATEST_AFTER_DUE, LATEST_BEFORE_APPOINTMENT, after_quiet_hours};
use domain::notification::{Notification, NotificationKind, NotificationStatus};
use domain::patient::Patient;
use domain::time::Instant;

/// What is to become of a message.
pub(super) enum Fate {
    /// It goes out.
    Now,
    /// It waits until then.
    NotYet(Instant),
    /// It doesn't go out any more.
    Never(NotificationStatus),
}

/// Decides by everything that was read. `at_once`: a person asked for it.
pub(super) fn fate(
    row: &Notification,
    appointment: &Appointment,
    patient: &Patient,
    clinic: &Clinic,
    at_once: bool,
    now: Instant,
) -> Fate {
    let awake = after_quiet_hours(now, row.zone, &clinic.profile.reminders);
    match row.kind {
        _ if patient.profile.erased_at.is_some() => Fate::Never(NotificationStatus::Cancelled),
        // Out of the chat WhatsApp doesn't deliver free text, and Twilio wouldn't even say so.
        NotificationKind::Reply | NotificationKind::Offer if row.chat_open_until.is_none_or(|until| now >= until) => {
            Fate::Never(NotificationStatus::Expired)
        }
        NotificationKind::Reply | NotificationKind::Offer => Fate::Now,
        _ if !patient.profile.whatsapp_opt_in => Fate::Never(NotificationStatus::Cancelled),
        NotificationKind::Reminder if !appointment.is_active() || appointment.reminder.notification != row.id => {
            Fate::Never(NotificationStatus::Cancelled)
        }
        NotificationKind::Reminder | NotificationKind::Notice if appointment.start <= now => {
            Fate::Never(NotificationStatus::Expired)
        }
        _ if at_once => Fate::Now,
        _ if now < row.due_at => Fate::NotYet(row.due_at),
        _ if now.since(row.due_at) > LATEST_AFTER_DUE => Fate::Never(NotificationStatus::Expired),
        NotificationKind::Reminder if appointment.start.since(now) < LATEST_BEFORE_APPOINTMENT => {
            Fate::Never(NotificationStatus::Expired)
        }
        _ if awake > now => Fate::NotYet(awake),
        _ => Fate::Now,
    }
}
