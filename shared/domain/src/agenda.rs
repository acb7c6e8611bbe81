//! The agenda of a doctor, a room or a patient: who takes which time.
//!
//! This is where double bookings are refused. Everything here is arithmetic on half-open
//! intervals; `store` makes sure that what was read is still true when it is written.

use crate::ids::AppointmentId;
use crate::time::{Instant, Interval};
use std::collections::BTreeMap;

/// One appointment in an agenda. A doctor's entry includes the buffer as it was at booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The time taken.
    pub interval: Interval,
    /// A "sobreturno": it takes no place from others, but the patient can't be elsewhere.
    pub overbooked: bool,
}

/// The entries of one resource, over as many days as were read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Agenda(BTreeMap<AppointmentId, Entry>);

impl Agenda {
    /// Notes an appointment. The same appointment read from two days is one entry.
    pub fn add(&mut self, appointment: AppointmentId, entry: Entry) {
        self.0.insert(appointment, entry);
    }

    /// Forgets an appointment, as when it is about to be moved.
    pub fn remove(&mut self, appointment: AppointmentId) {
        self.0.remove(&appointment);
    }

    /// Every entry.
    pub fn iter(&self) -> impl Iterator<Item = (AppointmentId, Entry)> {
        self.0.iter().map(|(id, entry)| (*id, *entry))
    }

    /// The first entry that shares time with `wanted`, overbooked ones included: for a patient, who
    /// is in one place at a time.
    #[must_use]
    pub fn clash(&self, wanted: Interval) -> Option<Interval> {
        self.0.values().map(|entry| entry.interval).filter(|taken| taken.overlaps(wanted)).min()
    }

    /// The first entry that leaves no place for `wanted` where `capacity` appointments may go on at once;
    /// overbooked entries take no place. What counts is how many are *simultaneous*: three short
    /// appointments one after the other fill one place, not three.
    #[must_use]
    pub fn full(&self, wanted: Interval, capacity: usize) -> Option<Interval> {
        let mut taken: Vec<Interval> = self
            .0
            .values()
            .filter(|entry| !entry.overbooked && entry.interval.overlaps(wanted))
            .map(|entry| entry.interval)
            .collect();
        taken.sort_unstable();
        // The number going on changes only at starts, so the fullest moment is at one of them.
        let moments = taken.iter().map(|interval| interval.start().max(wanted.start()));
        let at = |moment: Instant| move |interval: &&Interval| interval.start() <= moment && moment < interval.end();
        moments
            .filter(|moment| taken.iter().filter(at(*moment)).count() >= capacity)
            .find_map(|moment| taken.iter().find(at(moment)).copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Id as _;
    use crate::time::TimeDelta;
    use proptest::prelude::*;

    fn interval(start: i64, length: i64) -> Interval {
        let start = Instant::from_unix(start * 60).unwrap();
        Interval::new(start, start.plus(TimeDelta::minutes(length))).unwrap()
    }

    fn agenda(entries: &[(i64, i64, bool)]) -> Agenda {
        let mut agenda = Agenda::default();
        for (index, (start, length, overbooked)) in entries.iter().enumerate() {
            let id = AppointmentId::from_uuid(uuid::Uuid::from_u128(index as u128));
            agenda.add(id, Entry { interval: interval(*start, *length), overbooked: *overbooked });
        }
        agenda
    }

    #[test]
    fn touching_appointments_do_not_clash() {
        let agenda = agenda(&[(0, 30, false)]);
        assert_eq!(agenda.clash(interval(30, 30)), None);
        assert_eq!(agenda.clash(interval(29, 30)), Some(interval(0, 30)));
    }

    #[test]
    fn capacity_counts_simultaneous_appointments() {
        let agenda = agenda(&[(0, 10, false), (10, 10, false), (20, 10, false)]);
        assert_eq!(agenda.full(interval(0, 30), 2), None);
        assert!(agenda.full(interval(0, 30), 1).is_some());
    }

    #[test]
    fn overbooked_entries_bind_the_patient_only() {
        let agenda = agenda(&[(0, 30, true)]);
        assert_eq!(agenda.full(interval(0, 30), 1), None);
        assert!(agenda.clash(interval(0, 30)).is_some());
    }

    proptest! {
        #[test]
        fn full_is_what_counting_minutes_says(
            entries in prop::collection::vec((0i64..60, 1i64..20, any::<bool>()), 0..12),
            start in 0i64..60, length in 1i64..20, capacity in 1usize..4,
        ) {
            let wanted = interval(start, length);
            let naive = (start..start + length).any(|minute| {
                entries.iter().filter(|(s, l, over)| !over && *s <= minute && minute < s + l).count() >= capacity
            });
            let found = agenda(&entries).full(wanted, capacity);
            prop_assert_eq!(found.is_some(), naive);
            prop_assert!(found.is_none_or(|taken| taken.overlaps(wanted)));
        }
    }
}
