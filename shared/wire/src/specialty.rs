//! Specialties of doctors.

use crate::{Body, View};
use app::directory::records::RecordDraft;
use domain::doctor::{Specialty, SpecialtyProfile};
use domain::ids::SpecialtyId;
use domain::text::Line;

/// The data of a specialty.
#[derive(Clone, Body)]
pub struct SpecialtyBody {
    /// Unique, ignoring case and accents.
    #[field(example = "Cardiología")]
    name: Line<100>,
}

impl From<SpecialtyBody> for RecordDraft<SpecialtyProfile> {
    fn from(body: SpecialtyBody) -> Self {
        Self { profile: SpecialtyProfile { name: body.name }, is_active: true }
    }
}

impl From<&Specialty> for SpecialtyBody {
    fn from(specialty: &Specialty) -> Self {
        Self { name: specialty.profile.name.clone() }
    }
}

/// A specialty of doctors.
#[derive(Clone, View)]
pub struct SpecialtyView {
    id: SpecialtyId,
    name: String,
    /// Increases by one with each change.
    version: u64,
}

impl From<&Specialty> for SpecialtyView {
    fn from(specialty: &Specialty) -> Self {
        let name = specialty.profile.name.as_str().to_owned();
        Self { id: specialty.id, name, version: specialty.version }
    }
}
