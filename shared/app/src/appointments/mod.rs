//! Reading appointments, and the parts of one that can be edited in place.

pub mod actions;
pub mod booking;
pub mod slot;

use crate::App;
use crate::directory::records::expect_version;
use crate::support::attempts::Failure;
use crate::support::change::{audit, differences};
use crate::support::context::Context;
use crate::support::error::AppError;
use crate::support::listing::{Slice, Window, list, list_reading};
use domain::appointment::{Appointment, Status};
use domain::clinic::{Clinic, Room};
use domain::doctor::Doctor;
use domain::ids::{AppointmentId, ClinicId, DoctorId, PatientId, RoomId};
use domain::patient::Patient;
use domain::text::Note;
use domain::time::{Days, Instant, LocalDate, LocalTime, TimeDelta};
use std::collections::BTreeSet;
use store::Purpose;
use store::audit::AuditAction;
use store::item::text;
use store::keys::Key;
use store::patterns::{self, Pattern};
use store::transaction::Change;

/// Which appointments are wanted.
#[derive(Debug, Clone, Default)]
pub struct AppointmentFilter {
    /// Of this patient.
    pub patient: Option<PatientId>,
    /// With this doctor.
    pub doctor: Option<DoctorId>,
    /// In this room.
    pub room: Option<RoomId>,
    /// At this clinic.
    pub clinic: Option<ClinicId>,
    /// In one of these states; in any where empty.
    pub status: BTreeSet<Status>,
    /// From this local day of the clinic …
    pub from: Option<LocalDate>,
    /// … to this one, included.
    pub to: Option<LocalDate>,
    /// Those that a person has to look at.
    pub needs_attention: Option<bool>,
}

/// Lists appointments by start. Without a patient and dates: from today on.
///
/// # Errors
/// What reading says.
pub async fn list_appointments(
    app: &App,
    ctx: &Context,
    filter: &AppointmentFilter,
    window: &Window,
) -> Result<Slice<Appointment>, AppError> {
    let today = |appointment: &Appointment| appointment.zone.date(app.now());
    let from_today = filter.patient.is_none() && filter.from.is_none() && filter.to.is_none();
    let keep = |appointment: &Appointment| {
        let date = appointment.zone.date(appointment.start);
        ctx.scope.includes(appointment.clinic)
            && filter.patient.is_none_or(|patient| appointment.patient == patient)
            && filter.doctor.is_none_or(|doctor| appointment.doctor == doctor)
            && filter.room.is_none_or(|room| appointment.room == room)
            && filter.clinic.is_none_or(|clinic| appointment.clinic == clinic)
            && (filter.status.is_empty() || filter.status.contains(&appointment.status))
            && filter.needs_attention.is_none_or(|wanted| appointment.needs_attention == wanted)
            && filter.from.is_none_or(|from| from <= date)
            && filter.to.is_none_or(|to| date <= to)
            && (!from_today || today(appointment) <= date)
    };
    let partitions = partitions(app, ctx, filter, from_today).await?;
    list_reading(app, &partitions, read_at_least(filter), window, keep).await
}

/// How much a query reads for a page. Of a doctor's day more is read than belongs to it, because the
/// doctor may be in any zone, and a room's appointments stand among those of its clinic; both are few enough
/// to be read at once.
fn read_at_least(filter: &AppointmentFilter) -> usize {
    match (filter.from.is_some() && filter.to.is_some(), filter.doctor, filter.room) {
        (true, None, Some(_)) => 2000,
        (true, Some(_), _) => 400,
        _ => 0,
    }
}

/// Around a clinic's day nobody is seen.
const NIGHT: TimeDelta = TimeDelta::hours(3);

/// The partitions that hold them all: the patient's, the doctor's, or one for each clinic.
async fn partitions(
    app: &App,
    ctx: &Context,
    filter: &AppointmentFilter,
    from_today: bool,
) -> Result<Vec<Pattern>, AppError> {
    // A local day begins and ends within a day of the UTC day with its date, in every zone.
    let from =
        if from_today { Some(app.now().utc_day()) } else { filter.from }.and_then(|day| midnight(day.pred_opt()));
    let to = filter.to.and_then(|day| midnight(day.checked_add_days(Days::new(2))));
    if let Some(patient) = filter.patient {
        return Ok(vec![patterns::appointments_of_patient(patient, from, to)]);
    }
    if let Some(doctor) = filter.doctor {
        return Ok(vec![patterns::appointments_of_doctor(doctor, from, to)]);
    }
    let clinic = match filter.room {
        Some(room) => app.table.get::<Room>(&Key::room(room)).await?.map(|room| room.profile.clinic),
        None => filter.clinic,
    };
    if let Some(clinic) = clinic {
        // Its clock tells where its days begin and end. What is over may have been booked by another
        // one; a few hours more on either side are at night, and cost nothing.
        let Some(clinic) = app.table.get::<Clinic>(&Key::clinic(clinic)).await? else { return Ok(Vec::new()) };
        let zone = clinic.profile.timezone;
        let day = |date: Option<LocalDate>| date.and_then(|date| zone.day(date));
        let first = if from_today { Some(zone.date(app.now())) } else { filter.from };
        let from = day(first).map(|day| day.start().plus(-NIGHT)).or(from);
        let to = day(filter.to).map(|day| day.end().plus(NIGHT)).or(to);
        return Ok(vec![patterns::appointments_of_clinic(clinic.id, from, to)]);
    }
    if filter.room.is_some() {
        return Ok(Vec::new());
    }
    let clinics = crate::directory::clinics::clinics_in(app, &ctx.scope).await?;
    Ok(clinics.into_iter().map(|clinic| patterns::appointments_of_clinic(clinic, from, to)).collect())
}

