//! A stretch of days, as it stands in a query.

use domain::time::{Days, LocalDate, parse_date};
use domain::violation::{Rule, Violations};

/// At most this many days at once.
pub(crate) const MAX_DAYS: u64 = 31;

/// Reads `date_from` and `date_to`, both included. Where nobody says: from `today`, for `days` days.
pub(crate) fn read(
    v: &mut Violations,
    from: Option<&str>,
    to: Option<&str>,
    today: LocalDate,
    days: u64,
) -> Option<(LocalDate, LocalDate)> {
    let from = v.take_optional("date_from", from.map(parse_date).transpose());
    let to = v.take_optional("date_to", to.map(parse_date).transpose());
    // A last day alone means itself where nothing says how many days are wanted.
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
