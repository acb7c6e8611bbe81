//! The rows of a table, collected for the checks.
//!
//! The entries of agendas are decoded here independently of the code that books with them, so that a defect of that
//! code can't hide itself.

use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::appointment::Appointment;
use domain::clinic::{Clinic, Room};
use domain::closure::{Block, Holiday};
use domain::doctor::Doctor;
use domain::ids::{AppointmentId, ClinicId, DoctorId, Id, NotificationId, PatientId, RoomId};
use domain::notification::Notification;
use domain::patient::Patient;
use domain::phone::MatchKey;
use domain::schedule::Window;
use domain::time::{Instant, LocalDate};
use domain::weekly_rule::WeeklyRule;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt;
use store::action::ActionRow;
use store::attention::AppointmentAttention;
use store::audit::{AuditAction, AuditRow};
use store::contact::{ContactNumber, contact_numbers};
use store::counter::Counter;
use store::hold::Hold;
use store::idempotency::OutcomeRow;
use store::item::{Entity, Item, from_item, kind, text_attribute};
use store::keys::{Key, Resource, agenda_day};
use store::notification::DuePointer;
use store::number_restrictions::NumberRestrictions;
use store::schedule::Timetable;
use store::schema::{PK, SK};

pub(crate) const SECONDS_PER_DAY: i64 = 86_400;

/// The owner of an agenda, and the UTC day as days since 1970-01-01.
pub type AgendaKey = (Resource, i64);

/// The time that an appointment occupies in an agenda, in Unix seconds, half-open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct AgendaInterval {
    pub from: i64,
    pub until: i64,
    /// Whether it was booked beyond capacity.
    pub overbooked: bool,
}

impl AgendaInterval {
    /// Every UTC day that it overlaps, as days since 1970-01-01.
    pub fn days(self) -> impl Iterator<Item = i64> {
        self.from.div_euclid(SECONDS_PER_DAY)..=(self.until - 1).div_euclid(SECONDS_PER_DAY)
    }

    #[must_use]
    pub fn overlaps(self, other: Self) -> bool {
        self.from < other.until && other.from < self.until
    }
}

impl fmt::Display for AgendaInterval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let overbooked = if self.overbooked { ", overbooked" } else { "" };
        write!(f, "{}–{}{overbooked}", format_time(self.from), format_time(self.until))
    }
}

/// Formats Unix seconds as RFC 3339.
#[must_use]
pub fn format_time(unix: i64) -> String {
    Instant::from_unix(unix).map_or_else(|| unix.to_string(), Instant::rfc3339)
}

/// Formats a resource as its kind and its id.
#[must_use]
pub fn describe_resource(resource: Resource) -> String {
    match resource {
        Resource::Doctor(id) => format!("doctor {id}"),
        Resource::Room(id) => format!("room {id}"),
        Resource::Patient(id) => format!("patient {id}"),
    }
}

/// One UTC day of an agenda as stored in the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAgendaDay {
    /// Incremented with each added entry.
    pub version: u64,
    pub entries: BTreeMap<AppointmentId, AgendaInterval>,
}

impl StoredAgendaDay {
    /// Parses the item of an agenda's day; `None` if it is malformed.
    #[must_use]
    pub fn read(item: &Item) -> Option<(AgendaKey, Self)> {
        let resource = Resource::of_partition(item.get(PK)?.as_s().ok()?)?;
        let date = agenda_day(item.get(SK)?.as_s().ok()?)?;
        let day = date.signed_duration_since(LocalDate::default()).num_days();
        let version = integer(item.get("version")?)?;
        let entry = |(id, value): (&String, &AttributeValue)| {
            let bytes: [u8; 16] = URL_SAFE_NO_PAD.decode(id).ok()?.try_into().ok()?;
            let numbers = value.as_l().ok()?;
            let at = |place: usize| Some(day * SECONDS_PER_DAY + integer::<i64>(numbers.get(place)?)?);
            let entry = AgendaInterval { from: at(0)?, until: at(1)?, overbooked: numbers.len() > 2 };
            Some((AppointmentId::from_uuid(uuid::Uuid::from_bytes(bytes)), entry))
        };
        let entries = item.get("iv")?.as_m().ok()?.iter().map(entry).collect::<Option<_>>()?;
        Some(((resource, day), Self { version, entries }))
    }
}

fn integer<N: std::str::FromStr>(value: &AttributeValue) -> Option<N> {
    value.as_n().ok()?.parse().ok()
}

/// What opens and closes time, apart from clinics and rooms.
#[derive(Debug, Default)]
pub struct Calendar {
    pub inactive_doctors: BTreeSet<DoctorId>,
    pub inactive_patients: BTreeSet<PatientId>,
    pub blocks: Vec<Block>,
    pub holidays: Vec<Holiday>,
    /// The windows and rules of each doctor.
    pub timetables: BTreeMap<DoctorId, Timetable>,
}

