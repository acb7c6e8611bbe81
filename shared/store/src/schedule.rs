//! Dated windows and weekly rules: in the doctor's partition, where a booking reads them
//! consistently.

use crate::error::ReadError;
use crate::item::{Entity, number};
use crate::keys::{IndexKey, Key, Thing, any_rule, room_rule, room_window};
use crate::patterns;
use crate::place::Placed;
use crate::schema::Index;
use crate::table::Table;
use crate::transaction::{Purpose, Transaction};
use domain::ids::DoctorId;
use domain::schedule::{Opening, Source, Window};
use domain::time::LocalDate;
use domain::weekly_rule::WeeklyRule;
use serde::{Deserialize, Serialize};

impl Entity for Window {
    const KIND: &'static str = "window";

    fn key(&self) -> Key {
        Key::window(self.doctor, self.date, self.id)
    }

    fn indexes(&self) -> Vec<(Index, IndexKey)> {
        vec![(Index::One, room_window(self.room, self.date, self.id))]
    }
}

impl Placed for Window {
    fn thing(&self) -> Thing {
        Thing::Window(self.id)
    }
}

impl Entity for WeeklyRule {
    const KIND: &'static str = "rule";

    fn key(&self) -> Key {
        Key::rule(self.doctor, self.id)
    }

    fn indexes(&self) -> Vec<(Index, IndexKey)> {
        vec![(Index::One, room_rule(self.room, self.id)), (Index::Two, any_rule(self.id))]
    }
}

impl Placed for WeeklyRule {
    fn thing(&self) -> Thing {
        Thing::Rule(self.id)
    }
}

/// Windows and rules as they were read: a doctor's, over some days.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Timetable {
    /// The windows of those days.
    pub windows: Vec<Window>,
    /// All rules.
    pub rules: Vec<WeeklyRule>,
}

impl Timetable {
    /// Reads a doctor's windows between two local days, both included, and rules.
    ///
    /// # Errors
    /// [`ReadError`].
    pub async fn read(table: &Table, doctor: DoctorId, from: LocalDate, to: LocalDate) -> Result<Self, ReadError> {
        let (windows, rules) = (patterns::windows_of_doctor(doctor, from, to), patterns::rules_of_doctor(doctor));
        let (windows, rules) =
            futures_util::future::try_join(table.query_all(&windows), table.query_all(&rules)).await?;
        Ok(Self { windows, rules })
    }

    /// The openings between two local days, both included.
    #[must_use]
    pub fn openings(&self, from: LocalDate, to: LocalDate) -> Vec<Opening> {
        let windows = self.windows.iter().filter(|window| from <= window.date && window.date <= to);
        windows.map(Window::opening).chain(self.rules.iter().flat_map(|rule| rule.between(from, to))).collect()
    }

    /// Without one of its sources: for what becomes of the rest when that one changes.
    #[must_use]
    pub fn without(mut self, source: Source) -> Self {
        self.windows.retain(|window| Source::Window(window.id) != source);
        self.rules.retain(|rule| Source::Rule(rule.id) != source);
        self
    }

    /// With those of another.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.windows.extend(other.windows);
        self.rules.extend(other.rules);
        self
    }

    /// The version of the window or rule that an opening comes from.
    #[must_use]
    pub fn version(&self, source: Source) -> Option<u64> {
        self.row(source).map(|(_, version)| version)
    }

    fn row(&self, source: Source) -> Option<(Key, u64)> {
        match source {
            Source::Window(id) => {
                let window = self.windows.iter().find(|window| window.id == id)?;
                Some((window.key(), window.version))
            }
            Source::Rule(id) => {
                let rule = self.rules.iter().find(|rule| rule.id == id)?;
                Some((rule.key(), rule.version))
            }
        }
    }

    /// Adds to a booking: what an opening comes from is still what was read.
    pub fn hold(&self, transaction: &mut Transaction, source: Source) {
        if let Some((key, version)) = self.row(source) {
            transaction.check(Purpose::Calendar, key, "version = :read", &[(":read", number(version))]);
        }
    }
}
