//! Keys of patients, doctors, specialties, clinics and rooms, of their lists by name, and of their unique values.

use super::{IndexKey, Key, PROFILE, Resource, index, key};
use domain::ids::{ClinicId, DoctorId, PatientId, RoomId, SpecialtyId};
use domain::time::LocalDate;

/// The partition of the list of all rooms, in the table.
pub(crate) const ROOM_MEMBERS: &str = "ROOMS";
const OWNER: &str = "OWNER";

pub(super) fn clinic_partition(id: impl std::fmt::Display) -> String {
    format!("CLINIC#{id}")
}

/// The prefix of a clinic's entries in the list of all rooms.
pub(crate) fn room_member_prefix(clinic: ClinicId) -> String {
    format!("{clinic}#")
}

impl Key {
    #[must_use]
    pub fn patient(id: PatientId) -> Self {
        key(Resource::Patient(id).partition(), PROFILE)
    }

    #[must_use]
    pub fn doctor(id: DoctorId) -> Self {
        key(Resource::Doctor(id).partition(), PROFILE)
    }

    #[must_use]
    pub fn specialty(id: SpecialtyId) -> Self {
        key(format!("SPECIALTY#{id}"), PROFILE)
    }

    #[must_use]
    pub fn clinic(id: ClinicId) -> Self {
        key(clinic_partition(id), PROFILE)
    }

    #[must_use]
    pub fn room(id: RoomId) -> Self {
        key(Resource::Room(id).partition(), PROFILE)
    }

    /// An entry of the list of all rooms by clinic, for consistent reads of every room, which an index can't give.
    #[must_use]
    pub fn room_member(clinic: ClinicId, room: RoomId) -> Self {
        key(ROOM_MEMBERS, format!("{}{room}", room_member_prefix(clinic)))
    }

    /// The owner of a unique value.
    #[must_use]
    pub fn unique(value: &Unique) -> Self {
        match value {
            Unique::Email(email) => key(format!("EMAIL#{email}"), OWNER),
            Unique::Document(document) => key(format!("DOCUMENT#{document}"), OWNER),
            Unique::SpecialtyName(name) => key(format!("SPECIALTY_NAME#{name}"), OWNER),
            Unique::RoomName(clinic, name) => key(format!("ROOM_NAME#{clinic}#{name}"), OWNER),
            Unique::HolidayDate(Some(clinic), date) => key(format!("HOLIDAY_DATE#{clinic}#{date}"), OWNER),
            Unique::HolidayDate(None, date) => key(format!("HOLIDAY_DATE#{date}"), OWNER),
        }
    }
}

/// A value that must be unique.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unique {
    /// The e-mail address of a user, folded.
    Email(String),
    /// The document of a patient, compacted.
    Document(String),
    /// The name of a specialty, folded.
    SpecialtyName(String),
    /// The name of a room in its clinic, folded.
    RoomName(ClinicId, String),
    /// The day of a holiday of one clinic, or of all clinics.
    HolidayDate(Option<ClinicId>, LocalDate),
}

impl Unique {
    /// The name of its field in the API.
    #[must_use]
    pub fn field(&self) -> &'static str {
        match self {
            Self::Email(_) => "email",
            Self::Document(_) => "document_number",
            Self::SpecialtyName(_) | Self::RoomName(..) => "name",
            Self::HolidayDate(..) => "date",
        }
    }
}

/// A directory: the active or inactive records of one kind, sorted by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Directory {
    Users,
    Patients,
    Doctors,
    Specialties,
    Clinics,
    Rooms,
}

impl Directory {
    fn name(self) -> &'static str {
        match self {
            Self::Users => "USERS",
            Self::Patients => "PATIENTS",
            Self::Doctors => "DOCTORS",
            Self::Specialties => "SPECIALTIES",
            Self::Clinics => "CLINICS",
            Self::Rooms => "ROOMS",
        }
    }
}

/// The partition of a directory in GSI1.
#[must_use]
pub fn directory_partition(directory: Directory, active: bool) -> String {
    format!("{}#{}", directory.name(), if active { "ACTIVE" } else { "INACTIVE" })
}

#[must_use]
pub fn directory_key(directory: Directory, active: bool, name: &str, id: impl std::fmt::Display) -> IndexKey {
    index(directory_partition(directory, active), format!("{name}#{id}"))
}

/// The partition of a clinic's rooms in GSI2.
#[must_use]
pub fn clinic_rooms_partition(clinic: ClinicId) -> String {
    format!("CLINIC_ROOMS#{clinic}")
}

#[must_use]
pub fn clinic_room_key(clinic: ClinicId, name: &str, id: RoomId) -> IndexKey {
    index(clinic_rooms_partition(clinic), format!("{name}#{id}"))
}
