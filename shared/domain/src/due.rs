//! Computes when a message is due, whether it is still worth sending, how long Twilio may keep it queued, and until when
//! a time is held. All rules use the clinic's local time.

use crate::clinic::{ClinicProfile, ReminderSettings};
use crate::time::{Instant, LocalTime, TimeDelta, Zone};

/// A reminder that is overdue by more than this is dropped.
pub const LATEST_AFTER_DUE: TimeDelta = TimeDelta::hours(24);
/// A reminder closer than this to the appointment is dropped.
pub const LATEST_BEFORE_APPOINTMENT: TimeDelta = TimeDelta::hours(3);
/// An appointment that is booked after its reminder time gets a reminder at once only if it starts at least
/// this much later.
pub const AT_ONCE_BEFORE_APPOINTMENT: TimeDelta = TimeDelta::hours(6);

/// A notice of a change by staff waits this long, so that a change that is undone at once leaves no message.
pub const NOTICE_DELAY: TimeDelta = TimeDelta::seconds(60);
/// The same for an appointment that begins within [`SOON`].
pub const NOTICE_DELAY_SOON: TimeDelta = TimeDelta::seconds(20);
/// The patient of an appointment that begins within this time may be on the way already.
pub const SOON: TimeDelta = TimeDelta::hours(2);
/// A notice and a reminder that are due this close to one another are one message.
pub const ONE_MOMENT: TimeDelta = TimeDelta::minutes(10);
/// An answer within a chat may go out in quiet hours this long after the patient wrote.
pub const JUST_ASKED: TimeDelta = TimeDelta::minutes(15);

/// The longest time that WhatsApp keeps a message queued.
pub const LONGEST_IN_QUEUE: TimeDelta = TimeDelta::hours(4);
/// Twilio advises against less than five seconds.
const SHORTEST_IN_QUEUE: TimeDelta = TimeDelta::minutes(1);

/// The due time of a reminder, and whether it is worth sending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    pub at: Instant,
    /// Whether the due time is too close to the appointment. Then no reminder is sent.
    pub too_late: bool,
}

/// The due time of the reminder of an appointment that is booked at `now`: the clinic's local reminder time,
/// [`ReminderSettings::days_before`] calendar days before the appointment, or `now` if that has passed. A due
/// time in quiet hours moves to their end.
#[must_use]
pub fn reminder_due(start: Instant, now: Instant, zone: Zone, settings: &ReminderSettings) -> Due {
    let date = zone.date(start);
    let day = date.checked_sub_days(chrono::Days::new(u64::from(settings.days_before))).unwrap_or(date);
    let regular = zone.first_instant(day.and_time(settings.time));
    let (wanted, least) =
        if regular > now { (regular, LATEST_BEFORE_APPOINTMENT) } else { (now, AT_ONCE_BEFORE_APPOINTMENT) };
    let at = after_quiet_hours(wanted, zone, settings);
    let too_late = start.since(wanted) < least || start.since(at) < LATEST_BEFORE_APPOINTMENT;
    Due { at, too_late }
}

/// The due time of a notice of a change that staff make at `now` to an appointment that begins at `start`.
#[must_use]
pub fn notice_due(start: Instant, now: Instant, zone: Zone, settings: &ReminderSettings) -> Instant {
    let delay = if start.since(now) <= SOON { NOTICE_DELAY_SOON } else { NOTICE_DELAY };
    after_quiet_hours(now.plus(delay), zone, settings)
}

/// Until when the time of an appointment is held for a patient who asks for another at `now`: for the clinic's
/// `hold_minutes`, to the end of the quiet hours if it would run out in them, and never after the start. `None` where
/// that is over: nothing is held.
#[must_use]
pub fn hold_until(start: Instant, now: Instant, zone: Zone, clinic: &ClinicProfile) -> Option<Instant> {
    let wanted = now.plus(TimeDelta::minutes(i64::from(clinic.hold_minutes)));
    Some(after_quiet_hours(wanted, zone, &clinic.reminders).min(start)).filter(|until| *until > now)
}

