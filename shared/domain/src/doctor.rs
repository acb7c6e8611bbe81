//! Doctors and their specialties.

use crate::email::Email;
use crate::ids::{DoctorId, SpecialtyId};
use crate::name::Name;
use crate::phone::Phone;
use crate::record::Record;
use crate::text::{Line, fold};
use crate::time::TimeDelta;
use serde::{Deserialize, Serialize};

/// A doctor.
pub type Doctor = Record<DoctorId, DoctorProfile>;

/// A specialty.
pub type Specialty = Record<SpecialtyId, SpecialtyProfile>;

/// What an ADMIN edits of a doctor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoctorProfile {
    /// Given names.
    pub first_name: Line<100>,
    /// Family names.
    pub last_name: Line<100>,
    /// Specialties, the main one first.
    pub specialties: Vec<SpecialtyId>,
    /// Name of the main specialty: a copy for display.
    pub specialty: Option<Line<100>>,
    /// E-mail address.
    pub email: Option<Email>,
    /// Phone number.
    pub phone_number: Option<Phone>,
    /// Licence to practise.
    pub license_number: Option<Line<50>>,
    /// Minutes kept free after each appointment, 0 to 120.
    pub buffer_minutes: u16,
}

impl DoctorProfile {
    /// Given and family names.
    #[must_use]
    pub fn full_name(&self) -> Name {
        format!("{} {}", self.first_name.as_str(), self.last_name.as_str()).into()
    }

    /// The name by which lists are sorted: family names first, folded.
    #[must_use]
    pub fn sort_name(&self) -> String {
        fold(&format!("{} {}", self.last_name.as_str(), self.first_name.as_str()))
    }

    /// The time kept free after each appointment.
    #[must_use]
    pub fn buffer(&self) -> TimeDelta {
        TimeDelta::minutes(i64::from(self.buffer_minutes))
    }
}

/// What an ADMIN edits of a specialty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpecialtyProfile {
    /// Its name, unique without case and accents.
    pub name: Line<100>,
}
