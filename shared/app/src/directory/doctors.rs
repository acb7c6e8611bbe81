//! Doctors and specialties.

use crate::App;
use crate::appointments::{Named, rename};
use crate::directory::records::{self, Next, Profile};
use crate::support::context::{Context, Done};
use crate::support::error::AppError;
use crate::support::listing::{Slice, Window, list};
use domain::doctor::{Doctor, DoctorProfile, Specialty, SpecialtyProfile};
use domain::ids::{ClinicId, DoctorId, SpecialtyId};
use domain::record::Record;
use domain::text::{Line, fold};
use domain::time::{Days, LAST_DAY};
use domain::violation::Rule;
use domain::weekly_rule::WeeklyRule;
use std::collections::BTreeSet;
use store::keys::{Directory, Key, Resource, Unique};
use store::patterns;

impl Profile for DoctorProfile {
    type Id = DoctorId;
    const MODEL: &'static str = "doctor";
    const OPEN: &'static [&'static str] = &["specialties", "specialty", "buffer_minutes"];

    fn key(id: DoctorId) -> Key {
        Key::doctor(id)
    }

    fn uniques(_record: &Record<DoctorId, Self>) -> Vec<Unique> {
        Vec::new()
    }

    fn resource(id: DoctorId) -> Option<Resource> {
        Some(Resource::Doctor(id))
    }
}

impl Profile for SpecialtyProfile {
    type Id = SpecialtyId;
    const MODEL: &'static str = "specialty";
    const OPEN: &'static [&'static str] = &["name"];

    fn key(id: SpecialtyId) -> Key {
        Key::specialty(id)
    }

    fn uniques(record: &Record<SpecialtyId, Self>) -> Vec<Unique> {
        store::doctor::uniques(record)
    }
}

/// Which doctors are wanted.
#[derive(Clone, Default)]
pub struct DoctorFilter {
    /// Parts of the name.
    pub search: Option<String>,
    /// With this specialty.
    pub specialty: Option<SpecialtyId>,
    /// With a window or a rule at this clinic between yesterday and a year from now.
    pub clinic: Option<ClinicId>,
    /// Active ones, or deactivated ones.
    pub is_active: bool,
}

domain::opaque!(DoctorFilter);

/// Lists doctors by family name.
///
/// # Errors
/// What reading says.
pub async fn list_doctors(app: &App, filter: &DoctorFilter, window: &Window) -> Result<Slice<Doctor>, AppError> {
    let words: Vec<String> = filter
        .search
        .iter()
        .flat_map(|text| fold(text).split_whitespace().map(str::to_owned).collect::<Vec<_>>())
        .collect();
    let at_clinic = match filter.clinic {
        Some(clinic) => Some(doctors_at(app, clinic).await?),
        None => None,
    };
    let keep = |doctor: &Doctor| {
        let name = doctor.profile.sort_name();
        words.iter().all(|word| name.contains(word))
            && filter.specialty.is_none_or(|wanted| doctor.profile.specialties.contains(&wanted))
            && at_clinic.as_ref().is_none_or(|doctors| doctors.contains(&doctor.id))
    };
    list(app, &[patterns::directory(Directory::Doctors, filter.is_active)], window, keep).await
}

async fn doctors_at(app: &App, clinic: ClinicId) -> Result<BTreeSet<DoctorId>, AppError> {
    let today = app.now().utc_day();
    let from = today.checked_sub_days(Days::new(1)).unwrap_or(today);
    let to = today.checked_add_days(Days::new(366)).unwrap_or(LAST_DAY);
    let mut doctors = BTreeSet::new();
    for room in crate::directory::clinics::rooms_of(app, clinic).await? {
        let timetable = crate::availability::schedules::offerings::of_room(app, room.id, from, to).await?;
        doctors.extend(timetable.windows.into_iter().map(|window| window.doctor));
        let goes_on = |rule: &WeeklyRule| rule.valid_from <= to && rule.valid_until.is_none_or(|last| from <= last);
        doctors.extend(timetable.rules.into_iter().filter(goes_on).map(|rule| rule.doctor));
    }
    Ok(doctors)
}

/// Registers a doctor.
///
/// # Errors
/// [`AppError::Validation`] for a specialty that doesn't exist.
pub async fn create_doctor(
    app: &App,
    ctx: &Context,
    doctor: impl Into<Next<DoctorProfile>>,
) -> Result<Done<Doctor>, AppError> {
    let Next { profile, is_active } = doctor.into();
    let specialty = main_specialty(app, &profile.specialties, &[]).await?;
    records::create(app, ctx, Next { profile: DoctorProfile { specialty, ..profile }, is_active }).await
}

