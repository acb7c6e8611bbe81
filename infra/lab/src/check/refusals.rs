//! Was a place really taken that was said to be? What the refused attempt had read is looked at again,
//! minute by minute, by nothing of what books: rows as they stood in the table, and counting.
//!
//! All times in a run are whole minutes.

use super::history::Record;
use super::operation::Wish;
use domain::appointment::Appointment;
use domain::clinic::{Clinic, Room};
use domain::ids::{DoctorId, Id as _};
use domain::time::Instant;
use invariants::rows::{Day, Entry};
use std::collections::BTreeMap;
use store::counter::Counter;
use store::item::{Entity as _, Item, from_item, kind};
use store::keys::{Key, Resource};

/// What isn't true of a refusal, given whose time was taken in what was read.
#[must_use]
pub fn untrue(record: &Record, taken: Option<&[String]>) -> Option<String> {
    if record.answer.code != "slot_taken" || taken == Some(record.answer.conflicts.as_slice()) {
        return None;
    }
    let (request, kind, said) = (&record.request, record.of.name(), &record.answer.conflicts);
    Some(format!(
        "request {request}, {kind}, was told that the time of {said:?} is taken; it has read that of {taken:?}"
    ))
}

/// What a refused attempt read last: what it was refused by.
#[derive(Debug, Default)]
pub struct Sight {
    doctor: BTreeMap<String, Entry>,
    room: BTreeMap<String, Entry>,
    patient: BTreeMap<String, Entry>,
    capacity: Option<usize>,
    clinic: Option<Clinic>,
    counted: BTreeMap<Key, u64>,
    /// Appointments that were read: the one that is to be moved is among them.
    appointments: Vec<Appointment>,
}

impl Sight {
    /// Takes the rows that were read.
    #[must_use]
    pub fn of<'a>(rows: impl IntoIterator<Item = &'a Item>) -> Self {
        let mut sight = Self::default();
        for row in rows {
            sight.add(row);
        }
        sight
    }

    fn add(&mut self, row: &Item) {
        match kind(row) {
            Some("agenda") => {
                let Some(((resource, _), day)) = Day::read(row) else { return };
                let entries = day.entries.into_iter().map(|(id, entry)| (id.to_string(), entry));
                match resource {
                    Resource::Doctor(_) => self.doctor.extend(entries),
                    Resource::Room(_) => self.room.extend(entries),
                    Resource::Patient(_) => self.patient.extend(entries),
                }
            }
            Some("room") => {
                self.capacity = from_item::<Room>(row.clone()).ok().map(|room| usize::from(room.profile.capacity));
            }
            Some("clinic") => self.clinic = from_item(row.clone()).ok(),
            Some("counter") => {
                let counter = from_item::<Counter>(row.clone()).ok();
                self.counted.extend(counter.map(|counter| (counter.key(), counter.count)));
            }
            Some("appointment") => self.appointments.extend(from_item(row.clone())),
            _ => {}
        }
    }

    /// Whose time a wish finds taken: `doctor`, `patient`, `room`, as many of them as there are. `None`
    /// where not enough was read to tell.
    #[must_use]
    pub fn taken(&self, wish: &Wish) -> Option<Vec<String>> {
        let mut taken = Vec::new();
        if wish.overbook {
            let clinic = self.clinic.as_ref()?;
            let key = |doctor, start| Key::overbooked(doctor, clinic.id, clinic.profile.timezone.date(start));
            let wanted = key(DoctorId::parse(&wish.doctor)?, Instant::from_unix(wish.from * 60)?);
            // An appointment that gives its own place up leaves one more, if it is one of the same.
            let frees = |appointment: &&Appointment| {
                let same = appointment.clinic == clinic.id && key(appointment.doctor, appointment.start) == wanted;
                wish.moving == Some(appointment.id.to_string())
                    && appointment.overbook
                    && appointment.takes_time()
                    && same
            };
            let freed = self.appointments.iter().filter(frees).count() as u64;
            let counted = self.counted.get(&wanted).copied().unwrap_or(0);
            if counted >= u64::from(clinic.profile.overbook_per_day) + freed {
                taken.push("doctor".to_owned());
            }
        } else {
            if at_once(&self.doctor, wish, wish.until + wish.buffer, false) > 0 {
                taken.push("doctor".to_owned());
            }
            if at_once(&self.room, wish, wish.until, false) >= self.capacity? {
                taken.push("room".to_owned());
            }
        }
        if at_once(&self.patient, wish, wish.until, true) > 0 {
            taken.push("patient".to_owned());
        }
        taken.sort_unstable();
        Some(taken)
    }
}

