//! Checks that every `slot_taken` and `overbook_limit` was justified: recomputes the conflicts, minute by minute, from the rows that the
//! refused attempt had read, without any code of the booking. All times in a run are whole minutes.

use super::history::OperationRecord;
use super::operation::RequestedTime;
use domain::appointment::Appointment;
use domain::clinic::{Clinic, Room};
use domain::ids::{DoctorId, Id as _};
use domain::time::Instant;
use invariants::rows::{AgendaInterval, StoredAgendaDay};
use std::collections::BTreeMap;
use store::counter::Counter;
use store::item::{Entity as _, Item, from_item, kind};
use store::keys::{Key, Resource};

/// The codes of the refusals that are checked.
pub const REFUSALS: [&str; 2] = ["slot_taken", OVERBOOK_LIMIT];

const OVERBOOK_LIMIT: &str = "overbook_limit";

/// Describes a refusal that names other conflicts than the rows that were read.
#[must_use]
pub fn false_refusal(record: &OperationRecord, conflicts: Option<&[String]>) -> Option<String> {
    let at_limit = [OVERBOOK_LIMIT.to_owned()];
    let said: &[String] =
        if record.answer.code == OVERBOOK_LIMIT { &at_limit } else { record.answer.conflicts.as_slice() };
    if !REFUSALS.contains(&record.answer.code.as_str()) || conflicts == Some(said) {
        return None;
    }
    let (request, kind) = (&record.request, record.original_kind.name());
    Some(format!(
        "request {request}, {kind}, was refused for the conflicts {said:?}; the rows that it read have {conflicts:?}"
    ))
}

/// The rows that a refused attempt read last, by which it was refused.
#[derive(Debug, Default)]
pub struct ObservedRows {
    doctor: BTreeMap<String, AgendaInterval>,
    room: BTreeMap<String, AgendaInterval>,
    patient: BTreeMap<String, AgendaInterval>,
    capacity: Option<usize>,
    clinic: Option<Clinic>,
    overbookings: BTreeMap<Key, u64>,
    /// Appointments that were read, including the one that is rescheduled.
    appointments: Vec<Appointment>,
    /// How many minutes each of them takes.
    lengths: BTreeMap<String, i64>,
}

impl ObservedRows {
    #[must_use]
    pub fn new<'a>(rows: impl IntoIterator<Item = &'a Item>) -> Self {
        let mut observed = Self::default();
        for row in rows {
            observed.add(row);
        }
        observed
    }

    fn add(&mut self, row: &Item) {
        match kind(row) {
            Some("agenda") => {
                let Some(((resource, _), day)) = StoredAgendaDay::read(row) else { return };
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
                self.overbookings.extend(counter.map(|counter| (counter.key(), counter.count)));
            }
            Some("appointment") => {
                let Ok(appointment) = from_item::<Appointment>(row.clone()) else { return };
                let length = appointment.end.since(appointment.start).num_minutes();
                self.lengths.insert(appointment.id.to_string(), length);
                self.appointments.push(appointment);
            }
            _ => {}
        }
    }

    /// The resources whose time conflicts with a request, sorted: `doctor`, `patient`, `room`; or `overbook_limit` alone,
    /// which is checked first. `None` if the rows that were read don't suffice to decide.
    #[must_use]
    pub fn conflicts(&self, requested: &RequestedTime) -> Option<Vec<String>> {
        let until = self.end_of(requested)?;
        let requested = &RequestedTime { until, ..requested.clone() };
        let mut conflicts = Vec::new();
        if requested.overbook {
            let clinic = self.clinic.as_ref()?;
            let key = |doctor, start| Key::overbooked(doctor, clinic.id, clinic.profile.timezone.date(start));
            let wanted = key(DoctorId::parse(&requested.doctor)?, Instant::from_unix(requested.from * 60)?);
            // Rescheduling an overbooked appointment of the same doctor, clinic and day frees one overbooking.
            let is_freed = |appointment: &&Appointment| {
                let same = appointment.clinic == clinic.id && key(appointment.doctor, appointment.start) == wanted;
                requested.moving == Some(appointment.id.to_string())
                    && appointment.overbook
                    && appointment.occupies_time()
                    && same
            };
            let freed = self.appointments.iter().filter(is_freed).count() as u64;
            let overbookings = self.overbookings.get(&wanted).copied().unwrap_or(0);
            if overbookings >= u64::from(clinic.profile.overbook_per_day) + freed && !self.stays_counted(requested) {
                return Some(vec![OVERBOOK_LIMIT.to_owned()]);
            }
        } else {
            if max_simultaneous(&self.doctor, requested, requested.until + requested.buffer, false) > 0 {
                conflicts.push("doctor".to_owned());
            }
            if max_simultaneous(&self.room, requested, requested.until, false) >= self.capacity? {
                conflicts.push("room".to_owned());
            }
        }
        if max_simultaneous(&self.patient, requested, requested.until, true) > 0 {
            conflicts.push("patient".to_owned());
        }
        conflicts.sort_unstable();
        Some(conflicts)
    }
}

