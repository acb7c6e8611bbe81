//! The rows of a table as the invariants need them: read once, then only looked at.
//!
//! An agenda is decoded here a second time, from its numbers, and not by the code that books by it:
//! a fault in that code mustn't hide itself.

use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::appointment::Appointment;
use domain::clinic::{Clinic, Room};
use domain::ids::{AppointmentId, ClinicId, DoctorId, Id, NotificationId, PatientId, RoomId};
use domain::notification::Notification;
use domain::patient::Patient;
use domain::phone::MatchKey;
use domain::time::{Instant, LocalDate};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt;
use store::action::ActionRow;
use store::audit::{AuditAction, AuditRow};
use store::contact::{AnsweredFor, answered_for};
use store::counter::Counter;
use store::hold::Hold;
use store::idempotency::Outcome;
use store::item::{Entity, Item, from_item, kind, member};
use store::keys::{Key, Resource};
use store::notification::DuePointer;
use store::schema::{PK, SK};

/// Seconds in a UTC day.
pub(crate) const DAY: i64 = 86_400;

/// An agenda's owner and day, counted from 1970-01-01.
pub type AgendaKey = (Resource, i64);

/// Time that an appointment takes in an agenda, in Unix seconds, half-open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// From then …
    pub from: i64,
    /// … until then.
    pub until: i64,
    /// Next to the others, not instead of them.
    pub overbooked: bool,
}

impl Entry {
    /// Every UTC day that it touches, counted from 1970-01-01.
    pub fn days(self) -> impl Iterator<Item = i64> {
        self.from.div_euclid(DAY)..=(self.until - 1).div_euclid(DAY)
    }

    /// Whether the two share a second.
    #[must_use]
    pub fn meets(self, other: Self) -> bool {
        self.from < other.until && other.from < self.until
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let overbooked = if self.overbooked { ", overbooked" } else { "" };
        write!(f, "{}–{}{overbooked}", time(self.from), time(self.until))
    }
}

/// Unix seconds for people.
#[must_use]
pub fn time(unix: i64) -> String {
    Instant::from_unix(unix).map_or_else(|| unix.to_string(), Instant::rfc3339)
}

/// A resource for people.
#[must_use]
pub fn owner(resource: Resource) -> String {
    match resource {
        Resource::Doctor(id) => format!("doctor {id}"),
        Resource::Room(id) => format!("room {id}"),
        Resource::Patient(id) => format!("patient {id}"),
    }
}

/// One UTC day of an agenda, as it stands in the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    /// Raised by each entry added.
    pub version: u64,
    /// Its entries.
    pub entries: BTreeMap<AppointmentId, Entry>,
}

impl Day {
    /// Reads an agenda's row; `None` for what is none.
    #[must_use]
    pub fn read(item: &Item) -> Option<(AgendaKey, Self)> {
        let (owner, id) = item.get(PK)?.as_s().ok()?.split_once('#')?;
        let resource = match owner {
            "DOCTOR" => Resource::Doctor(DoctorId::parse(id)?),
            "ROOM" => Resource::Room(RoomId::parse(id)?),
            "PATIENT" => Resource::Patient(PatientId::parse(id)?),
            _ => return None,
        };
        let date: LocalDate = item.get(SK)?.as_s().ok()?.strip_prefix("DAY#")?.parse().ok()?;
        let day = date.signed_duration_since(LocalDate::default()).num_days();
        let version = integer(item.get("version")?)?;
        let entry = |(id, value): (&String, &AttributeValue)| {
            let bytes: [u8; 16] = URL_SAFE_NO_PAD.decode(id).ok()?.try_into().ok()?;
            let numbers = value.as_l().ok()?;
            let at = |place: usize| Some(day * DAY + integer::<i64>(numbers.get(place)?)?);
            let entry = Entry { from: at(0)?, until: at(1)?, overbooked: numbers.len() > 2 };
            Some((AppointmentId::from_uuid(uuid::Uuid::from_bytes(bytes)), entry))
        };
        let entries = item.get("iv")?.as_m().ok()?.iter().map(entry).collect::<Option<_>>()?;
        Some(((resource, day), Self { version, entries }))
    }
}

fn integer<N: std::str::FromStr>(value: &AttributeValue) -> Option<N> {
    value.as_n().ok()?.parse().ok()
}

