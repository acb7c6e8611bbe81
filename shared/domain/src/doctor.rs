//! Doctors and medical specialties.

use crate::email::Email;
use crate::ids::{DoctorId, SpecialtyId};
use crate::name::Name;
use crate::phone::Phone;
use crate::record::Record;
use crate::text::{Line, fold};
use crate::time::TimeDelta;
use serde::{Deserialize, Serialize};

pub type Doctor = Record<DoctorId, DoctorProfile>;

pub type Specialty = Record<SpecialtyId, SpecialtyProfile>;

/// The editable fields of a doctor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoctorProfile {
    pub first_name: Line<100>,
    pub last_name: Line<100>,
    /// Specialties, the main one first.
    pub specialties: Vec<SpecialtyId>,
    /// A copy of the name of the main specialty, for display.
    pub specialty: Option<Line<100>>,
    pub email: Option<Email>,
    pub phone_number: Option<Phone>,
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

    /// The sort key of lists: family names first, folded.
    #[must_use]
    pub fn sort_name(&self) -> String {
        fold(&format!("{} {}", self.last_name.as_str(), self.first_name.as_str()))
    }

    #[must_use]
    pub fn buffer(&self) -> TimeDelta {
        TimeDelta::minutes(i64::from(self.buffer_minutes))
    }
}

/// The editable fields of a specialty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpecialtyProfile {
    /// Unique, ignoring case and accents.
    pub name: Line<100>,
}