impl ObservedRows {
    /// The end of the requested time, in minutes. `None` if the appointment whose length it has wasn't read.
    fn end_of(&self, requested: &RequestedTime) -> Option<i64> {
        if !requested.keeps_length {
            return Some(requested.until);
        }
        let length = self.lengths.get(requested.moving.as_ref()?)?;
        Some(requested.from + length)
    }

    /// Whether only the end of an active appointment changes: then it is counted already.
    fn stays_counted(&self, requested: &RequestedTime) -> bool {
        self.appointments.iter().any(|appointment| {
            requested.moving == Some(appointment.id.to_string())
                && appointment.is_active()
                && appointment.doctor.to_string() == requested.doctor
                && appointment.start.unix() == requested.from * 60
        })
    }
}

/// The most simultaneous entries in any minute of the requested time, without the appointment that is rescheduled.
fn max_simultaneous(
    entries: &BTreeMap<String, AgendaInterval>,
    requested: &RequestedTime,
    until: i64,
    overbooked: bool,
) -> usize {
    let others: Vec<AgendaInterval> = entries
        .iter()
        .filter(|(id, entry)| requested.moving.as_ref() != Some(id) && (overbooked || !entry.overbooked))
        .map(|(_, entry)| *entry)
        .collect();
    let active_entries =
        |minute: i64| others.iter().filter(|entry| entry.from <= minute * 60 && minute * 60 < entry.until).count();
    (requested.from..until).map(active_entries).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::history::RecordedAnswer;
    use crate::check::operation::ClientOperationKind;
    use domain::clinic::{ClinicProfile, ReminderSettings};
    use domain::ids::ClinicId;
    use domain::text::Line;
    use domain::time::Zone;

    fn entry(from: i64, until: i64, overbooked: bool) -> AgendaInterval {
        AgendaInterval { from: from * 60, until: until * 60, overbooked }
    }

    fn observed(doctor: &[AgendaInterval], room: &[AgendaInterval], patient: &[AgendaInterval]) -> ObservedRows {
        let named = |entries: &[AgendaInterval]| {
            entries.iter().enumerate().map(|(number, entry)| (number.to_string(), *entry)).collect()
        };
        let (doctor, room, patient) = (named(doctor), named(room), named(patient));
        ObservedRows { doctor, room, patient, capacity: Some(2), ..ObservedRows::default() }
    }

    fn requested(from: i64, until: i64) -> RequestedTime {
        RequestedTime {
            doctor: DoctorId::nil().to_string(),
            from,
            until,
            buffer: 10,
            overbook: false,
            moving: None,
            keeps_length: false,
        }
    }

    #[test]
    fn a_refusal_must_name_the_conflicts_that_were_read() {
        let conflicts = vec!["doctor".to_owned(), "room".to_owned()];
        let answer =
            RecordedAnswer { status: 409, code: "slot_taken".into(), id: String::new(), replayed: false, conflicts };
        let (request, target) = ("1".to_owned(), String::new());
        let mut record = OperationRecord {
            kind: ClientOperationKind::Book,
            original_kind: ClientOperationKind::Book,
            request,
            key: None,
            target,
            requested: None,
            answer,
        };
        let both = record.answer.conflicts.clone();
        assert_eq!(false_refusal(&record, Some(&both)), None);
        assert!(false_refusal(&record, Some(&both[..1])).is_some() && false_refusal(&record, Some(&[])).is_some());
        assert!(false_refusal(&record, None).is_some(), "no conflict was read");
        record.answer.code = "outside_availability".into();
        assert_eq!(false_refusal(&record, None), None);
        record.answer.code = "overbook_limit".into();
        assert_eq!(false_refusal(&record, Some(&["overbook_limit".to_owned()])), None);
        assert!(false_refusal(&record, Some(&both)).is_some());
    }

    #[test]
    fn adjacent_times_do_not_conflict_and_the_buffer_counts() {
        let observed = observed(&[entry(40, 50, false)], &[], &[]);
        assert_eq!(observed.conflicts(&requested(20, 30)).unwrap(), [""; 0]);
        assert_eq!(observed.conflicts(&requested(21, 31)).unwrap(), ["doctor"]);
        assert_eq!(observed.conflicts(&requested(50, 60)).unwrap(), [""; 0]);
        assert_eq!(
            observed.conflicts(&RequestedTime { moving: Some("0".into()), ..requested(40, 50) }).unwrap(),
            [""; 0]
        );
    }

    #[test]
    fn an_appointment_that_is_kept_takes_as_long_as_its_row_says() {
        let keep = RequestedTime { moving: Some("9".into()), keeps_length: true, ..requested(20, 30) };
        let mut observed = observed(&[], &[], &[entry(40, 50, false)]);
        assert_eq!(observed.conflicts(&keep), None, "the appointment was not read");
        for (length, conflicts) in [(20, [""; 0].as_slice()), (21, &["patient"])] {
            observed.lengths = [("9".to_owned(), length)].into();
            assert_eq!(observed.conflicts(&keep).unwrap(), conflicts, "{length} minutes");
        }
    }

    #[test]
    fn a_room_is_full_when_its_capacity_is_in_use_at_the_same_time() {
        let entries = [entry(0, 10, false), entry(10, 20, false), entry(5, 8, true)];
        assert_eq!(observed(&[], &entries, &[]).conflicts(&requested(0, 20)).unwrap(), [""; 0]);
        let entries = [entry(0, 11, false), entry(10, 20, false)];
        assert_eq!(observed(&[], &entries, &[]).conflicts(&requested(0, 20)).unwrap(), ["room"]);
    }

    #[test]
    fn overbookings_are_counted_and_still_conflict_for_the_patient() {
        let overbook = RequestedTime { overbook: true, ..requested(0, 20) };
        let mut observed = observed(&[entry(0, 30, false)], &[], &[entry(5, 6, true)]);
        assert_eq!(observed.conflicts(&overbook), None, "the limit of the clinic was not read");
        let clinic = clinic();
        let key = |day: i64| {
            let start = Instant::from_unix(day * 86_400).unwrap();
            Key::overbooked(DoctorId::nil(), clinic.id, clinic.profile.timezone.date(start))
        };
        observed.overbookings = [(key(0), 0), (key(9), 5)].into();
        observed.clinic = Some(clinic.clone());
        assert_eq!(observed.conflicts(&overbook).unwrap(), ["patient"], "another day doesn't count");
        observed.overbookings = [(key(0), 1)].into();
        assert_eq!(observed.conflicts(&overbook).unwrap(), ["overbook_limit"]);
    }

    /// A clinic that allows one overbooking a day.
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
            emergency_number: None,
            quick_replies: Vec::new(),
            media_days: 30,
        };
        domain::record::Record::new(ClinicId::nil(), profile, Instant::from_unix(0).unwrap())
    }
}
