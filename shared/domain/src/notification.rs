//! Messages to patients, each with its attempts and its delivery, and when a reminder is due.

use crate::clinic::ReminderSettings;
use crate::ids::{AppointmentId, ClinicId, NotificationId, PatientId};
use crate::language::Language;
use crate::time::{Instant, LocalTime, TimeDelta, Zone};
use serde::{Deserialize, Serialize};

/// A message to a patient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notification {
    /// Its id.
    pub id: NotificationId,
    /// The visit that it is about.
    pub appointment: AppointmentId,
    /// Who gets it.
    pub patient: PatientId,
    /// The visit's clinic.
    pub clinic: ClinicId,
    /// The clinic's clock.
    pub zone: Zone,
    /// The address, once it is known: a number in E.164, or where an answer goes, the sender of the
    /// question verbatim.
    pub to: Option<Address>,
    /// What kind of message. In a row `kind` is the row's own.
    #[serde(rename = "message_kind")]
    pub kind: NotificationKind,
    /// The words, where they were fixed when the row was made: an answer in a chat. A reminder's
    /// are made when it is sent.
    pub text: Option<MessageText>,
    /// The language of the message.
    pub language: Language,
    /// Where it stands.
    pub status: NotificationStatus,
    /// Twilio's id of the message.
    pub external_id: Option<String>,
    /// How often it was tried. Each try has this number in its callback.
    pub attempts: u32,
    /// Twilio's error.
    pub error_code: Option<u32>,
    /// What that error means.
    pub error_message: Option<String>,
    /// When it is due.
    pub due_at: Instant,
    /// When the visit begins.
    pub visit_start: Instant,
    /// Where the pointer to this row stands in the table of what is due; `None` once it is settled.
    pub next_at: Option<Instant>,
    /// When the current claim ends.
    pub lease_until: Option<Instant>,
    /// When Twilio accepted it.
    pub sent_at: Option<Instant>,
    /// When it reached the phone.
    pub delivered_at: Option<Instant>,
    /// When it was read, if the patient lets that be known.
    pub read_at: Option<Instant>,
    /// When the row was made.
    pub created_at: Instant,
    /// One more with each change.
    pub version: u64,
}

/// A WhatsApp address. `Debug` doesn't show it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Address(pub String);

/// The words of a message. `Debug` doesn't show them.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MessageText(pub String);

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Address(…)")
    }
}

impl std::fmt::Debug for MessageText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MessageText(…)")
    }
}

/// Kinds of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NotificationKind {
    /// "Your visit is on …".
    Reminder,
    /// An answer in a chat.
    Reply,
    /// Free times to choose from.
    Offer,
    /// Staff made, moved or cancelled the visit.
    Notice,
}

impl NotificationKind {
    /// The names, as clients see them.
    pub const NAMES: &'static [&'static str] = &["reminder", "reply", "offer", "notice"];

    /// The name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Reminder => "reminder",
            Self::Reply => "reply",
            Self::Offer => "offer",
            Self::Notice => "notice",
        }
    }
}

/// Where a notification stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NotificationStatus {
    /// Not yet tried, or certainly not accepted and to be tried again.
    Pending,
    /// Somebody is sending it right now.
    Claimed,
    /// Sent, but whether Twilio accepted it is not known. Never sent again blindly.
    Unknown,
    /// Accepted by Twilio.
    Sent,
    /// On the phone.
    Delivered,
    /// Read.
    Read,
    /// Accepted, but didn't reach the phone.
    Undelivered,
    /// Refused for good.
    Failed,
    /// Not wanted any more.
    Cancelled,
    /// Too late.
    Expired,
}

impl NotificationStatus {
    /// The names, as clients see them.
    pub const NAMES: &'static [&'static str] = &[
        "pending",
        "claimed",
        "unknown",
        "sent",
        "delivered",
        "read",
        "undelivered",
        "failed",
        "cancelled",
        "expired",
    ];

    /// The name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Claimed => "claimed",
            Self::Unknown => "unknown",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Undelivered => "undelivered",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }

    /// Whether Twilio has accepted the message.
    #[must_use]
    pub fn is_accepted(self) -> bool {
        matches!(self, Self::Sent | Self::Delivered | Self::Read | Self::Undelivered)
    }
}

