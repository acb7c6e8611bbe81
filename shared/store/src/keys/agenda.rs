//! Keys of the agendas and guards of doctors, rooms and patients, and of the overbooking counters.

use super::{Key, key, kind};
use domain::ids::{ClinicId, DoctorId, Id as _, PatientId, RoomId};
use domain::time::LocalDate;
use serde::{Deserialize, Serialize};

pub(super) const DOCTOR: &str = "DOCTOR";
pub(super) const ROOM: &str = "ROOM";
pub(super) const PATIENT: &str = "PATIENT";

const DAY_PREFIX: &str = "DAY#";
const OVERBOOK_PREFIX: &str = "OVERBOOK#";

/// The owner of an agenda or a guard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Resource {
    Doctor(DoctorId),
    Room(RoomId),
    Patient(PatientId),
}

impl Resource {
    pub(crate) fn partition(self) -> String {
        match self {
            Self::Doctor(id) => format!("{DOCTOR}#{id}"),
            Self::Room(id) => format!("{ROOM}#{id}"),
            Self::Patient(id) => format!("{PATIENT}#{id}"),
        }
    }

    /// The resource whose partition this is.
    #[must_use]
    pub fn of_partition(partition: &str) -> Option<Self> {
        let (kind, id) = partition.split_once('#')?;
        match kind {
            DOCTOR => DoctorId::parse(id).map(Self::Doctor),
            ROOM => RoomId::parse(id).map(Self::Room),
            PATIENT => PatientId::parse(id).map(Self::Patient),
            _ => None,
        }
    }
}

/// The sort key of an agenda's day.
pub(crate) fn agenda_sort_key(day: LocalDate) -> String {
    format!("{DAY_PREFIX}{day}")
}

/// The day of an agenda's sort key.
#[must_use]
pub fn agenda_day(sort_key: &str) -> Option<LocalDate> {
    sort_key.strip_prefix(DAY_PREFIX)?.parse().ok()
}

impl Key {
    /// The guard that a booking checks. It is small, because a condition check is charged by the size of the item.
    #[must_use]
    pub fn guard(resource: Resource) -> Self {
        key(resource.partition(), "GUARD")
    }

    #[must_use]
    pub fn agenda(resource: Resource, day: LocalDate) -> Self {
        key(resource.partition(), agenda_sort_key(day))
    }

    /// The counter of overbooked appointments of a doctor at a clinic on a local day.
    #[must_use]
    pub fn overbooked(doctor: DoctorId, clinic: ClinicId, date: LocalDate) -> Self {
        key(Resource::Doctor(doctor).partition(), format!("{OVERBOOK_PREFIX}{clinic}#{date}"))
    }

    /// The doctor, the clinic and the local day of an overbooking counter, as texts, so that a malformed key can be
    /// reported; `None` for the key of another row.
    #[must_use]
    pub fn overbooked_parts(&self) -> Option<(&str, &str, &str)> {
        let (clinic, date) = self.sk.strip_prefix(OVERBOOK_PREFIX)?.split_once('#').unwrap_or_default();
        let doctor = self.pk.split_once('#').filter(|_| kind(&self.pk) == DOCTOR).map_or(&*self.pk, |(_, id)| id);
        Some((doctor, clinic, date))
    }
}
