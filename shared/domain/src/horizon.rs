//! How far ahead appointments are booked, and between which days windows, rules, blocks and holidays lie.

use crate::time::{Instant, LocalDate, Months};
use crate::violation::Rule;

/// How far ahead an appointment may start, and the calendar may reach.
const AHEAD: Months = Months::new(24);
/// How far back the calendar may reach.
const BACK: Months = Months::new(12);

/// The latest start of an appointment that is booked at `now`.
#[must_use]
pub fn latest_start(now: Instant) -> Instant {
    now.utc().checked_add_months(AHEAD).map_or(now, Instant::from_utc)
}

/// # Errors
/// [`Rule::DateRange`] for a day that is too far from `today` for the calendar.
pub fn expect_calendar_day(day: LocalDate, today: LocalDate) -> Result<(), Rule> {
    let first = today.checked_sub_months(BACK).unwrap_or(today);
    let last = today.checked_add_months(AHEAD).unwrap_or(today);
    if (first..=last).contains(&day) { Ok(()) } else { Err(Rule::DateRange(first, last)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::parse_date;

    #[test]
    fn the_calendar_reaches_from_a_year_ago_to_two_years_ahead() {
        let date = |text| parse_date(text).unwrap();
        let today = date("2024-02-29");
        for (day, fits) in [("2023-02-27", false), ("2023-02-28", true), ("2026-02-28", true), ("2026-03-01", false)] {
            let checked = expect_calendar_day(date(day), today);
            assert_eq!(checked.is_ok(), fits, "{day}");
            assert!(fits || checked == Err(Rule::DateRange(date("2023-02-28"), date("2026-02-28"))));
        }
    }

    #[test]
    fn an_appointment_starts_within_two_years() {
        let now = Instant::parse("2025-12-01T12:00:00Z").unwrap();
        assert_eq!(latest_start(now), Instant::parse("2027-12-01T12:00:00Z").unwrap());
    }
}
