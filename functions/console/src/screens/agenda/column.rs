//! The columns of a day: what each doctor or room has, by the minute.

use super::{Day, View};
use crate::api::{Appointment, Availability, Slot};
use crate::dates;
use domain::time::LocalDate;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// A stretch of the day, in minutes since midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Stretch {
    pub(crate) from: u32,
    pub(crate) until: u32,
}

impl Stretch {
    fn of(start: &str, end: &str, day: LocalDate) -> Self {
        let from = dates::minute_of(start, day);
        Self { from, until: dates::minute_of(end, day).max(from + 1) }
    }

    pub(crate) fn overlaps(self, other: Self) -> bool {
        self.from < other.until && other.from < self.until
    }
}

/// Closed time: consecutive slots with one reason.
pub(crate) struct ClosedTime<'a> {
    pub(crate) stretch: Stretch,
    /// The reason that staff gave.
    pub(crate) text: Option<&'a str>,
    /// Whether the room is in use, and not closed.
    pub(crate) is_room_busy: bool,
}

pub(crate) struct Entry<'a> {
    pub(crate) stretch: Stretch,
    pub(crate) appointment: &'a Appointment,
    /// Whether another one is at the same time, so that each gets half of the width; `true` for the right half.
    pub(crate) half: Option<bool>,
}

pub(crate) struct Free<'a> {
    pub(crate) stretch: Stretch,
    pub(crate) slot: &'a Slot,
    pub(crate) availability: &'a Availability,
}

pub(crate) struct Column<'a> {
    pub(crate) id: String,
    pub(crate) name: Cow<'a, str>,
    /// The page of what stands above the column, if it has one.
    pub(crate) link: Option<String>,
    /// The rooms of a doctor, or the doctors of a room.
    pub(crate) others: Vec<&'a str>,
    /// The current minute, where the column is of today.
    pub(crate) now: Option<u32>,
    pub(crate) hours: Vec<Stretch>,
    pub(crate) entries: Vec<Entry<'a>>,
    pub(crate) slots: Vec<Free<'a>>,
    pub(crate) closed: Vec<ClosedTime<'a>>,
}

impl<'a> Column<'a> {
    pub(crate) fn new(id: String, name: Cow<'a, str>) -> Self {
        let (others, hours, entries, slots, closed) = (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { id, name, link: None, others, now: None, hours, entries, slots, closed }
    }

    pub(crate) fn free(&self) -> usize {
        self.slots.len()
    }

    pub(crate) fn stretches(&self) -> impl Iterator<Item = Stretch> {
        let entries = self.entries.iter().map(|entry| entry.stretch);
        self.hours.iter().copied().chain(entries)
    }

    pub(crate) fn add_availability(&mut self, availability: &'a Availability, day: LocalDate) {
        let hours = Stretch {
            from: dates::minutes(&availability.start_time),
            until: dates::minutes(&availability.end_time).max(dates::minutes(&availability.start_time) + 1),
        };
        self.hours.push(hours);
        for slot in &availability.slots {
            let stretch = Stretch::of(&slot.start_datetime, &slot.end_datetime, day);
            if slot.available {
                self.slots.push(Free { stretch, slot, availability });
                continue;
            }
            let is_room_busy = slot.reason.as_deref() == Some("room_busy");
            if slot.reason.as_deref() != Some("blocked") && !is_room_busy {
                continue;
            }
            let text = slot.block.as_ref().and_then(|block| block.reason.as_deref());
            match self.closed.last_mut() {
                Some(last)
                    if last.stretch.until == stretch.from && last.text == text && last.is_room_busy == is_room_busy =>
                {
                    last.stretch.until = stretch.until;
                }
                _ => self.closed.push(ClosedTime { stretch, text, is_room_busy }),
            }
        }
    }

    pub(crate) fn add_appointment(&mut self, appointment: &'a Appointment, day: LocalDate) {
        let stretch = Stretch::of(&appointment.start_datetime, &appointment.end_datetime, day);
        self.entries.push(Entry { stretch, appointment, half: None });
    }

    /// Names a room of a doctor, or a doctor of a room, once.
    pub(crate) fn add_other(&mut self, other: &'a str) {
        if !self.others.contains(&other) {
            self.others.push(other);
        }
    }

    /// Puts appointments of the same time side by side.
    pub(crate) fn arrange(&mut self) {
        arrange(&mut self.entries);
    }
}

/// The columns with hours or appointments on this day, by name. `now` is the current minute, where the day is today.
pub(crate) fn columns<'a>(view: &View, day: &'a Day, now: Option<u32>) -> Vec<Column<'a>> {
    let mut columns: BTreeMap<(String, String), Column<'a>> = BTreeMap::new();
    for availability in &day.availability {
        let (doctor, room) = (
            (availability.doctor.as_str(), availability.doctor_name.as_str()),
            (availability.room.as_str(), availability.room_name.as_str()),
        );
        let (id, name) = view.column(doctor, room);
        let other = if id == availability.doctor { room.1 } else { doctor.1 };
        column(&mut columns, id, name, other).add_availability(availability, view.date);
    }
    for appointment in &day.appointments {
        if !is_shown(appointment, view.with_cancelled) {
            continue;
        }
        let (doctor, room) = (
            (appointment.doctor.as_str(), appointment.doctor_name.as_str()),
            (appointment.room.as_str(), appointment.room_name.as_str()),
        );
        let (id, name) = view.column(doctor, room);
        let other = if id == appointment.doctor { room.1 } else { doctor.1 };
        column(&mut columns, id, name, other).add_appointment(appointment, view.date);
    }
    let mut columns: Vec<_> = columns.into_values().collect();
    for column in &mut columns {
        column.now = now;
        column.arrange();
    }
    columns
}

/// Whether an appointment has a place on the board.
pub(crate) fn is_shown(appointment: &Appointment, with_cancelled: bool) -> bool {
    (with_cancelled || !appointment.is_cancelled_or_moved()) && !appointment.has_no_time()
}

fn column<'c, 'a>(
    columns: &'c mut BTreeMap<(String, String), Column<'a>>,
    id: &str,
    name: &'a str,
    other: &'a str,
) -> &'c mut Column<'a> {
    let key = (name.to_lowercase(), id.to_owned());
    let column = columns.entry(key).or_insert_with(|| Column::new(id.to_owned(), Cow::Borrowed(name)));
    column.add_other(other);
    column
}

fn arrange(entries: &mut [Entry<'_>]) {
    entries.sort_by_key(|entry| (entry.stretch, entry.appointment.overbook, entry.appointment.is_cancelled_or_moved()));
    let stretches: Vec<Stretch> = entries.iter().map(|entry| entry.stretch).collect();
    let mut is_right = Vec::<bool>::with_capacity(entries.len());
    for (at, entry) in entries.iter_mut().enumerate() {
        let earlier = stretches.iter().take(at).zip(&is_right);
        let left_is_taken = earlier.filter(|(other, _)| other.overlaps(entry.stretch)).any(|(_, right)| !right);
        let later = stretches.iter().skip(at + 1).any(|other| other.overlaps(entry.stretch));
        entry.half = (left_is_taken || later).then_some(left_is_taken);
        is_right.push(left_is_taken);
    }
}
