//! Weekly rules: "Mondays and Thursdays from nine to one, every second week, from March on".

use crate::ids::{ClinicId, DoctorId, RoomId, RuleId};
use crate::schedule::{Opening, Source};
use crate::time::{Days, Instant, LAST_DAY, LocalDate, LocalTime, Zone};
use crate::violation::Rule;
use chrono::Datelike as _;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How many weeks may lie between two weeks of a rule: from each one to every eighth.
pub const INTERVAL_WEEKS: (u8, u8) = (1, 8);

/// Openings that repeat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WeeklyRule {
    /// Its id.
    pub id: RuleId,
    /// Whose time it is.
    pub doctor: DoctorId,
    /// In which room.
    pub room: RoomId,
    /// The room's clinic.
    pub clinic: ClinicId,
    /// The clinic's zone: a copy, as in a window.
    pub zone: Zone,
    /// On which days of the week.
    pub weekdays: Weekdays,
    /// Local time at which it opens.
    pub start_time: LocalTime,
    /// Local time at which it closes, after `start_time`.
    pub end_time: LocalTime,
    /// Length of a slot.
    pub slot_minutes: u16,
    /// The first local day.
    pub valid_from: LocalDate,
    /// The last local day; without one it goes on.
    pub valid_until: Option<LocalDate>,
    /// It applies in the week of `valid_from` and in every `n`-th after it. Weeks begin on Monday.
    pub interval_weeks: u8,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
    /// One more with each change.
    pub version: u64,
}

impl WeeklyRule {
    /// Its opening on a local day, if it has one then.
    #[must_use]
    pub fn on(&self, date: LocalDate) -> Option<Opening> {
        self.applies(date).then_some(Opening {
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
            && self.weekdays.has(date)
            && monday(date).signed_duration_since(monday(self.valid_from)).num_weeks() % i64::from(self.interval_weeks)
                == 0
    }

    /// Its openings between two local days, both included.
    pub fn between(&self, from: LocalDate, to: LocalDate) -> impl Iterator<Item = Opening> {
        from.iter_days().take_while(move |date| *date <= to).filter_map(|date| self.on(date))
    }

    /// Whether an opening of another source shares time with one of its own.
    #[must_use]
    pub fn overlaps_opening(&self, other: &Opening) -> bool {
        let (from, to) = around(other.date);
        self.between(from, to).any(|mine| mine.overlaps(other))
    }

    /// Whether two rules of one doctor ever share time.
    ///
    /// Their weeks come together again after the least common multiple of their intervals, at most 56
    /// weeks; a year of days is looked at, because two zones change their clocks on different days.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        let from = self.valid_from.max(other.valid_from);
        let (from, to) = (around(from).0, from.checked_add_days(Days::new(7 * 57)).unwrap_or(LAST_DAY));
        self.between(from, to).any(|mine| other.overlaps_opening(&mine))
    }
}

fn monday(date: LocalDate) -> LocalDate {
    date.week(chrono::Weekday::Mon).first_day()
}

/// The days before and after: another zone's day begins and ends within them.
fn around(date: LocalDate) -> (LocalDate, LocalDate) {
    (date.pred_opt().unwrap_or(date), date.succ_opt().unwrap_or(date))
}

/// Days of the week, 1 = Monday to 7 = Sunday; at least one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Weekdays(BTreeSet<u8>);

impl Weekdays {
    /// Reads a list of numbers.
    ///
    /// # Errors
    /// [`Rule::Required`] for none, [`Rule::Range`], [`Rule::Repeated`].
    pub fn parse(numbers: &[i64]) -> Result<Self, Rule> {
        let mut days = BTreeSet::new();
        for number in numbers {
            let day = u8::try_from(*number).ok().filter(|day| (1..=7).contains(day)).ok_or(Rule::Range(1, 7))?;
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

    fn has(&self, date: LocalDate) -> bool {
        u8::try_from(date.weekday().number_from_monday()).is_ok_and(|day| self.0.contains(&day))
    }
}

#[cfg(test)]
#[path = "weekly_rule_tests.rs"]
mod tests;