/// How long a claim lasts: longer than a send with all its time-outs.
pub const LEASE: TimeDelta = TimeDelta::minutes(2);
/// A reminder this much overdue is not sent any more.
pub const LATEST_AFTER_DUE: TimeDelta = TimeDelta::hours(24);
/// Nor is one this close to the visit.
pub const LATEST_BEFORE_VISIT: TimeDelta = TimeDelta::hours(3);
/// A visit booked after its reminder was due gets one at once only if it is at least this far off.
pub const AT_ONCE_BEFORE_VISIT: TimeDelta = TimeDelta::hours(6);

/// When a reminder is due, and whether it is worth sending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// When.
    pub at: Instant,
    /// Too close to the visit: there will be no reminder.
    pub too_late: bool,
}

/// When the reminder of a visit booked at `now` is due: at the clinic's reminder time, so many
/// calendar days before the visit, by the clinic's wall clock. If that has passed: at once.
#[must_use]
pub fn reminder_due(start: Instant, now: Instant, zone: Zone, settings: &ReminderSettings) -> Due {
    let date = zone.date(start);
    let day = date.checked_sub_days(chrono::Days::new(u64::from(settings.days_before))).unwrap_or(date);
    let regular = zone.first_instant(day.and_time(settings.time));
    let (wanted, least) = if regular > now { (regular, LATEST_BEFORE_VISIT) } else { (now, AT_ONCE_BEFORE_VISIT) };
    let at = after_quiet_hours(wanted, zone, settings);
    let too_late = start.since(wanted) < least || start.since(at) < LATEST_BEFORE_VISIT;
    Due { at, too_late }
}

/// `instant`, or the end of the quiet hours that it falls in.
#[must_use]
pub fn after_quiet_hours(instant: Instant, zone: Zone, settings: &ReminderSettings) -> Instant {
    let local = zone.local(instant);
    if !is_quiet(local.time(), settings) {
        return instant;
    }
    let today = local.date();
    let past_midnight = settings.quiet_from > settings.quiet_until && local.time() >= settings.quiet_from;
    let day = if past_midnight { today.succ_opt().unwrap_or(today) } else { today };
    zone.first_instant(day.and_time(settings.quiet_until)).max(instant)
}

fn is_quiet(time: LocalTime, settings: &ReminderSettings) -> bool {
    let (from, until) = (settings.quiet_from, settings.quiet_until);
    if from <= until { from <= time && time < until } else { time >= from || time < until }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::parse_time;
    use proptest::prelude::*;

    fn at(text: &str) -> Instant {
        Instant::parse(text).unwrap()
    }

    fn bogota() -> Zone {
        Zone::parse("America/Bogota").unwrap()
    }

    #[test]
    fn two_days_before_by_the_clinics_clock() {
        let due = reminder_due(at("2025-12-15T01:00:00Z"), at("2025-12-01T00:00:00Z"), bogota(), &Default::default());
        // The visit is at 20:00 on the 14th in Bogotá, although UTC says the 15th.
        assert_eq!(bogota().rfc3339(due.at), "2025-12-12T09:00:00-05:00");
        assert!(!due.too_late);
    }

    #[test]
    fn booked_late_is_at_once_or_never_and_not_at_night() {
        let start = at("2025-12-15T10:00:00-05:00");
        let due = |now: &str| reminder_due(start, at(now), bogota(), &Default::default());
        assert_eq!(due("2025-12-14T15:00:00-05:00"), Due { at: at("2025-12-14T15:00:00-05:00"), too_late: false });
        assert!(due("2025-12-15T05:00:00-05:00").too_late);
        // At night it waits until 08:00, which is less than three hours before the visit.
        assert_eq!(due("2025-12-14T22:00:00-05:00"), Due { at: at("2025-12-15T08:00:00-05:00"), too_late: true });
        let afternoon = at("2025-12-15T16:00:00-05:00");
        let due = reminder_due(afternoon, at("2025-12-14T22:00:00-05:00"), bogota(), &Default::default());
        assert_eq!(due, Due { at: at("2025-12-15T08:00:00-05:00"), too_late: false });
    }

    proptest! {
        #[test]
        fn never_in_quiet_hours(minute in 0i64..500_000, from in 0u32..24, until in 0u32..24) {
            let hour = |hour: u32| parse_time(&format!("{hour:02}:00")).unwrap();
            let settings = ReminderSettings { quiet_from: hour(from), quiet_until: hour(until), ..Default::default() };
            let instant = at("2025-01-01T00:00:00Z").plus(TimeDelta::minutes(minute));
            let sent = after_quiet_hours(instant, bogota(), &settings);
            prop_assert!(sent >= instant && sent.since(instant) <= TimeDelta::hours(24));
            prop_assert!(!is_quiet(bogota().local(sent).time(), &settings));
        }
    }
}
