//! The agenda: one row per doctor, room or patient and UTC day, which is the lock of that day.
//!
//! The intervals live *inside* the row whose version a booking conditions on. A query next to a
//! lock row would only be read-committed, and does lose bookings.

use crate::error::ReadError;
use crate::item::{Entity, number};
use crate::keys::{Key, Resource, short};
use crate::table::Batch;
use crate::transaction::{Change, Purpose, Transaction};
use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use domain::agenda::{Agenda, Entry};
use domain::ids::{AppointmentId, Id as _};
use domain::time::{Instant, Interval, LocalDate, TimeDelta};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One UTC day of an agenda.
///
/// Kept small, since every booking pays for it: ids as 22 characters of base64, times as seconds
/// from the day's start (negative where an entry began the day before). A day of 100 appointments is
/// under 5 KB.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AgendaDay {
    #[serde(rename = "PK")]
    pk: String,
    #[serde(rename = "SK")]
    sk: String,
    /// One more with each entry added. Removing one doesn't raise it: the set only shrinks.
    version: u64,
    /// `[start, end]`, and a third number where the entry is overbooked.
    iv: BTreeMap<String, Vec<i64>>,
}

impl Entity for AgendaDay {
    const KIND: &'static str = "agenda";

    fn key(&self) -> Key {
        Key { pk: self.pk.clone(), sk: self.sk.clone() }
    }
}

/// An agenda as it was read: its entries, and the versions of its days.
#[derive(Debug, Clone)]
pub struct ReadAgenda {
    resource: Resource,
    days: BTreeMap<LocalDate, u64>,
    /// The entries of those days.
    pub agenda: Agenda,
}

/// The keys of all days that an interval touches.
pub fn keys(resource: Resource, interval: Interval) -> impl Iterator<Item = Key> {
    interval.utc_days().map(move |day| Key::agenda(resource, day))
}

impl ReadAgenda {
    /// Takes an agenda's days out of a batch that was read with [`keys`].
    ///
    /// # Errors
    /// [`ReadError::Unreadable`].
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

impl ReadAgenda {
    /// Adds to a change of the calendar: nobody has booked into these days since they were read.
    pub fn hold(&self, transaction: &mut Transaction) {
        for (day, version) in &self.days {
            let key = Key::agenda(self.resource, *day);
            let role = Purpose::Agenda(self.resource);
            match version {
                0 => transaction.check(role, key, "attribute_not_exists(PK)", &[]),
                version => transaction.check(role, key, "version = :read", &[(":read", number(version))]),
            }
        }
    }
}

/// What a transaction does to agendas. Collected first and written then, because a transaction may
/// touch each row once: moving an appointment within a day adds to and removes from the same row.
#[derive(Debug, Default)]
pub struct Changes(BTreeMap<(Resource, LocalDate), DayChange>);

#[derive(Debug, Default)]
struct DayChange {
    read: u64,
    added: Vec<(AppointmentId, Entry)>,
    removed: Vec<AppointmentId>,
}

impl Changes {
    /// The entry is to stand in each day that it touches, each still at the version that was read.
    pub fn take(&mut self, read: &ReadAgenda, appointment: AppointmentId, entry: Entry) {
        for day in entry.interval.utc_days() {
            let change = self.0.entry((read.resource, day)).or_default();
            change.read = read.days.get(&day).copied().unwrap_or(0);
            change.added.push((appointment, entry));
        }
    }

    /// The entry is to go from each day that it stands in.
    pub fn release(&mut self, resource: Resource, appointment: AppointmentId, interval: Interval) {
        for day in interval.utc_days() {
            self.0.entry((resource, day)).or_default().removed.push(appointment);
        }
    }

