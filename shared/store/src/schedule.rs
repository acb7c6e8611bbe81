//! The rows of dated windows and weekly rules. They are in the partition of the doctor, where a booking reads
//! them consistently.

use crate::error::ReadError;
use crate::id_lookup::FoundById;
use crate::item::{Entity, number};
use crate::keys::{EntityRef, IndexKey, Key, all_rules_key, room_rule_key, room_window_key};
use crate::patterns::{self, Pattern};
use crate::schema::Index;
use crate::table::Table;
use crate::transaction::{Purpose, Transaction};
use domain::ids::{DoctorId, WindowId};
use domain::schedule::{AvailabilityPeriod, Source, Window};
use domain::time::LocalDate;
use domain::weekly_rule::WeeklyRule;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

impl Entity for Window {
    const KIND: &'static str = "window";

    fn key(&self) -> Key {
        Key::window(self.doctor, self.date, self.id)
    }

    fn indexes(&self) -> Vec<(Index, IndexKey)> {
        vec![(Index::One, room_window_key(self.room, self.date, self.id))]
    }
}

impl FoundById for Window {
    fn lookup_ref(&self) -> EntityRef {
        EntityRef::Window(self.id)
    }
}

impl Entity for WeeklyRule {
    const KIND: &'static str = "rule";

    fn key(&self) -> Key {
        Key::rule(self.doctor, self.id)
    }

    fn indexes(&self) -> Vec<(Index, IndexKey)> {
        vec![(Index::One, room_rule_key(self.room, self.id)), (Index::Two, all_rules_key(self.id))]
    }
}

impl FoundById for WeeklyRule {
    fn lookup_ref(&self) -> EntityRef {
        EntityRef::Rule(self.id)
    }
}

/// The windows and rules of a doctor as they were read, over a range of days.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Timetable {
    pub windows: Vec<Window>,
    pub rules: Vec<WeeklyRule>,
}

impl Timetable {
    /// Reads the rules of a doctor, and the windows between two local days, both included.
    pub async fn read(table: &Table, doctor: DoctorId, from: LocalDate, to: LocalDate) -> Result<Self, ReadError> {
        let patterns = (patterns::windows_of_doctor(doctor, from, to), patterns::rules_of_doctor(doctor));
        Self::query(table, patterns).await
    }

    /// The same eventually consistent, at half the price.
    pub async fn read_eventual(
        table: &Table,
        doctor: DoctorId,
        from: LocalDate,
        to: LocalDate,
    ) -> Result<Self, ReadError> {
        let (windows, rules) = (patterns::windows_of_doctor(doctor, from, to), patterns::rules_of_doctor(doctor));
        Self::query(table, (windows.eventually_consistent(), rules.eventually_consistent())).await
    }

    async fn query(table: &Table, (windows, rules): (Pattern, Pattern)) -> Result<Self, ReadError> {
        let (windows, rules) =
            futures_util::future::try_join(table.query_all(&windows), table.query_all(&rules)).await?;
        Ok(Self { windows, rules })
    }

    /// The availability periods between two local days, both included.
    #[must_use]
    pub fn periods(&self, from: LocalDate, to: LocalDate) -> Vec<AvailabilityPeriod> {
        let windows = || self.windows.iter().filter(|window| from <= window.date && window.date <= to);
        let replaced: BTreeSet<(DoctorId, LocalDate)> =
            windows().filter(|window| window.instead_of_rules).map(|window| (window.doctor, window.date)).collect();
        let rules = self.rules.iter().flat_map(|rule| rule.periods_between(from, to));
        let rules = rules.filter(|period| !replaced.contains(&(period.doctor, period.date)));
        windows().map(Window::period).chain(rules).collect()
    }

    /// The rules that apply on a local day, each as a rule of that day alone.
    #[must_use]
    pub fn rules_on(&self, date: LocalDate) -> Self {
        Self { windows: Vec::new(), rules: self.rules.iter().filter_map(|rule| rule.on_day(date)).collect() }
    }

    /// With windows that replace rules added, unless they are there already.
    #[must_use]
    pub fn with_exceptions(mut self, windows: Vec<Window>) -> Self {
        let known: BTreeSet<WindowId> = self.windows.iter().map(|window| window.id).collect();
        let missing = |window: &Window| window.instead_of_rules && !known.contains(&window.id);
        self.windows.extend(windows.into_iter().filter(missing));
        self
    }

    /// The window that a period comes from.
    #[must_use]
    pub fn window(&self, source: Source) -> Option<&Window> {
        self.windows.iter().find(|window| Source::Window(window.id) == source)
    }

    /// Without one window or rule, to compute the effect of changing it.
    #[must_use]
    pub fn without(mut self, source: Source) -> Self {
        self.windows.retain(|window| Source::Window(window.id) != source);
        self.rules.retain(|rule| Source::Rule(rule.id) != source);
        self
    }

    /// With the windows and rules of another timetable added.
    #[must_use]
    pub fn merged(mut self, other: Self) -> Self {
        self.windows.extend(other.windows);
        self.rules.extend(other.rules);
        self
    }

    /// The version of the window or rule with this id.
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

    /// Adds the condition that the window or rule is unchanged since it was read.
    pub fn check_unchanged(&self, transaction: &mut Transaction, source: Source) {
        if let Some((key, version)) = self.row(source) {
            transaction.check(Purpose::Calendar, key, "version = :read", &[(":read", number(version))]);
        }
    }
}
