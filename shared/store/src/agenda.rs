//! The agenda: one row per doctor, room or patient and UTC day, which is also the lock of that day.
//!
//! The intervals are *inside* the row whose version a booking checks. A separate query next to a lock row would
//! only be read-committed, and allows double bookings.

use crate::error::ReadError;
use crate::item::{Entity, number};
use crate::keys::{Key, Resource, agenda_day, compact_id, parse_compact_id};
use crate::table::Batch;
use crate::transaction::{Purpose, Transaction, UpdateExpression};
use aws_sdk_dynamodb::types::AttributeValue;
use domain::agenda::{Agenda, AgendaEntry};
use domain::ids::AppointmentId;
use domain::time::{Instant, Interval, LocalDate, TimeDelta};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One UTC day of an agenda.
///
/// It is small, because every booking is charged for its size: ids are 22 characters of base64url, times are
/// seconds from the start of the day (negative if an entry began the day before). A day with 100 appointments
/// is under 5 KB.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AgendaDay {
    #[serde(rename = "PK")]
    pk: String,
    #[serde(rename = "SK")]
    sk: String,
    /// Incremented with each added entry. Removing one doesn't increment it, because that can't cause an overlap.
    version: u64,
    /// `[start, end]` by appointment, with a third number if the entry is overbooked.
    iv: BTreeMap<String, Vec<i64>>,
}

impl Entity for AgendaDay {
    const KIND: &'static str = "agenda";

    fn key(&self) -> Key {
        Key { pk: self.pk.clone(), sk: self.sk.clone() }
    }
}

/// An agenda as it was read: its entries and the versions of its days.
#[derive(Debug, Clone)]
pub struct AgendaSnapshot {
    resource: Resource,
    days: BTreeMap<LocalDate, u64>,
    pub agenda: Agenda,
}

/// The keys of all UTC days that an interval overlaps.
pub fn day_keys(resource: Resource, interval: Interval) -> impl Iterator<Item = Key> {
    interval.utc_days().map(move |day| Key::agenda(resource, day))
}

impl AgendaSnapshot {
    /// Takes the days of an agenda out of a batch that was read with [`day_keys`].
    pub fn from_batch(resource: Resource, interval: Interval, batch: &mut Batch) -> Result<Self, ReadError> {
        let mut read = Self { resource, days: BTreeMap::new(), agenda: Agenda::default() };
        for day in interval.utc_days() {
            let row = batch.take::<AgendaDay>(&Key::agenda(resource, day))?;
            read.days.insert(day, row.as_ref().map_or(0, |row| row.version));
            for (appointment, entry) in row.iter().flat_map(|row| row.entries(day)) {
                read.agenda.add(appointment, entry);
            }
        }
        Ok(read)
    }
}

impl AgendaSnapshot {
    /// Adds the condition that no entry was added to these days since they were read.
    pub fn check_unchanged(&self, transaction: &mut Transaction) {
        for (day, version) in &self.days {
            let key = Key::agenda(self.resource, *day);
            let purpose = Purpose::Agenda(self.resource);
            match version {
                0 => transaction.check(purpose, key, "attribute_not_exists(PK)", &[]),
                version => transaction.check(purpose, key, "version = :read", &[(":read", number(version))]),
            }
        }
    }
}

/// Adds the days that have no row yet, for an appointment that occupies no time. The appointments of a room are found through
/// the days of its agenda. A day stays when its entries are removed.
pub fn add_missing_days(read: &AgendaSnapshot, transaction: &mut Transaction) {
    for (day, _) in read.days.iter().filter(|(_, version)| **version == 0) {
        let key = Key::agenda(read.resource, *day);
        let row = AgendaDay { pk: key.pk, sk: key.sk, version: 1, iv: BTreeMap::new() };
        transaction.create(Purpose::Agenda(read.resource), &row);
    }
}

/// The changes of a transaction to agendas. They are collected before writing, because a transaction can contain
/// each row only once, and rescheduling within a day adds to and removes from the same row.
#[derive(Debug, Default)]
pub struct AgendaChanges(BTreeMap<(Resource, LocalDate), DayChange>);

