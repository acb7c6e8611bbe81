//! Parses a range of days in a query.

use domain::time::{Days, LocalDate, parse_date};
use domain::violation::{Rule, Violations};

/// The longest range, in days.
pub(crate) const MAX_DAYS: u64 = 31;

/// Parses `date_from` and `date_to`, both included. By default the range begins `today` and has `days` days.
pub(crate) fn parse(
    v: &mut Violations,
    from: Option<&str>,
    to: Option<&str>,
    today: LocalDate,
    days: u64,
) -> Option<(LocalDate, LocalDate)> {
    let from = v.take_optional("date_from", from.map(parse_date).transpose());
    let to = v.take_optional("date_to", to.map(parse_date).transpose());
    // If a range has one day by default, `date_to` alone means that day.
    let from = from.or(to.filter(|_| days == 1)).unwrap_or(today);
    let to = to.or_else(|| from.checked_add_days(Days::new(days.saturating_sub(1)))).unwrap_or(from);
    let length = to.signed_duration_since(from).num_days();
    if length < 0 {
        v.add("date_to", Rule::EndNotAfterStart);
    } else if length.unsigned_abs() >= MAX_DAYS {
        v.add("date_to", Rule::TooManyDays(MAX_DAYS.cast_signed()));
    }
    Some((from, to))
}
