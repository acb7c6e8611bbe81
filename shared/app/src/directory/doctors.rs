//! Manages doctors and specialties.

use crate::App;
use crate::availability::room_timetable::timetable_of_room;
use crate::directory::records::{self, Profile, RecordDraft};
use crate::support::change::ChangeConditions;
use crate::support::concurrency::try_join_bounded;
use crate::support::context::{Context, Outcome};
use crate::support::dependents::{DependentDoctor, Dependents};
use crate::support::error::AppError;
use crate::support::listing::{PageRequest, Slice, list};
use domain::doctor::{Doctor, DoctorProfile, Specialty, SpecialtyProfile};
use domain::ids::{ClinicId, DoctorId, SpecialtyId};
use domain::name::Name;
use domain::record::Record;
use domain::search::{NameWords, Question};
use domain::text::Line;
use domain::time::{Days, LAST_DAY};
use domain::violation::Rule;
use domain::weekly_rule::WeeklyRule;
use std::collections::BTreeSet;
use store::keys::{Directory, Key, Resource, Unique};
use store::patterns;
use store::sweep::{NamedRecord, SweepTask};

impl Profile for DoctorProfile {
    type Id = DoctorId;
    const MODEL: &'static str = "doctor";
    const AUDIT_PLAINTEXT: &'static [&'static str] = &["specialties", "specialty", "buffer_minutes"];

    fn key(id: DoctorId) -> Key {
        Key::doctor(id)
    }

    fn unique_values(_record: &Record<DoctorId, Self>) -> Vec<Unique> {
        Vec::new()
    }

    fn resource(id: DoctorId) -> Option<Resource> {
        Some(Resource::Doctor(id))
    }

    fn copied_name(record: &Doctor) -> Option<(NamedRecord, Name)> {
        Some((NamedRecord::Doctor(record.id), record.profile.full_name()))
    }
}

impl Profile for SpecialtyProfile {
    type Id = SpecialtyId;
    const MODEL: &'static str = "specialty";
    const AUDIT_PLAINTEXT: &'static [&'static str] = &["name"];

    fn key(id: SpecialtyId) -> Key {
        Key::specialty(id)
    }

    fn unique_values(record: &Record<SpecialtyId, Self>) -> Vec<Unique> {
        store::doctor::uniques(record)
    }

    fn follow_up(before: &Specialty, after: &Specialty) -> Option<SweepTask> {
        (before.profile != after.profile).then_some(SweepTask::SpecialtyName(after.id))
    }
}

/// Filter of a list of doctors.
#[derive(Clone, Default)]
pub struct DoctorFilter {
    /// Words that must all be part of the name.
    pub search: Option<String>,
    pub specialty: Option<SpecialtyId>,
    /// Doctors with a window or a rule at this clinic between yesterday and a year from now.
    pub clinic: Option<ClinicId>,
    pub is_active: bool,
}

domain::opaque!(DoctorFilter);

/// Lists doctors by family name.
pub async fn list_doctors(app: &App, filter: &DoctorFilter, page: &PageRequest) -> Result<Slice<Doctor>, AppError> {
    let question = filter.search.as_deref().filter(|text| !text.trim().is_empty()).map(Question::parse);
    let has_words = |doctor: &Doctor| {
        let names = NameWords::of(doctor.profile.full_name().as_str());
        question.as_ref().is_none_or(|question| !question.is_empty() && question.matches(&names.all()))
    };
    let at_clinic = match filter.clinic {
        Some(clinic) => Some(doctors_at_clinic(app, clinic).await?),
        None => None,
    };
    let keep = |doctor: &Doctor| {
        has_words(doctor)
            && filter.specialty.is_none_or(|wanted| doctor.profile.specialties.contains(&wanted))
            && at_clinic.as_ref().is_none_or(|doctors| doctors.contains(&doctor.id))
    };
    list(app, &[patterns::directory(Directory::Doctors, filter.is_active)], page, keep).await
}

async fn doctors_at_clinic(app: &App, clinic: ClinicId) -> Result<BTreeSet<DoctorId>, AppError> {
    let today = app.now().utc_day();
    let from = today.checked_sub_days(Days::new(1)).unwrap_or(today);
    let to = today.checked_add_days(Days::new(366)).unwrap_or(LAST_DAY);
    let rooms = crate::directory::clinics::rooms_of(app, clinic).await?;
    let timetables = rooms.iter().map(|room| timetable_of_room(app, room.id, from, to));
    let mut doctors = BTreeSet::new();
    for timetable in try_join_bounded(timetables).await? {
        doctors.extend(timetable.windows.into_iter().map(|window| window.doctor));
        let is_valid = |rule: &WeeklyRule| rule.valid_from <= to && rule.valid_until.is_none_or(|last| from <= last);
        doctors.extend(timetable.rules.into_iter().filter(is_valid).map(|rule| rule.doctor));
    }
    Ok(doctors)
}