#[derive(Debug, Default)]
struct DayChange {
    read: u64,
    added: Vec<(AppointmentId, AgendaEntry)>,
    removed: Vec<AppointmentId>,
}

impl AgendaChanges {
    /// Adds the entry to each day that it overlaps, on condition that these are unchanged since they were read.
    pub fn add_entry(&mut self, read: &AgendaSnapshot, appointment: AppointmentId, entry: AgendaEntry) {
        for day in entry.interval.utc_days() {
            let change = self.0.entry((read.resource, day)).or_default();
            change.read = read.days.get(&day).copied().unwrap_or(0);
            change.added.push((appointment, entry));
        }
    }

    /// Replaces the entry of an appointment that occupies the time `before`, under the conditions of
    /// [`add_entry`](Self::add_entry).
    pub fn replace_entry(
        &mut self,
        read: &AgendaSnapshot,
        appointment: AppointmentId,
        before: Interval,
        entry: AgendaEntry,
    ) {
        self.add_entry(read, appointment, entry);
        // A day that both overlap has one entry of the appointment, which the new one overwrites.
        let kept: Vec<LocalDate> = entry.interval.utc_days().collect();
        for day in before.utc_days().filter(|day| !kept.contains(day)) {
            self.0.entry((read.resource, day)).or_default().removed.push(appointment);
        }
    }

    /// Removes the entry from each day that it overlaps.
    pub fn remove_entry(&mut self, resource: Resource, appointment: AppointmentId, interval: Interval) {
        for day in interval.utc_days() {
            self.0.entry((resource, day)).or_default().removed.push(appointment);
        }
    }

    /// Adds the changes to a transaction.
    pub fn write(self, transaction: &mut Transaction) {
        for ((resource, day), change) in self.0 {
            change.write(transaction, resource, day);
        }
    }
}

impl DayChange {
    fn write(self, transaction: &mut Transaction, resource: Resource, day: LocalDate) {
        let key = Key::agenda(resource, day);
        if self.read == 0 && !self.added.is_empty() {
            let iv = self.added.iter().map(|(id, entry)| (compact_id(*id), numbers(*entry, day))).collect();
            let row = AgendaDay { pk: key.pk, sk: key.sk, version: 1, iv };
            return transaction.create(Purpose::Agenda(resource), &row);
        }
        let ids: Vec<AppointmentId> =
            self.added.iter().map(|(id, _)| *id).chain(self.removed.iter().copied()).collect();
        let placeholders: Vec<String> = (0..ids.len()).map(|index| format!("#id{index}")).collect();
        let values: Vec<String> = (0..self.added.len()).map(|index| format!(":entry{index}")).collect();
        let names: Vec<(&str, String)> =
            placeholders.iter().map(String::as_str).zip(ids.into_iter().map(compact_id)).collect();
        let (set, remove) = placeholders.split_at(self.added.len());
        let set: Vec<String> = set.iter().zip(&values).map(|(id, entry)| format!("iv.{id} = {entry}")).collect();
        let remove: Vec<String> = remove.iter().map(|id| format!("iv.{id}")).collect();
        let mut bound: Vec<(&str, AttributeValue)> = values
            .iter()
            .map(String::as_str)
            .zip(
                self.added
                    .iter()
                    .map(|(_, entry)| AttributeValue::L(numbers(*entry, day).into_iter().map(number).collect())),
            )
            .collect();
        let mut update = String::new();
        if !set.is_empty() {
            update = format!("SET {}, version = version + :one", set.join(", "));
            bound.extend([(":one", number(1)), (":read", number(self.read))]);
        }
        if !remove.is_empty() {
            update = format!("{update} REMOVE {}", remove.join(", "));
        }
        // Removing needs no version check, because it can't cause an overlap. It must not create a row either.
        let (purpose, condition) = if set.is_empty() {
            (Purpose::Append, "attribute_exists(PK)")
        } else {
            (Purpose::Agenda(resource), "version = :read")
        };
        let change =
            UpdateExpression { update: update.trim(), condition: Some(condition), names: &names, values: &bound };
        transaction.update(purpose, key, &change);
    }
}