fn midnight(day: Option<LocalDate>) -> Option<Instant> {
    day.map(|day| Instant::from_utc(day.and_time(LocalTime::MIN).and_utc()))
}

/// A patient's appointments, newest first.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn list_patient_appointments(
    app: &App,
    ctx: &Context,
    patient: PatientId,
    window: &Window,
) -> Result<Slice<Appointment>, AppError> {
    crate::directory::patients::read_patient(app, ctx, patient).await?;
    let pattern = patterns::appointments_of_patient(patient, None, None).reversed();
    list(app, &[pattern], window, |appointment: &Appointment| ctx.scope.includes(appointment.clinic)).await
}

/// What can be edited of an appointment in place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppointmentEdit {
    /// Why the patient comes.
    pub reason: Option<Note<500>>,
    /// Notes of the reception desk.
    pub notes: Option<Note<2000>>,
    /// Whether a person still has to look at it.
    pub needs_attention: bool,
}

/// Edits an appointment.
///
/// # Errors
/// [`AppError::NotFound`], [`AppError::PreconditionFailed`], what `next` says.
pub async fn update_appointment(
    app: &App,
    ctx: &Context,
    id: AppointmentId,
    if_match: Option<u64>,
    next: impl Fn(&Appointment) -> Result<AppointmentEdit, AppError> + Send + Sync,
) -> Result<Appointment, AppError> {
    crate::attempt!(number => try_update(app, ctx, id, if_match, &next, number))
}

async fn try_update(
    app: &App,
    ctx: &Context,
    id: AppointmentId,
    if_match: Option<u64>,
    next: &(impl Fn(&Appointment) -> Result<AppointmentEdit, AppError> + Send + Sync),
    attempt: u32,
) -> Result<Appointment, Failure> {
    if let Some(id) = ctx.done_before(app, attempt).await? {
        return Ok(crate::appointments::actions::load(app, ctx, id).await?);
    }
    let before = crate::appointments::actions::load(app, ctx, id).await?;
    let AppointmentEdit { reason, notes, needs_attention } = next(&before)?;
    expect_version(if_match, before.version)?;
    let now = app.now();
    let edited = Appointment { reason, notes, needs_attention, ..before.clone() };
    if edited == before {
        return Ok(before);
    }
    let after = Appointment { updated_at: now, version: before.version + 1, ..edited };
    let mut transaction = ctx.begin(id, now);
    transaction.replace(Purpose::Version, &after, before.version);
    let mut changes = differences(Some(&before), Some(&after), &["needs_attention"]);
    changes.retain(|field, _| !["updated_at", "version"].contains(&field.as_str()));
    audit(app, ctx, &mut transaction, now, ("appointment", id), AuditAction::Update, changes);
    ctx.commit(app, transaction).await?;
    Ok(after)
}

/// Something whose name appointments show.
#[derive(Debug, Clone, Copy)]
pub enum Named<'a> {
    /// A patient.
    Patient(&'a Patient),
    /// A doctor.
    Doctor(&'a Doctor),
    /// A clinic.
    Clinic(&'a Clinic),
    /// A room.
    Room(&'a Room),
}

/// Copies a name to the appointments still to come that show another one. The copies are for display: they
/// don't raise an appointment's version, and one that is lost in a crash stays as it was until the next renaming.
///
/// # Errors
/// What reading or writing says.
pub async fn rename(app: &App, named: Named<'_>) -> Result<(), AppError> {
    let now = Some(app.now());
    let (pattern, name) = match named {
        Named::Patient(patient) => {
            (patterns::appointments_of_patient(patient.id, now, None), patient.profile.full_name())
        }
        Named::Doctor(doctor) => (patterns::appointments_of_doctor(doctor.id, now, None), doctor.profile.full_name()),
        Named::Clinic(clinic) => {
            (patterns::appointments_of_clinic(clinic.id, now, None), clinic.profile.name.as_str().into())
        }
        Named::Room(room) => {
            (patterns::appointments_of_clinic(room.profile.clinic, now, None), room.profile.name.as_str().into())
        }
    };
    let appointments: Vec<Appointment> = app.table.query_all(&pattern).await?;
    for appointment in appointments {
        let (update, shown) = match named {
            Named::Patient(_) => ("SET patient_name = :name", &appointment.patient_name),
            Named::Doctor(_) => ("SET doctor_name = :name", &appointment.doctor_name),
            Named::Clinic(_) => ("SET clinic_name = :name", &appointment.clinic_name),
            Named::Room(room) if room.id == appointment.room => ("SET room_name = :name", &appointment.room_name),
            Named::Room(_) => continue,
        };
        if *shown != name {
            crate::attempt!(_number => async {
                let mut transaction = store::Transaction::default();
                let change = Change {
                    update,
                    condition: Some("attribute_exists(PK)"),
                    names: &[],
                    values: &[(":name", text(name.as_str()))],
                };
                transaction.update(Purpose::Append, Key::appointment(appointment.id), change);
                Ok::<(), Failure>(app.table.transact(transaction).await?)
            })?;
        }
    }
    Ok(())
}
