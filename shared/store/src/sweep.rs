//! Sweeps: the follow-up work of a change that concerns many rows. The row is written in the transaction of the
//! change and deleted when the work is done, so that work interrupted by a crash is resumed.

use crate::item::Entity;
use crate::keys::{Key, Resource};
use crate::schedule::Timetable;
use crate::transaction::{Purpose, Transaction};
use domain::actor::Actor;
use domain::ids::{ClinicId, DoctorId, PatientId, RoomId, SpecialtyId, SweepId};
use domain::time::{Instant, LocalDate};
use serde::{Deserialize, Serialize};

/// The pending follow-up work of one change.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Sweep {
    pub id: SweepId,
    #[serde(rename = "change")] // the stored name
    pub task: SweepTask,
    /// The author of the change, and so of the follow-up changes.
    pub actor: Actor,
    pub request_id: String,
    pub created_at: Instant,
    /// The sort key of the last row that is done: the next run continues after it. `None` before the first chunk.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

impl Sweep {
    /// Stores the cursor, unless another run has finished the sweep.
    pub fn save_cursor(&self, transaction: &mut Transaction) {
        transaction.replace_where(Purpose::Append, self, "attribute_exists(PK)", &[]);
    }
}

/// What a sweep has to do.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SweepTask {
    /// A window or a rule of a doctor was created, changed or deleted: check the doctor's appointments in its time.
    #[serde(rename = "openings")] // the stored name
    Availability {
        doctor: DoctorId,
        /// The window or the rule before the change.
        before: Timetable,
        /// The window or the rule after the change.
        #[serde(default)]
        after: Timetable,
    },
    /// A closure or an active flag changed: derive the guards again, and check the appointments in the time concerned.
    Guards {
        of: GuardScope,
        /// The time that was closed.
        closed: Closure,
        /// The time that had been closed before the change.
        #[serde(default)]
        opened: Closure,
    },
    /// The name of a record changed: copy it to the upcoming appointments of the record.
    CopiedName(NamedRecord),
    /// The capacity of a room changed: check the room's appointments that take place at once.
    Capacity(RoomId),
    /// The name of a specialty changed: copy it to the doctors whose main specialty it is.
    SpecialtyName(SpecialtyId),
    /// More entries of the search index changed than fit into a transaction: delete the outdated ones, and write those
    /// of the patient's contacts.
    SearchIndex { patient: PatientId, outdated: OutdatedEntries },
}

/// The keys of entries of the search index that may have to be deleted.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OutdatedEntries(Vec<(String, String)>);

domain::opaque!(OutdatedEntries);

impl FromIterator<Key> for OutdatedEntries {
    fn from_iter<K: IntoIterator<Item = Key>>(keys: K) -> Self {
        Self(keys.into_iter().map(|key| (key.pk, key.sk)).collect())
    }
}

impl OutdatedEntries {
    pub fn keys(&self) -> impl Iterator<Item = Key> {
        self.0.iter().map(|(pk, sk)| Key { pk: pk.clone(), sk: sk.clone() })
    }
}

/// A record whose name is copied to its appointments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NamedRecord {
    Patient(PatientId),
    Doctor(DoctorId),
    Clinic(ClinicId),
    Room(RoomId),
}

/// The guards that a change affects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GuardScope {
    /// The guard of one doctor, room or patient.
    One(Resource),
    /// The guards of the rooms of a clinic.
    Clinic(ClinicId),
    /// The guards of all rooms.
    #[serde(rename = "everywhere")] // the stored name
    AllRooms,
}

/// The time that a change closes or opens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Closure {
    #[default]
    #[serde(rename = "nothing")] // the stored name
    None,
    /// From one instant to another; the second is excluded.
    Time(Instant, Instant),
    /// A calendar day in each clinic's time zone.
    Day(LocalDate),
    /// All future time.
    #[serde(rename = "forever")] // the stored name
    Permanent,
}

impl Entity for Sweep {
    const KIND: &'static str = "sweep";

    fn key(&self) -> Key {
        Key::sweep(self.created_at, self.id)
    }
}

/// An entry of the list of all rooms. See [`Key::room_member`].
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct RoomMember {
    pub clinic: ClinicId,
    pub room: RoomId,
}

impl Entity for RoomMember {
    const KIND: &'static str = "room_member";

    fn key(&self) -> Key {
        Key::room_member(self.clinic, self.room)
    }
}