    /// Adds all of it to a transaction.
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
            let iv = self.added.iter().map(|(id, entry)| (short(*id), numbers(*entry, day))).collect();
            let row = AgendaDay { pk: key.pk, sk: key.sk, version: 1, iv };
            return transaction.create(Purpose::Agenda(resource), &row);
        }
        let ids: Vec<AppointmentId> =
            self.added.iter().map(|(id, _)| *id).chain(self.removed.iter().copied()).collect();
        let holders: Vec<String> = (0..ids.len()).map(|place| format!("#id{place}")).collect();
        let values: Vec<String> = (0..self.added.len()).map(|place| format!(":entry{place}")).collect();
        let names: Vec<(&str, String)> = holders.iter().map(String::as_str).zip(ids.into_iter().map(short)).collect();
        let (set, remove) = holders.split_at(self.added.len());
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
        // A release conditions on no version: it only shrinks the set. But it makes no day either.
        let (role, condition) = if set.is_empty() {
            (Purpose::Append, "attribute_exists(PK)")
        } else {
            (Purpose::Agenda(resource), "version = :read")
        };
        let change = Change { update: update.trim(), condition: Some(condition), names: &names, values: &bound };
        transaction.update(role, key, change);
    }
}

impl AgendaDay {
    /// The entries, read in the light of the day that they are relative to.
    pub fn entries(&self, day: LocalDate) -> impl Iterator<Item = (AppointmentId, Entry)> {
        self.iv.iter().filter_map(move |(id, numbers)| {
            let (start, end) = (numbers.first()?, numbers.get(1)?);
            let interval = Interval::new(instant(day, *start)?, instant(day, *end)?)?;
            Some((long(id)?, Entry { interval, overbooked: numbers.get(2).is_some() }))
        })
    }

    /// The UTC day in its key.
    #[must_use]
    pub fn day(&self) -> Option<LocalDate> {
        self.sk.strip_prefix("DAY#")?.parse().ok()
    }
}

fn midnight(day: LocalDate) -> Instant {
    Instant::from_utc(day.and_time(domain::time::LocalTime::MIN).and_utc())
}

fn instant(day: LocalDate, seconds: i64) -> Option<Instant> {
    TimeDelta::try_seconds(seconds).map(|delta| midnight(day).plus(delta))
}

fn numbers(entry: Entry, day: LocalDate) -> Vec<i64> {
    let seconds = |instant: Instant| instant.since(midnight(day)).num_seconds();
    let mut numbers = vec![seconds(entry.interval.start()), seconds(entry.interval.end())];
    numbers.extend(entry.overbooked.then_some(1));
    numbers
}

fn long(text: &str) -> Option<AppointmentId> {
    let bytes: [u8; 16] = BASE64.decode(text).ok()?.try_into().ok()?;
    Some(AppointmentId::from_uuid(uuid::Uuid::from_bytes(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::item::to_item;
    use domain::ids::DoctorId;

    #[test]
    fn an_entry_over_midnight_reads_the_same_from_both_days() {
        let at = |text| Instant::parse(text).unwrap();
        let interval = Interval::new(at("2025-12-15T23:30:00Z"), at("2025-12-16T00:30:00Z")).unwrap();
        let entry = Entry { interval, overbooked: true };
        let id = AppointmentId::from_uuid(uuid::Uuid::from_u128(7));
        for day in interval.utc_days() {
            let key = Key::agenda(Resource::Doctor(DoctorId::nobody()), day);
            let row = AgendaDay { pk: key.pk, sk: key.sk, version: 1, iv: [(short(id), numbers(entry, day))].into() };
            assert_eq!(row.entries(day).collect::<Vec<_>>(), [(id, entry)]);
            assert_eq!(row.day(), Some(day));
        }
    }

    #[test]
    fn a_day_of_a_hundred_appointments_is_under_five_kilobytes() {
        let day = "2025-12-15".parse().unwrap();
        let key = Key::agenda(Resource::Doctor(DoctorId::nobody()), day);
        let iv = (0..100u128)
            .map(|n| {
                let start = midnight(day).plus(TimeDelta::minutes(14 * n as i64));
                let interval = Interval::new(start, start.plus(TimeDelta::minutes(14))).unwrap();
                (
                    short(AppointmentId::from_uuid(uuid::Uuid::from_u128(n << 90))),
                    numbers(Entry { interval, overbooked: false }, day),
                )
            })
            .collect();
        let item = to_item(&AgendaDay { pk: key.pk, sk: key.sk, version: 100, iv }).unwrap();
        let AttributeValue::M(iv) = &item["iv"] else { panic!() };
        // AWS's rules: a map's and a list's overhead is 3 bytes and 1 per element; a number is about
        // one byte per two digits and one more.
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