/// The rows that the invariants cover.
#[derive(Debug, Default)]
pub struct TableRows {
    /// The number of rows of all kinds.
    pub count: usize,
    pub appointments: BTreeMap<AppointmentId, Appointment>,
    pub agenda: BTreeMap<AgendaKey, StoredAgendaDay>,
    /// The counters by their keys.
    pub counters: BTreeMap<Key, u64>,
    /// The history of each appointment, oldest first.
    pub actions: BTreeMap<AppointmentId, Vec<ActionRow>>,
    /// By appointment, the number of audit rows of its creation and of actions.
    pub audited: HashMap<String, usize>,
    /// By request, the appointments that it changed and the audited actions.
    pub changes_by_request: HashMap<String, Vec<(String, AuditAction)>>,
    pub holds: BTreeSet<(AppointmentId, Instant)>,
    /// The pointers to appointments that need attention.
    pub attention: BTreeMap<AppointmentId, AppointmentAttention>,
    /// The outcomes of requests: the id that each refers to, and its time.
    pub outcomes: Vec<(String, Instant)>,
    pub notifications: BTreeMap<NotificationId, Notification>,
    /// The due pointers.
    pub due: BTreeSet<(NotificationId, Instant)>,
    /// The numbers that should point to their patients, derived from the contacts.
    pub contacts: BTreeSet<(PatientId, MatchKey)>,
    /// The numbers that do.
    pub answered_for: BTreeSet<(PatientId, MatchKey)>,
    /// The restrictions of each number that has some.
    pub restrictions: BTreeMap<MatchKey, NumberRestrictions>,
    pub clinics: BTreeMap<ClinicId, Clinic>,
    pub rooms: BTreeMap<RoomId, Room>,
    pub calendar: Calendar,
    /// Whether a change of the calendar has pending follow-up work.
    pub has_sweeps: bool,
    /// The time of the latest row of the audit trail.
    pub latest_change: Option<Instant>,
    /// The ids of all rows that have one, also of unknown kinds.
    pub ids: HashSet<String>,
    /// The ids of deleted entities, according to the audit trail.
    pub removed: HashSet<String>,
    /// Rows that can't be parsed or have a wrong key: the kind and the reason.
    pub unreadable: Vec<(String, &'static str)>,
}

/// Adds a parsed row.
type Keep<E> = fn(&mut TableRows, E);

impl TableRows {
    /// Adds a row. Rows of kinds without an invariant are only counted.
    pub fn add_item(&mut self, item: Item) {
        self.count += 1;
        let Some(kind) = kind(&item).map(str::to_owned) else {
            return self.unreadable.push(("nothing".into(), "it has no kind"));
        };
        if !["audit", "action"].contains(&kind.as_str()) {
            self.ids.extend(text_attribute(&item, "id"));
        }
        match kind.as_str() {
            "appointment" => self.keep::<Appointment>(item, |rows, appointment| {
                rows.appointments.insert(appointment.id, appointment);
            }),
            "agenda" => match StoredAgendaDay::read(&item) {
                Some((key, day)) => {
                    self.agenda.insert(key, day);
                }
                None => self.unreadable.push((kind, "it can't be parsed")),
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
            "attention" => self.keep::<AppointmentAttention>(item, |rows, pointer| {
                rows.attention.insert(pointer.appointment, pointer);
            }),
            "idempotency" => self.keep::<OutcomeRow>(item, |rows, outcome| {
                rows.outcomes.push((outcome.resource, outcome.created_at));
            }),
            "notification" => self.keep::<Notification>(item, |rows, row| {
                rows.notifications.insert(row.id, row);
            }),
            "due" => self.keep::<DuePointer>(item, |rows, pointer| {
                rows.due.insert((pointer.notification, pointer.at));
            }),
            "patient" => self.keep::<Patient>(item, |rows, patient| {
                rows.keep_contacts(&patient);
                rows.calendar.inactive_patients.extend((!patient.is_active).then_some(patient.id));
            }),
            "doctor" => self.keep::<Doctor>(item, |rows, doctor| {
                rows.calendar.inactive_doctors.extend((!doctor.is_active).then_some(doctor.id));
            }),
            "block" => self.keep::<Block>(item, |rows, block| rows.calendar.blocks.push(block)),
            "holiday" => self.keep::<Holiday>(item, |rows, holiday| rows.calendar.holidays.push(holiday)),
            "window" => self.keep::<Window>(item, |rows, window| {
                rows.calendar.timetables.entry(window.doctor).or_default().windows.push(window);
            }),
            "rule" => self.keep::<WeeklyRule>(item, |rows, rule| {
                rows.calendar.timetables.entry(rule.doctor).or_default().rules.push(rule);
            }),
            "sweep" => self.has_sweeps = true,
            "answered_for" => self.keep::<ContactNumber>(item, |rows, row| {
                rows.answered_for.insert((row.patient, row.number));
            }),
            "number_restrictions" => self.keep::<NumberRestrictions>(item, |rows, row| {
                rows.restrictions.insert(row.number.clone(), row);
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
        let stored_key = part(PK).zip(part(SK)).map(|(pk, sk)| Key { pk, sk });
        match from_item::<E>(item) {
            Ok(row) if stored_key == Some(row.key()) => keep(self, row),
            Ok(_) => self.unreadable.push((E::KIND.to_owned(), "its key doesn't match its contents")),
            Err(_) => self.unreadable.push((E::KIND.to_owned(), "it can't be parsed")),
        }
    }

    fn keep_contacts(&mut self, patient: &Patient) {
        self.ids.extend(patient.profile.contacts.iter().map(|contact| contact.id.to_string()));
        self.contacts.extend(contact_numbers(patient).into_iter().map(|row| (row.patient, row.number)));
    }

    fn keep_audit(&mut self, row: AuditRow) {
        self.latest_change = self.latest_change.max(Some(row.at));
        let of_appointment = row.model == "appointment";
        if of_appointment {
            self.changes_by_request.entry(row.request_id).or_default().push((row.object_id.clone(), row.action));
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

    /// Sorts the histories, because a scan returns rows in no particular order.
    #[must_use]
    pub fn sorted(mut self) -> Self {
        for actions in self.actions.values_mut() {
            actions.sort_by_key(|row| row.id);
        }
        self
    }
}

impl FromIterator<Item> for TableRows {
    fn from_iter<I: IntoIterator<Item = Item>>(items: I) -> Self {
        let mut rows = Self::default();
        for item in items {
            rows.add_item(item);
        }
        rows.sorted()
    }
}