/// Everything that the invariants are about.
#[derive(Debug, Default)]
pub struct Rows {
    /// How many rows there are, of whatever kind.
    pub count: usize,
    /// The appointments.
    pub appointments: BTreeMap<AppointmentId, Appointment>,
    /// The agendas.
    pub agenda: BTreeMap<AgendaKey, Day>,
    /// The counters of overbooked appointments, by their keys.
    pub counters: BTreeMap<Key, u64>,
    /// The history of each appointment, oldest first.
    pub actions: BTreeMap<AppointmentId, Vec<ActionRow>>,
    /// For each appointment the rows of the audit trail that tell of its making and of actions.
    pub audited: HashMap<String, usize>,
    /// For each request that changed appointments: which, and what the audit trail says of it.
    pub changed_by: HashMap<String, Vec<(String, AuditAction)>>,
    /// The holds.
    pub holds: BTreeSet<(AppointmentId, Instant)>,
    /// The outcomes of requests: which id each points at, and since when.
    pub outcomes: Vec<(String, Instant)>,
    /// The messages.
    pub notifications: BTreeMap<NotificationId, Notification>,
    /// The pointers to messages that are due.
    pub due: BTreeSet<(NotificationId, Instant)>,
    /// The numbers of contacts that should lead to their patients.
    pub contacts: BTreeSet<(PatientId, MatchKey)>,
    /// The numbers of contacts that do.
    pub answered_for: BTreeSet<(PatientId, MatchKey)>,
    /// The clinics.
    pub clinics: BTreeMap<ClinicId, Clinic>,
    /// The rooms.
    pub rooms: BTreeMap<RoomId, Room>,
    /// The ids of everything that has one, of kinds known or not.
    pub ids: HashSet<String>,
    /// The ids of what was removed, as the audit trail tells.
    pub removed: HashSet<String>,
    /// Rows that can't be read, or that stand under another key than their own: which kind, and why.
    pub unreadable: Vec<(String, &'static str)>,
}

/// Keeps a row that could be read.
type Keep<E> = fn(&mut Rows, E);

impl Rows {
    /// Takes in a row. Kinds that no invariant is about are counted and otherwise left alone.
    pub fn add(&mut self, item: Item) {
        self.count += 1;
        let Some(kind) = kind(&item).map(str::to_owned) else {
            return self.unreadable.push(("nothing".into(), "it has no kind"));
        };
        if !["audit", "action"].contains(&kind.as_str()) {
            self.ids.extend(member(&item, "id"));
        }
        match kind.as_str() {
            "appointment" => self.keep::<Appointment>(item, |rows, appointment| {
                rows.appointments.insert(appointment.id, appointment);
            }),
            "agenda" => match Day::read(&item) {
                Some((key, day)) => {
                    self.agenda.insert(key, day);
                }
                None => self.unreadable.push((kind, "it can't be read")),
            },
            "counter" => self.keep::<Counter>(item, |rows, counter| {
                rows.counters.insert(counter.key(), counter.count);
            }),
            "action" => self.keep::<ActionRow>(item, |rows, row| {
                rows.actions.entry(row.appointment).or_default().push(row);
            }),
            "audit" => self.keep::<AuditRow>(item, Self::keep_audit),
            "hold" => self.keep::<Hold>(item, |rows, hold| {
                rows.holds.insert((hold.appointment, hold.until));
            }),
            "idempotency" => self.keep::<Outcome>(item, |rows, outcome| {
                rows.outcomes.push((outcome.resource, outcome.created_at));
            }),
            "notification" => self.keep::<Notification>(item, |rows, row| {
                rows.notifications.insert(row.id, row);
            }),
            "due" => self.keep::<DuePointer>(item, |rows, pointer| {
                rows.due.insert((pointer.notification, pointer.at));
            }),
            "patient" => self.keep::<Patient>(item, Self::keep_contacts),
            "answered_for" => self.keep::<AnsweredFor>(item, |rows, row| {
                rows.answered_for.insert((row.patient, row.number));
            }),
            "clinic" => self.keep::<Clinic>(item, |rows, clinic| {
                rows.clinics.insert(clinic.id, clinic);
            }),
            "room" => self.keep::<Room>(item, |rows, room| {
                rows.rooms.insert(room.id, room);
            }),
            _ => {}
        }
    }

    fn keep<E: Entity>(&mut self, item: Item, keep: Keep<E>) {
        let part = |name: &str| item.get(name).and_then(|value| value.as_s().ok()).cloned();
        let stands = part(PK).zip(part(SK)).map(|(pk, sk)| Key { pk, sk });
        match from_item::<E>(item) {
            Ok(row) if stands == Some(row.key()) => keep(self, row),
            Ok(_) => self.unreadable.push((E::KIND.to_owned(), "it stands under another key than its own")),
            Err(_) => self.unreadable.push((E::KIND.to_owned(), "it can't be read")),
        }
    }

    fn keep_contacts(&mut self, patient: Patient) {
        self.ids.extend(patient.profile.contacts.iter().map(|contact| contact.id.to_string()));
        self.contacts.extend(answered_for(&patient).into_iter().map(|row| (row.patient, row.number)));
    }

    fn keep_audit(&mut self, row: AuditRow) {
        let of_appointment = row.model == "appointment";
        if of_appointment {
            self.changed_by.entry(row.request_id).or_default().push((row.object_id.clone(), row.action));
        }
        match row.action {
            AuditAction::Create | AuditAction::Action if of_appointment => {
                *self.audited.entry(row.object_id).or_default() += 1;
            }
            AuditAction::Delete => {
                self.removed.insert(row.object_id);
            }
            _ => {}
        }
    }

    /// Puts histories in order: a scan comes in the order of nothing in particular.
    #[must_use]
    pub fn sorted(mut self) -> Self {
        for actions in self.actions.values_mut() {
            actions.sort_by_key(|row| row.id);
        }
        self
    }
}

impl FromIterator<Item> for Rows {
    fn from_iter<I: IntoIterator<Item = Item>>(items: I) -> Self {
        let mut rows = Self::default();
        for item in items {
            rows.add(item);
        }
        rows.sorted()
    }
}