/// `instant`, or the end of the quiet hours that contain it.
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

/// Twilio's validity period of a message: it ends at the appointment, at the start of the next quiet hours, or
/// after WhatsApp's own limit, whichever comes first. A message that a user sends in quiet hours may stay
/// queued through them.
#[must_use]
pub fn validity_period(now: Instant, appointment_start: Instant, zone: Zone, settings: &ReminderSettings) -> TimeDelta {
    let local = zone.local(now);
    let mut left = LONGEST_IN_QUEUE.min(appointment_start.since(now));
    if settings.quiet_from != settings.quiet_until && !is_quiet(local.time(), settings) {
        let quiet_on = |day: chrono::NaiveDate| zone.first_instant(day.and_time(settings.quiet_from)).since(now);
        let today = quiet_on(local.date());
        let next = if today > TimeDelta::zero() { today } else { local.date().succ_opt().map_or(left, quiet_on) };
        left = left.min(next);
    }
    left.max(SHORTEST_IN_QUEUE)
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
        // The appointment is at 20:00 on the 14th in Bogotá, although UTC says the 15th.
        assert_eq!(bogota().rfc3339(due.at), "2025-12-12T09:00:00-05:00");
        assert!(!due.too_late);
    }

    #[test]
    fn a_late_booking_is_reminded_at_once_or_never_and_not_in_quiet_hours() {
        let start = at("2025-12-15T10:00:00-05:00");
        let due = |now: &str| reminder_due(start, at(now), bogota(), &Default::default());
        assert_eq!(due("2025-12-14T15:00:00-05:00"), Due { at: at("2025-12-14T15:00:00-05:00"), too_late: false });
        assert!(due("2025-12-15T05:00:00-05:00").too_late);
        // At night it waits until 08:00, which is less than three hours before the appointment.
        assert_eq!(due("2025-12-14T22:00:00-05:00"), Due { at: at("2025-12-15T08:00:00-05:00"), too_late: true });
        let afternoon = at("2025-12-15T16:00:00-05:00");
        let due = reminder_due(afternoon, at("2025-12-14T22:00:00-05:00"), bogota(), &Default::default());
        assert_eq!(due, Due { at: at("2025-12-15T08:00:00-05:00"), too_late: false });
    }

    #[test]
    fn a_notice_waits_a_minute_or_twenty_seconds_and_for_the_end_of_quiet_hours() {
        let start = at("2025-12-15T10:00:00-05:00");
        for (now, due) in [
            ("2025-12-14T15:00:00-05:00", "2025-12-14T15:01:00-05:00"),
            ("2025-12-15T07:59:59-05:00", "2025-12-15T08:00:59-05:00"),
            ("2025-12-15T08:00:00-05:00", "2025-12-15T08:00:20-05:00"),
            ("2025-12-14T19:59:30-05:00", "2025-12-15T08:00:00-05:00"),
        ] {
            assert_eq!(notice_due(start, at(now), bogota(), &Default::default()), at(due), "{now}");
        }
    }

    fn clinic(hold_minutes: u32, reminders: ReminderSettings) -> ClinicProfile {
        ClinicProfile {
            name: crate::text::Line::parse("Centro").unwrap(),
            address: None,
            phone_number: None,
            timezone: bogota(),
            reminders,
            hold_minutes,
            overbook_per_day: 4,
            notify_on_create: false,
            notify_on_cancel: true,
            notify_on_move: true,
            emergency_number: None,
            quick_replies: Vec::new(),
            media_days: 30,
        }
    }

    proptest! {
        /// The text about it goes out when it runs out, so it must not run out at night.
        #[test]
        fn a_hold_runs_out_at_the_start_or_outside_of_quiet_hours(minute in 0i64..500_000, hold in 5u32..1_440, ahead in 1i64..20_000, from in 0u32..24, until in 0u32..24) {
            let hour = |hour: u32| parse_time(&format!("{hour:02}:00")).unwrap();
            let reminders = ReminderSettings { quiet_from: hour(from), quiet_until: hour(until), ..Default::default() };
            let now = at("2025-01-01T00:00:00Z").plus(TimeDelta::minutes(minute));
            let start = now.plus(TimeDelta::minutes(ahead));
            let held = hold_until(start, now, bogota(), &clinic(hold, reminders)).unwrap();
            let wanted = now.plus(TimeDelta::minutes(hold.into()));
            prop_assert!(held > now && held <= start);
            prop_assert!(held == start || (held >= wanted && !is_quiet(bogota().local(held).time(), &reminders)));
            prop_assert!(is_quiet(bogota().local(wanted).time(), &reminders) || held == wanted.min(start));
        }

        #[test]
        fn nothing_is_held_from_the_start_on(minute in 0i64..500_000, hold in 0u32..10_080, since in 0i64..600) {
            let start = at("2025-01-01T00:00:00Z").plus(TimeDelta::minutes(minute));
            let now = start.plus(TimeDelta::minutes(since));
            prop_assert_eq!(hold_until(start, now, bogota(), &clinic(hold, ReminderSettings::default())), None);
        }

        #[test]
        fn no_notice_is_due_in_quiet_hours(minute in 0i64..500_000, ahead in 1i64..20_000, from in 0u32..24, until in 0u32..24) {
            let hour = |hour: u32| parse_time(&format!("{hour:02}:00")).unwrap();
            let settings = ReminderSettings { quiet_from: hour(from), quiet_until: hour(until), ..Default::default() };
            let now = at("2025-01-01T00:00:00Z").plus(TimeDelta::minutes(minute));
            let due = notice_due(now.plus(TimeDelta::minutes(ahead)), now, bogota(), &settings);
            prop_assert!(due >= now.plus(NOTICE_DELAY_SOON) && !is_quiet(bogota().local(due).time(), &settings));
        }

        #[test]
        fn never_in_quiet_hours(minute in 0i64..500_000, from in 0u32..24, until in 0u32..24) {
            let hour = |hour: u32| parse_time(&format!("{hour:02}:00")).unwrap();
            let settings = ReminderSettings { quiet_from: hour(from), quiet_until: hour(until), ..Default::default() };
            let instant = at("2025-01-01T00:00:00Z").plus(TimeDelta::minutes(minute));
            let sent = after_quiet_hours(instant, bogota(), &settings);
            prop_assert!(sent >= instant && sent.since(instant) <= TimeDelta::hours(24));
            prop_assert!(!is_quiet(bogota().local(sent).time(), &settings));
        }

        #[test]
        fn no_message_stays_queued_into_quiet_hours_or_past_the_appointment(minute in 0i64..500_000, ahead in 1i64..5_000, from in 0u32..24, until in 0u32..24) {
            let hour = |hour: u32| parse_time(&format!("{hour:02}:00")).unwrap();
            let settings = ReminderSettings { quiet_from: hour(from), quiet_until: hour(until), ..Default::default() };
            let now = after_quiet_hours(at("2025-01-01T00:00:00Z").plus(TimeDelta::minutes(minute)), bogota(), &settings);
            let start = now.plus(TimeDelta::minutes(ahead));
            let valid = validity_period(now, start, bogota(), &settings);
            prop_assert!(valid >= TimeDelta::minutes(1) && valid <= LONGEST_IN_QUEUE && now.plus(valid) <= start);
            for minute in 0..valid.num_minutes() {
                prop_assert!(!is_quiet(bogota().local(now.plus(TimeDelta::minutes(minute))).time(), &settings));
            }
            let longer = now.plus(valid).plus(TimeDelta::minutes(1));
            let why = longer > start || is_quiet(bogota().local(longer).time(), &settings);
            prop_assert!(valid == LONGEST_IN_QUEUE || why, "{valid}");
        }
    }
}