/// How many entries there are in the fullest minute of the wish, without that of the appointment that moves.
fn at_once(entries: &BTreeMap<String, Entry>, wish: &Wish, until: i64, overbooked: bool) -> usize {
    let others: Vec<Entry> = entries
        .iter()
        .filter(|(id, entry)| wish.moving.as_ref() != Some(id) && (overbooked || !entry.overbooked))
        .map(|(_, entry)| *entry)
        .collect();
    let going_on =
        |minute: i64| others.iter().filter(|entry| entry.from <= minute * 60 && minute * 60 < entry.until).count();
    (wish.from..until).map(going_on).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::history::Answer;
    use crate::check::operation::Kind;
    use domain::clinic::{ClinicProfile, ReminderSettings};
    use domain::ids::ClinicId;
    use domain::text::Line;
    use domain::time::Zone;

    fn entry(from: i64, until: i64, overbooked: bool) -> Entry {
        Entry { from: from * 60, until: until * 60, overbooked }
    }

    fn sight(doctor: &[Entry], room: &[Entry], patient: &[Entry]) -> Sight {
        let named = |entries: &[Entry]| {
            entries.iter().enumerate().map(|(number, entry)| (number.to_string(), *entry)).collect()
        };
        let (doctor, room, patient) = (named(doctor), named(room), named(patient));
        Sight { doctor, room, patient, capacity: Some(2), ..Sight::default() }
    }

    fn wish(from: i64, until: i64) -> Wish {
        Wish { doctor: DoctorId::nobody().to_string(), from, until, buffer: 10, overbook: false, moving: None }
    }

    #[test]
    fn a_refusal_says_whose_time_had_been_read_as_taken() {
        let conflicts = vec!["doctor".to_owned(), "room".to_owned()];
        let answer = Answer { status: 409, code: "slot_taken".into(), id: String::new(), replayed: false, conflicts };
        let (request, target) = ("1".to_owned(), String::new());
        let mut record = Record { kind: Kind::Book, of: Kind::Book, request, key: None, target, wish: None, answer };
        let both = record.answer.conflicts.clone();
        assert_eq!(untrue(&record, Some(&both)), None);
        assert!(untrue(&record, Some(&both[..1])).is_some() && untrue(&record, Some(&[])).is_some());
        assert!(untrue(&record, None).is_some(), "nothing was read that says so");
        record.answer.code = "outside_availability".into();
        assert_eq!(untrue(&record, None), None);
    }

    #[test]
    fn what_touches_takes_nothing_and_the_buffer_counts() {
        let sight = sight(&[entry(40, 50, false)], &[], &[]);
        assert_eq!(sight.taken(&wish(20, 30)).unwrap(), [""; 0]);
        assert_eq!(sight.taken(&wish(21, 31)).unwrap(), ["doctor"]);
        assert_eq!(sight.taken(&wish(50, 60)).unwrap(), [""; 0]);
        assert_eq!(sight.taken(&Wish { moving: Some("0".into()), ..wish(40, 50) }).unwrap(), [""; 0]);
    }

    #[test]
    fn a_room_is_full_when_as_many_are_in_it_at_once() {
        let entries = [entry(0, 10, false), entry(10, 20, false), entry(5, 8, true)];
        assert_eq!(sight(&[], &entries, &[]).taken(&wish(0, 20)).unwrap(), [""; 0]);
        let entries = [entry(0, 11, false), entry(10, 20, false)];
        assert_eq!(sight(&[], &entries, &[]).taken(&wish(0, 20)).unwrap(), ["room"]);
    }

    #[test]
    fn who_is_overbooked_is_counted_and_is_still_in_one_place() {
        let overbook = Wish { overbook: true, ..wish(0, 20) };
        let mut sight = sight(&[entry(0, 30, false)], &[], &[entry(5, 6, true)]);
        assert_eq!(sight.taken(&overbook), None, "nobody knows how many are allowed");
        let clinic = clinic();
        let key = |day: i64| {
            let start = Instant::from_unix(day * 86_400).unwrap();
            Key::overbooked(DoctorId::nobody(), clinic.id, clinic.profile.timezone.date(start))
        };
        sight.counted = [(key(0), 0), (key(9), 5)].into();
        sight.clinic = Some(clinic.clone());
        assert_eq!(sight.taken(&overbook).unwrap(), ["patient"], "another day doesn't count");
        sight.counted = [(key(0), 1)].into();
        assert_eq!(sight.taken(&overbook).unwrap(), ["doctor", "patient"]);
    }

    /// One where one appointment a day may be overbooked.
    fn clinic() -> Clinic {
        let profile = ClinicProfile {
            name: Line::parse("Centro").unwrap(),
            address: None,
            phone_number: None,
            timezone: Zone::parse("America/Bogota").unwrap(),
            reminders: ReminderSettings::default(),
            hold_minutes: 120,
            overbook_per_day: 1,
            notify_on_create: false,
            notify_on_cancel: true,
            notify_on_move: true,
        };
        domain::record::Record::new(ClinicId::nobody(), profile, Instant::from_unix(0).unwrap())
    }
}
