//! Doctors.

use crate::values::{Bounded, DateTime, DistinctIds};
use crate::{Body, Params, View};
use app::directory::doctors::DoctorFilter;
use app::directory::records::RecordDraft;
use domain::doctor::{Doctor, DoctorProfile};
use domain::email::Email;
use domain::ids::{ClinicId, DoctorId, SpecialtyId};
use domain::phone::Phone;
use domain::text::Line;

/// The data of a doctor.
#[derive(Clone, Body)]
pub struct DoctorBody {
    #[field(example = "Héctor")]
    first_name: Line<100>,
    #[field(example = "Núñez")]
    last_name: Line<100>,
    /// Ids of the doctor's specialties, the main one first.
    specialties: Option<DistinctIds<SpecialtyId, 20>>,
    email: Option<Email>,
    phone_number: Option<Phone>,
    /// Number of the licence to practise.
    license_number: Option<Line<50>>,
    /// Minutes that stay free after each appointment.
    #[field(default = Bounded::of(0))]
    buffer_minutes: Bounded<u16, 0, 120>,
    /// A PUT without it leaves it as it is.
    #[field(default = true)]
    is_active: bool,
}

impl From<DoctorBody> for RecordDraft<DoctorProfile> {
    fn from(body: DoctorBody) -> Self {
        let profile = DoctorProfile {
            first_name: body.first_name,
            last_name: body.last_name,
            specialties: body.specialties.map(|specialties| specialties.0).unwrap_or_default(),
            specialty: None,
            email: body.email,
            phone_number: body.phone_number,
            license_number: body.license_number,
            buffer_minutes: body.buffer_minutes.get(),
        };
        Self { profile, is_active: body.is_active }
    }
}

impl From<&Doctor> for DoctorBody {
    fn from(doctor: &Doctor) -> Self {
        let profile = doctor.profile.clone();
        Self {
            first_name: profile.first_name,
            last_name: profile.last_name,
            specialties: Some(DistinctIds(profile.specialties)),
            email: profile.email,
            phone_number: profile.phone_number,
            license_number: profile.license_number,
            buffer_minutes: Bounded::of(profile.buffer_minutes),
            is_active: doctor.is_active,
        }
    }
}

/// A doctor. All clinics share the doctors.
#[derive(Clone, View)]
pub struct DoctorView {
    id: DoctorId,
    /// First and last name.
    full_name: String,
    #[field(flatten)]
    body: DoctorBody,
    /// Name of the main specialty.
    specialty: Option<String>,
    created_at: DateTime,
    updated_at: DateTime,
    /// Increases by one with each change.
    version: u64,
}

impl From<&Doctor> for DoctorView {
    fn from(doctor: &Doctor) -> Self {
        Self {
            id: doctor.id,
            full_name: doctor.profile.full_name().into_string(),
            body: doctor.into(),
            specialty: doctor.profile.specialty.as_ref().map(|line| line.as_str().to_owned()),
            created_at: DateTime::utc(doctor.created_at),
            updated_at: DateTime::utc(doctor.updated_at),
            version: doctor.version,
        }
    }
}

#[derive(Params)]
pub struct DoctorParams {
    /// Any part of the names; case and accents are ignored.
    search: Option<String>,
    /// Id of a specialty.
    specialty: Option<SpecialtyId>,
    /// Id of a clinic where the doctor has availability windows or weekly rules.
    clinic: Option<ClinicId>,
    /// `false` lists the deactivated doctors. `true` by default.
    is_active: Option<bool>,
}

impl From<DoctorParams> for DoctorFilter {
    fn from(params: DoctorParams) -> Self {
        let DoctorParams { search, specialty, clinic, is_active } = params;
        Self { search, specialty, clinic, is_active: is_active.unwrap_or(true) }
    }
}