impl AgendaDay {
    /// The entries. `day` is the UTC day of the row, to which the stored times are relative.
    pub fn entries(&self, day: LocalDate) -> impl Iterator<Item = (AppointmentId, AgendaEntry)> {
        self.iv.iter().filter_map(move |(id, numbers)| {
            let (start, end) = (numbers.first()?, numbers.get(1)?);
            let interval = Interval::new(instant(day, *start)?, instant(day, *end)?)?;
            Some((parse_compact_id(id)?, AgendaEntry { interval, overbooked: numbers.get(2).is_some() }))
        })
    }

    /// The UTC day in its key.
    #[must_use]
    pub fn day(&self) -> Option<LocalDate> {
        agenda_day(&self.sk)
    }
}

fn midnight(day: LocalDate) -> Instant {
    Instant::from_utc(day.and_time(domain::time::LocalTime::MIN).and_utc())
}

fn instant(day: LocalDate, seconds: i64) -> Option<Instant> {
    TimeDelta::try_seconds(seconds).map(|delta| midnight(day).plus(delta))
}

fn numbers(entry: AgendaEntry, day: LocalDate) -> Vec<i64> {
    let seconds = |instant: Instant| instant.since(midnight(day)).num_seconds();
    let mut numbers = vec![seconds(entry.interval.start()), seconds(entry.interval.end())];
    numbers.extend(entry.overbooked.then_some(1));
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::item::to_item;
    use domain::ids::{DoctorId, Id as _};

    #[test]
    fn an_entry_across_midnight_is_equal_in_both_days() {
        let at = |text| Instant::parse(text).unwrap();
        let interval = Interval::new(at("2025-12-15T23:30:00Z"), at("2025-12-16T00:30:00Z")).unwrap();
        let entry = AgendaEntry { interval, overbooked: true };
        let id = AppointmentId::from_uuid(uuid::Uuid::from_u128(7));
        for day in interval.utc_days() {
            let key = Key::agenda(Resource::Doctor(DoctorId::nil()), day);
            let row =
                AgendaDay { pk: key.pk, sk: key.sk, version: 1, iv: [(compact_id(id), numbers(entry, day))].into() };
            assert_eq!(row.entries(day).collect::<Vec<_>>(), [(id, entry)]);
            assert_eq!(row.day(), Some(day));
        }
    }

    #[test]
    fn a_day_of_a_hundred_appointments_is_under_five_kilobytes() {
        let day = "2025-12-15".parse().unwrap();
        let key = Key::agenda(Resource::Doctor(DoctorId::nil()), day);
        let iv = (0..100u128)
            .map(|n| {
                let start = midnight(day).plus(TimeDelta::minutes(14 * n as i64));
                let interval = Interval::new(start, start.plus(TimeDelta::minutes(14))).unwrap();
                (
                    compact_id(AppointmentId::from_uuid(uuid::Uuid::from_u128(n << 90))),
                    numbers(AgendaEntry { interval, overbooked: false }, day),
                )
            })
            .collect();
        let item = to_item(&AgendaDay { pk: key.pk, sk: key.sk, version: 100, iv }).unwrap();
        let AttributeValue::M(iv) = &item["iv"] else { panic!() };
        // Item sizes by AWS's rules: a map or a list takes 3 bytes and 1 per element; a number takes about one byte
        // per two digits and one more.
        let entries: usize = iv
            .iter()
            .map(|(id, value)| {
                let digits: usize = value.as_l().unwrap().iter().map(|n| n.as_n().unwrap().len().div_ceil(2) + 2).sum();
                id.len() + 1 + 3 + digits
            })
            .sum();
        assert!(entries + 300 < 5 * 1024, "{entries}");
    }
}
