//! The agenda of a doctor, a room or a patient: the intervals that appointments occupy.
//!
//! Double bookings are detected here. The code is arithmetic on half-open intervals; `store` makes sure that
//! the agenda that was read is unchanged when the booking is written.

use crate::ids::AppointmentId;
use crate::time::{Instant, Interval};
use std::collections::BTreeMap;

/// One appointment in an agenda. A doctor's entry includes the buffer at the time of booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AgendaEntry {
    /// The occupied time.
    pub interval: Interval,
    /// Whether it was booked beyond capacity: then it doesn't count towards the capacity, but the patient
    /// can't have another appointment at the same time.
    pub overbooked: bool,
}

/// The entries of one resource over the days that were read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Agenda(BTreeMap<AppointmentId, AgendaEntry>);

impl Agenda {
    /// Adds an appointment. The same appointment read from two days is one entry.
    pub fn add(&mut self, appointment: AppointmentId, entry: AgendaEntry) {
        self.0.insert(appointment, entry);
    }

    /// Removes an appointment, for example one that is about to be rescheduled.
    pub fn remove(&mut self, appointment: AppointmentId) {
        self.0.remove(&appointment);
    }

    pub fn iter(&self) -> impl Iterator<Item = (AppointmentId, AgendaEntry)> {
        self.0.iter().map(|(id, entry)| (*id, *entry))
    }

    /// The earliest entry that overlaps `wanted`, overbooked ones included: for a patient, who can have only
    /// one appointment at a time.
    #[must_use]
    pub fn first_overlap(&self, wanted: Interval) -> Option<Interval> {
        self.0.values().map(|entry| entry.interval).filter(|taken| taken.overlaps(wanted)).min()
    }

    /// The appointment that occupies a time; of several, one that isn't overbooked.
    #[must_use]
    pub fn occupant(&self, taken: Interval) -> Option<AppointmentId> {
        let occupants = self.0.iter().filter(|(_, entry)| entry.interval == taken);
        occupants.min_by_key(|(id, entry)| (entry.overbooked, **id)).map(|(id, _)| *id)
    }

    /// When the first of the appointments that overlap `wanted` ends. Overbooked entries don't count.
    #[must_use]
    pub fn first_end(&self, wanted: Interval) -> Option<Instant> {
        let overlapping = self.0.values().filter(|entry| !entry.overbooked && entry.interval.overlaps(wanted));
        overlapping.map(|entry| entry.interval.end()).min()
    }

    /// An entry that overlaps `wanted` at an instant at which `capacity` appointments are running already;
    /// `None` if there is room for one more. Overbooked entries don't count. Only *simultaneous*
    /// appointments count: three short ones in a row use one unit of capacity, not three.
    #[must_use]
    pub fn first_over_capacity(&self, wanted: Interval, capacity: usize) -> Option<Interval> {
        let mut taken: Vec<Interval> = self
            .0
            .values()
            .filter(|entry| !entry.overbooked && entry.interval.overlaps(wanted))
            .map(|entry| entry.interval)
            .collect();
        taken.sort_unstable();
        // The number of running appointments rises only at starts, so the maximum is at one of them.
        let starts = taken.iter().map(|interval| interval.start().max(wanted.start()));
        let running_at = |at: Instant| move |interval: &&Interval| interval.start() <= at && at < interval.end();
        starts
            .filter(|at| taken.iter().filter(running_at(*at)).count() >= capacity)
            .find_map(|at| taken.iter().find(running_at(at)).copied())
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
            agenda.add(id, AgendaEntry { interval: interval(*start, *length), overbooked: *overbooked });
        }
        agenda
    }

    #[test]
    fn touching_appointments_do_not_overlap() {
        let agenda = agenda(&[(0, 30, false)]);
        assert_eq!(agenda.first_overlap(interval(30, 30)), None);
        assert_eq!(agenda.first_overlap(interval(29, 30)), Some(interval(0, 30)));
    }

    #[test]
    fn capacity_counts_simultaneous_appointments() {
        let agenda = agenda(&[(0, 10, false), (10, 10, false), (20, 10, false)]);
        assert_eq!(agenda.first_over_capacity(interval(0, 30), 2), None);
        assert!(agenda.first_over_capacity(interval(0, 30), 1).is_some());
    }

    #[test]
    fn overbooked_entries_count_for_the_patient_only() {
        let agenda = agenda(&[(0, 30, true)]);
        assert_eq!(agenda.first_over_capacity(interval(0, 30), 1), None);
        assert!(agenda.first_overlap(interval(0, 30)).is_some());
    }

    proptest! {
        #[test]
        fn capacity_agrees_with_counting_minute_by_minute(
            entries in prop::collection::vec((0i64..60, 1i64..20, any::<bool>()), 0..12),
            start in 0i64..60, length in 1i64..20, capacity in 1usize..4,
        ) {
            let wanted = interval(start, length);
            let naive = (start..start + length).any(|minute| {
                entries.iter().filter(|(s, l, over)| !over && *s <= minute && minute < s + l).count() >= capacity
            });
            let found = agenda(&entries).first_over_capacity(wanted, capacity);
            prop_assert_eq!(found.is_some(), naive);
            prop_assert!(found.is_none_or(|taken| taken.overlaps(wanted)));
        }
    }
}