/// Reads a doctor.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn get_doctor(app: &App, id: DoctorId) -> Result<Doctor, AppError> {
    records::get(app, id).await
}

/// Reads a doctor for somebody.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn read_doctor(app: &App, ctx: &Context, id: DoctorId) -> Result<Doctor, AppError> {
    records::get_for(app, ctx, id).await
}

/// Changes a doctor into what `next` makes of the one that the client saw.
///
/// # Errors
/// Those of [`records::change`], and [`AppError::Validation`] for a specialty that doesn't exist.
pub async fn update_doctor(
    app: &App,
    ctx: &Context,
    id: DoctorId,
    if_match: Option<u64>,
    next: impl Fn(&Doctor) -> Result<Next<DoctorProfile>, AppError> + Send + Sync,
) -> Result<Doctor, AppError> {
    let seen = get_doctor(app, id).await?;
    let wanted = next(&seen)?;
    records::expect_version(if_match, seen.version)?;
    let specialty = main_specialty(app, &wanted.profile.specialties, &seen.profile.specialties).await?;
    let doctor = records::change(app, ctx, id, if_match, |before| {
        let Next { profile, is_active } = next(before)?;
        Ok(Next { profile: DoctorProfile { specialty: specialty.clone(), ..profile }, is_active })
    })
    .await?;
    if doctor.profile.full_name() != seen.profile.full_name() {
        rename(app, Named::Doctor(&doctor)).await?;
    }
    Ok(doctor)
}

/// The name of the first specialty. All of them have to exist; one that was removed from the list may
/// be kept by who has it, or no other change of that doctor would be possible.
async fn main_specialty(app: &App, ids: &[SpecialtyId], kept: &[SpecialtyId]) -> Result<Option<Line<100>>, AppError> {
    let keys: Vec<Key> = ids.iter().copied().map(Key::specialty).collect();
    let mut batch = app.table.batch(&keys).await?;
    let mut names = Vec::new();
    for (id, key) in ids.iter().zip(&keys) {
        match batch.take::<Specialty>(key)?.filter(|specialty| specialty.is_active || kept.contains(id)) {
            Some(specialty) => names.push(specialty.profile.name),
            None => return Err(AppError::invalid("specialties", Rule::NoSuchThing)),
        }
    }
    Ok(names.into_iter().next())
}

/// Deactivates a doctor.
///
/// # Errors
/// [`AppError::InUse`] with appointments still to come.
pub async fn deactivate_doctor(app: &App, ctx: &Context, id: DoctorId, if_match: Option<u64>) -> Result<(), AppError> {
    records::deactivate::<DoctorProfile>(app, ctx, id, if_match).await
}

/// Lists specialties by name.
///
/// # Errors
/// What reading says.
pub async fn list_specialties(app: &App, window: &Window) -> Result<Slice<Specialty>, AppError> {
    list(app, &[patterns::directory(Directory::Specialties, true)], window, |_| true).await
}

/// Adds a specialty.
///
/// # Errors
/// [`AppError::AlreadyExists`] for a name that is taken.
pub async fn create_specialty(
    app: &App,
    ctx: &Context,
    profile: SpecialtyProfile,
) -> Result<Done<Specialty>, AppError> {
    records::create(app, ctx, profile).await
}

/// Reads a specialty.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn get_specialty(app: &App, id: SpecialtyId) -> Result<Specialty, AppError> {
    records::get::<SpecialtyProfile>(app, id)
        .await
        .and_then(|found| if found.is_active { Ok(found) } else { Err(AppError::NotFound) })
}

/// Renames a specialty. Doctors show the new name after their next change.
///
/// # Errors
/// Those of [`records::change`].
pub async fn update_specialty(
    app: &App,
    ctx: &Context,
    id: SpecialtyId,
    if_match: Option<u64>,
    next: impl Fn(&Specialty) -> Result<Next<SpecialtyProfile>, AppError> + Send + Sync,
) -> Result<Specialty, AppError> {
    get_specialty(app, id).await?;
    records::change(app, ctx, id, if_match, next).await
}

/// Removes a specialty from the list. Doctors who have it keep its name.
///
/// # Errors
/// Those of [`records::change`].
pub async fn delete_specialty(
    app: &App,
    ctx: &Context,
    id: SpecialtyId,
    if_match: Option<u64>,
) -> Result<(), AppError> {
    get_specialty(app, id).await?;
    records::deactivate::<SpecialtyProfile>(app, ctx, id, if_match).await
}