/// # Errors
/// [`AppError::Validation`] for a specialty that doesn't exist.
pub async fn create_doctor(
    app: &App,
    ctx: &Context,
    doctor: impl Into<RecordDraft<DoctorProfile>>,
) -> Result<Outcome<Doctor>, AppError> {
    let RecordDraft { profile, is_active } = doctor.into();
    let specialty = main_specialty(app, &profile.specialties, &[]).await?;
    records::create(app, ctx, RecordDraft { profile: DoctorProfile { specialty, ..profile }, is_active }).await
}

/// Reads a doctor, ignoring prefetched rows.
pub async fn get_doctor(app: &App, id: DoctorId) -> Result<Doctor, AppError> {
    records::get(app, id).await
}

/// Reads a doctor for a request. The row may have been prefetched.
pub async fn read_doctor(app: &App, ctx: &Context, id: DoctorId) -> Result<Doctor, AppError> {
    records::get_or_prefetched(app, ctx, id).await
}

/// Changes a doctor. `next` returns the new state.
///
/// # Errors
/// The errors of [`records::change`]; [`AppError::Validation`] for a specialty that doesn't exist.
pub async fn update_doctor(
    app: &App,
    ctx: &Context,
    id: DoctorId,
    conditions: ChangeConditions,
    next: impl Fn(&Doctor) -> Result<RecordDraft<DoctorProfile>, AppError> + Send + Sync,
) -> Result<Doctor, AppError> {
    let before = get_doctor(app, id).await?;
    let next_state = next(&before)?;
    records::expect_version(conditions.if_match, before.version)?;
    let specialty = main_specialty(app, &next_state.profile.specialties, &before.profile.specialties).await?;
    records::change(app, ctx, id, conditions, |before| {
        let RecordDraft { profile, is_active } = next(before)?;
        Ok(RecordDraft { profile: DoctorProfile { specialty: specialty.clone(), ..profile }, is_active })
    })
    .await
}

/// Checks that all specialties exist and returns the name of the first. A doctor may keep a specialty that was deleted;
/// otherwise no other change of that doctor would be possible.
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

/// # Errors
/// [`AppError::InUse`] if the doctor has upcoming appointments, unless forced.
pub async fn deactivate_doctor(
    app: &App,
    ctx: &Context,
    id: DoctorId,
    conditions: ChangeConditions,
) -> Result<(), AppError> {
    records::deactivate::<DoctorProfile>(app, ctx, id, conditions).await
}

/// Lists specialties by name.
pub async fn list_specialties(app: &App, page: &PageRequest) -> Result<Slice<Specialty>, AppError> {
    list(app, &[patterns::directory(Directory::Specialties, true)], page, |_| true).await
}

/// # Errors
/// [`AppError::AlreadyExists`] if a specialty has this name.
pub async fn create_specialty(
    app: &App,
    ctx: &Context,
    profile: SpecialtyProfile,
) -> Result<Outcome<Specialty>, AppError> {
    records::create(app, ctx, profile).await
}

/// Reads an active specialty.
pub async fn get_specialty(app: &App, id: SpecialtyId) -> Result<Specialty, AppError> {
    records::get::<SpecialtyProfile>(app, id)
        .await
        .and_then(|found| if found.is_active { Ok(found) } else { Err(AppError::NotFound) })
}

/// Changes a specialty. A sweep copies its name to the doctors whose main specialty it is.
pub async fn update_specialty(
    app: &App,
    ctx: &Context,
    id: SpecialtyId,
    if_match: Option<u64>,
    next: impl Fn(&Specialty) -> Result<RecordDraft<SpecialtyProfile>, AppError> + Send + Sync,
) -> Result<Specialty, AppError> {
    get_specialty(app, id).await?;
    records::change(app, ctx, id, if_match.into(), next).await
}

/// Deletes a specialty.
///
/// # Errors
/// [`AppError::InUse`] with the doctors who have it, also deactivated ones: their profile would go on showing it.
pub async fn delete_specialty(
    app: &App,
    ctx: &Context,
    id: SpecialtyId,
    if_match: Option<u64>,
) -> Result<(), AppError> {
    records::expect_version(if_match, get_specialty(app, id).await?.version)?;
    expect_no_doctors(app, id).await?;
    records::deactivate::<SpecialtyProfile>(app, ctx, id, if_match.into()).await
}

async fn expect_no_doctors(app: &App, specialty: SpecialtyId) -> Result<(), AppError> {
    let mut doctors = Vec::new();
    for is_active in [true, false] {
        let all: Vec<Doctor> = app.table.query_all(&patterns::directory(Directory::Doctors, is_active)).await?;
        doctors.extend(
            all.iter()
                .filter(|doctor| doctor.profile.specialties.contains(&specialty))
                .map(|doctor| DependentDoctor { doctor: doctor.id, full_name: doctor.profile.full_name() }),
        );
    }
    if doctors.is_empty() {
        return Ok(());
    }
    Err(AppError::InUse(Box::new(Dependents { doctors, ..Dependents::default() })))
}
