//! When is a message due, how long is it worth sending, and how long may it wait at WhatsApp's door?
//! All by the clinic's wall clock.

use crate::clinic::ReminderSettings;
use crate::time::{Instant, LocalTime, TimeDelta, Zone};

/// A reminder this much overdue is not sent any more.
pub const LATEST_AFTER_DUE: TimeDelta = TimeDelta::hours(24);
/// Nor is one this close to the appointment.
pub const LATEST_BEFORE_APPOINTMENT: TimeDelta = TimeDelta::hours(3);
/// An appointment booked after its reminder was due gets one at once only if it is at least this far off.
pub const AT_ONCE_BEFORE_APPOINTMENT: TimeDelta = TimeDelta::hours(6);

/// WhatsApp keeps no message longer in its queue.
pub const LONGEST_IN_QUEUE: TimeDelta = TimeDelta::hours(4);
/// Twilio advises against less than five seconds; a minute does no harm.
const SHORTEST_IN_QUEUE: TimeDelta = TimeDelta::minutes(1);

/// When a reminder is due, and whether it is worth sending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// When.
    pub at: Instant,
    /// Too close to the appointment: there will be no reminder.
    pub too_late: bool,
}

/// When the reminder of an appointment booked at `now` is due: at the clinic's reminder time, so many
/// calendar days before the appointment, by the clinic's wall clock. If that has passed: at once.
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

/// For how long Twilio may keep a message that WhatsApp doesn't take at once: until the appointment or the
/// next quiet hours, and no longer than WhatsApp's own queue. A message that a person sends in quiet
/// hours may wait through them.
#[must_use]
pub fn valid_for(now: Instant, appointment_start: Instant, zone: Zone, settings: &ReminderSettings) -> TimeDelta {
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
    fn booked_late_is_at_once_or_never_and_not_at_night() {
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

        #[test]
        fn nothing_waits_into_the_night_or_past_the_appointment(minute in 0i64..500_000, ahead in 1i64..5_000, from in 0u32..24, until in 0u32..24) {
            let hour = |hour: u32| parse_time(&format!("{hour:02}:00")).unwrap();
            let settings = ReminderSettings { quiet_from: hour(from), quiet_until: hour(until), ..Default::default() };
            let now = after_quiet_hours(at("2025-01-01T00:00:00Z").plus(TimeDelta::minutes(minute)), bogota(), &settings);
            let start = now.plus(TimeDelta::minutes(ahead));
            let valid = valid_for(now, start, bogota(), &settings);
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
