//! Weekly rules of availability, for example Mondays and Thursdays from nine to one in every second week from
//! March on.

use crate::ids::{ClinicId, DoctorId, RoomId, RuleId};
use crate::schedule::{AvailabilityPeriod, Source, Window};
use crate::time::{Days, EndTime, Instant, LAST_DAY, LocalDate, LocalTime, Zone};
use crate::violation::Rule;
use chrono::Datelike as _;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The bounds of [`WeeklyRule::interval_weeks`], both included.
pub const INTERVAL_WEEKS: (u8, u8) = (1, 8);

/// Availability that repeats every week or every few weeks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WeeklyRule {
    pub id: RuleId,
    pub doctor: DoctorId,
    pub room: RoomId,
    /// The room's clinic.
    pub clinic: ClinicId,
    /// A copy of the clinic's time zone, as in a window.
    pub zone: Zone,
    pub weekdays: Weekdays,
    pub start_time: LocalTime,
    /// After `start_time`.
    pub end_time: EndTime,
    pub slot_minutes: u16,
    /// The first local day.
    pub valid_from: LocalDate,
    /// The last local day; `None` if it doesn't end.
    pub valid_until: Option<LocalDate>,
    /// It applies in the week of `valid_from` and in every `n`-th after it. Weeks begin on Monday.
    pub interval_weeks: u8,
    pub created_at: Instant,
    pub updated_at: Instant,
    /// Incremented with each change.
    pub version: u64,
}

impl WeeklyRule {
    /// Its availability period on a local day, if it has one.
    #[must_use]
    pub fn period_on(&self, date: LocalDate) -> Option<AvailabilityPeriod> {
        self.applies(date).then_some(AvailabilityPeriod {
            source: Source::Rule(self.id),
            doctor: self.doctor,
            room: self.room,
            clinic: self.clinic,
            zone: self.zone,
            date,
            start_time: self.start_time,
            end_time: self.end_time,
            slot_minutes: self.slot_minutes,
        })
    }

    fn applies(&self, date: LocalDate) -> bool {
        self.valid_from <= date
            && self.valid_until.is_none_or(|last| date <= last)
            && self.weekdays.includes(date)
            && monday(date).signed_duration_since(monday(self.valid_from)).num_weeks() % i64::from(self.interval_weeks)
                == 0
    }

    /// Its availability periods between two local days, both included.
    pub fn periods_between(&self, from: LocalDate, to: LocalDate) -> impl Iterator<Item = AvailabilityPeriod> {
        from.iter_days().take_while(move |date| *date <= to).filter_map(|date| self.period_on(date))
    }

    /// The rule as it applies on one local day alone, if it does.
    #[must_use]
    pub fn on_day(&self, date: LocalDate) -> Option<Self> {
        self.applies(date).then(|| Self { valid_from: date, valid_until: Some(date), ..self.clone() })
    }

    /// Its first periods: those of two of its weeks, if it has so many.
    pub fn first_periods(&self) -> impl Iterator<Item = AvailabilityPeriod> {
        let days = Days::new(7 * 2 * u64::from(self.interval_weeks));
        let last = self.valid_from.checked_add_days(days).unwrap_or(LAST_DAY);
        self.periods_between(self.valid_from, self.valid_until.map_or(last, |until| until.min(last)))
    }

    /// Whether a window of the same doctor overlaps one of its periods. A window instead of rules doesn't overlap those
    /// of its own day, which it replaces.
    #[must_use]
    pub fn overlaps_window(&self, window: &Window) -> bool {
        let ((from, to), other) = (adjacent_days(window.date), window.period());
        let counts = |mine: &AvailabilityPeriod| !window.instead_of_rules || mine.date != window.date;
        self.periods_between(from, to).filter(counts).any(|mine| mine.overlaps(&other))
    }

    /// The first period of another rule of the doctor that overlaps one of its own.
    ///
    /// Their weeks coincide again after the least common multiple of their intervals, at most 56 weeks. A whole
    /// year of days is compared, because two time zones may change their clocks on different days.
    #[must_use]
    pub fn first_overlap(&self, other: &Self) -> Option<AvailabilityPeriod> {
        let from = self.valid_from.max(other.valid_from);
        let (from, to) = (adjacent_days(from).0, from.checked_add_days(Days::new(7 * 57)).unwrap_or(LAST_DAY));
        self.periods_between(from, to).find_map(|mine| {
            let (from, to) = adjacent_days(mine.date);
            other.periods_between(from, to).find(|theirs| theirs.overlaps(&mine))
        })
    }
}

fn monday(date: LocalDate) -> LocalDate {
    date.week(chrono::Weekday::Mon).first_day()
}

/// The days before and after: a day of any other time zone lies within them.
fn adjacent_days(date: LocalDate) -> (LocalDate, LocalDate) {
    (date.pred_opt().unwrap_or(date), date.succ_opt().unwrap_or(date))
}

/// The numbers of Monday and Sunday.
pub const DAYS_OF_WEEK: (u8, u8) = (1, 7);

/// Days of the week, 1 (Monday) to 7 (Sunday); at least one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Weekdays(BTreeSet<u8>);

impl Weekdays {
    /// Parses a list of numbers.
    ///
    /// # Errors
    /// [`Rule::Required`] for an empty list, [`Rule::Range`], [`Rule::Repeated`].
    pub fn parse(numbers: &[i64]) -> Result<Self, Rule> {
        let (mut days, (first, last)) = (BTreeSet::new(), DAYS_OF_WEEK);
        for number in numbers {
            let day = u8::try_from(*number).ok().filter(|day| (first..=last).contains(day));
            let day = day.ok_or(Rule::Range(i64::from(first), i64::from(last)))?;
            if !days.insert(day) {
                return Err(Rule::Repeated);
            }
        }
        if days.is_empty() { Err(Rule::Required) } else { Ok(Self(days)) }
    }

    /// The numbers, in order.
    pub fn numbers(&self) -> impl Iterator<Item = i64> {
        self.0.iter().copied().map(i64::from)
    }

    fn includes(&self, date: LocalDate) -> bool {
        u8::try_from(date.weekday().number_from_monday()).is_ok_and(|day| self.0.contains(&day))
    }
}

#[cfg(test)]
#[path = "weekly_rule_tests.rs"]
mod tests;
