//! Lists appointments and edits the fields that can be changed in place.

pub mod actions;
pub(crate) mod all_appointments;
mod attention;
pub mod booking;
pub mod candidate;
mod closed;
pub mod copied_names;
mod end_change;
pub mod export;
pub mod history;
pub mod lookup;
pub(crate) mod moves;
mod offers;
pub mod patient_details;
pub mod patient_summary;
pub mod preview;
pub mod room_days;
pub mod slot;
pub mod unrecorded;

use crate::App;
use crate::appointments::lookup::load_appointment;
use crate::appointments::patient_details::{ListedAppointment, add_patient_details};
use crate::appointments::room_days::midnight;
use crate::directory::records::expect_version;
use crate::support::change::differences;
use crate::support::context::Context;
use crate::support::error::AppError;
use crate::support::listing::{PageRequest, Reading, Slice, list, list_in_sequence, list_reading};
use crate::support::retry::AttemptError;
use crate::support::unit_of_work::UnitOfWork;
use domain::appointment::{Appointment, Status};
use domain::clinic::{Clinic, Room};
use domain::ids::{AppointmentId, ClinicId, DoctorId, PatientId, RoomId};
use domain::text::Note;
use domain::time::{Days, LocalDate, TimeDelta};
use std::collections::BTreeSet;
use store::appointment::save;
use store::audit::AuditAction;
use store::keys::Key;
use store::patterns::{self, Pattern};

/// Filter of a list of appointments. Fields that are `None` or empty match every appointment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AppointmentFilter {
    pub patient: Option<PatientId>,
    pub doctor: Option<DoctorId>,
    pub room: Option<RoomId>,
    pub clinic: Option<ClinicId>,
    /// Any of these statuses.
    pub status: BTreeSet<Status>,
    /// First local day of the clinic.
    pub from: Option<LocalDate>,
    /// Last local day of the clinic.
    pub to: Option<LocalDate>,
    pub needs_attention: Option<bool>,
}

/// Lists appointments by start. Without a patient and dates, the list begins today, unless it is of those that need
/// attention: they stay in the worklist until somebody has looked at them.
pub async fn list_appointments(
    app: &App,
    ctx: &Context,
    filter: &AppointmentFilter,
    page: &PageRequest,
) -> Result<Slice<Appointment>, AppError> {
    let today = |appointment: &Appointment| appointment.zone.date(app.now());
    let of_worklist = filter.needs_attention == Some(true) && filter.patient.is_none();
    let from_today = filter.patient.is_none() && filter.from.is_none() && filter.to.is_none() && !of_worklist;
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
    if of_worklist {
        let is_only_filter = *filter
            == AppointmentFilter {
                clinic: filter.clinic,
                needs_attention: filter.needs_attention,
                ..AppointmentFilter::default()
            };
        return match is_only_filter {
            true => attention::list_all(app, ctx, filter.clinic, page).await,
            false => attention::list_matching(app, ctx, filter.clinic, page, keep).await,
        };
    }
    let partitions = partitions(app, ctx, filter, from_today).await?;
    let reading = Reading { min_rows: min_rows(filter), until_found: has_one_filter(filter) };
    match (filter.room, partitions.as_slice()) {
        (Some(room), [of_clinic]) if filter.patient.is_none() && filter.doctor.is_none() && !is_short(filter) => {
            let ranges = room_days::ranges(app, room, of_clinic, page.from.as_ref()).await?;
            list_in_sequence(app, &ranges, reading, page, keep).await
        }
        _ => list_reading(app, &partitions, reading, page, keep).await,
    }
}

/// Days of a room that are read in one query among those of its clinic.
const SHORT_PERIOD: TimeDelta = TimeDelta::days(7);

fn is_short(filter: &AppointmentFilter) -> bool {
    filter.from.zip(filter.to).is_some_and(|(from, to)| to.signed_duration_since(from) < SHORT_PERIOD)
}

/// Whether nothing is asked for but a period, a clinic, and one thing besides. Its list has no empty page before its end.
fn has_one_filter(filter: &AppointmentFilter) -> bool {
    let given = [
        filter.patient.is_some(),
        filter.doctor.is_some(),
        filter.room.is_some(),
        !filter.status.is_empty(),
        filter.needs_attention.is_some(),
    ];
    given.into_iter().filter(|is_given| *is_given).count() <= 1
}

/// The least number of rows that a query reads for a page. A doctor's day is queried with a margin, because the
/// doctor may work in any time zone, and a room's appointments are stored among those of its clinic. Both are few
/// enough to be read in one query.
fn min_rows(filter: &AppointmentFilter) -> usize {
    match (filter.from.is_some() && filter.to.is_some(), filter.doctor, filter.room) {
        (true, None, Some(_)) if is_short(filter) => 2000,
        (true, Some(_), _) => 400,
        _ => 0,
    }
}

/// Margin before and after a clinic's day. Nothing is booked at night, so it adds almost no rows.
const NIGHT_MARGIN: TimeDelta = TimeDelta::hours(3);

/// The partitions that contain every matching appointment: the patient's, the doctor's, or one for each clinic.
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
        // The clinic's current time zone bounds its days. Past appointments may have been booked under another time
        // zone, so the query has a margin of some night hours.
        let Some(clinic) = app.table.get::<Clinic>(&Key::clinic(clinic)).await? else { return Ok(Vec::new()) };
        let zone = clinic.profile.timezone;
        let day = |date: Option<LocalDate>| date.and_then(|date| zone.day(date));
        let first = if from_today { Some(zone.date(app.now())) } else { filter.from };
        let from = day(first).map(|day| day.start().plus(-NIGHT_MARGIN)).or(from);
        let to = day(filter.to).map(|day| day.end().plus(NIGHT_MARGIN)).or(to);
        return Ok(vec![patterns::appointments_of_clinic(clinic.id, from, to)]);
    }
    if filter.room.is_some() {
        return Ok(Vec::new());
    }
    let clinics = crate::directory::clinics::listed_clinics(app, &ctx.scope).await?;
    Ok(clinics.into_iter().map(|clinic| patterns::appointments_of_clinic(clinic, from, to)).collect())
}

/// Lists appointments like [`list_appointments`]; `with_patients` adds their patients.
///
/// # Errors
/// Those of [`list_appointments`].
pub async fn list_with_patients(
    app: &App,
    ctx: &Context,
    filter: &AppointmentFilter,
    page: &PageRequest,
    with_patients: bool,
) -> Result<Slice<ListedAppointment>, AppError> {
    let Slice { rows, next, previous } = list_appointments(app, ctx, filter, page).await?;
    Ok(Slice { rows: add_patient_details(app, rows, with_patients).await?, next, previous })
}

/// Lists a patient's appointments, newest first.
pub async fn list_patient_appointments(
    app: &App,
    ctx: &Context,
    patient: PatientId,
    page: &PageRequest,
) -> Result<Slice<Appointment>, AppError> {
    crate::directory::patients::read_patient(app, ctx, patient).await?;
    let pattern = patterns::appointments_of_patient(patient, None, None).reversed();
    list(app, &[pattern], page, |appointment: &Appointment| ctx.scope.includes(appointment.clinic)).await
}

/// The fields of an appointment that can be edited in place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppointmentEdit {
    pub reason: Option<Note<500>>,
    pub notes: Option<Note<2000>>,
    pub needs_attention: bool,
}

/// # Errors
/// [`AppError::NotFound`], [`AppError::PreconditionFailed`], and the errors of `next`.
pub async fn update_appointment(
    app: &App,
    ctx: &Context,
    id: AppointmentId,
    if_match: Option<u64>,
    next: impl Fn(&Appointment) -> Result<AppointmentEdit, AppError> + Send + Sync,
) -> Result<Appointment, AppError> {
    crate::retry!(number => try_update(app, ctx, id, if_match, &next, number))
}

async fn try_update(
    app: &App,
    ctx: &Context,
    id: AppointmentId,
    if_match: Option<u64>,
    next: &(impl Fn(&Appointment) -> Result<AppointmentEdit, AppError> + Send + Sync),
    attempt: u32,
) -> Result<Appointment, AttemptError> {
    if let Some(id) = ctx.previous_outcome(app, attempt).await? {
        return Ok(load_appointment(app, ctx, id).await?);
    }
    let before = load_appointment(app, ctx, id).await?;
    let AppointmentEdit { reason, notes, needs_attention } = next(&before)?;
    expect_version(if_match, before.version)?;
    let mut edited = Appointment { reason, notes, ..before.clone() };
    if !needs_attention {
        edited.settle_all();
    }
    if edited == before {
        return Ok(before);
    }
    let mut uow = UnitOfWork::with_outcome(app, ctx, id);
    let after = Appointment { updated_at: uow.now, version: before.version + 1, ..edited };
    save(&mut uow.transaction, Some(&before), &after);
    let mut changes = differences(Some(&before), Some(&after), &["needs_attention"]);
    changes.retain(|field, _| !["attention", "updated_at", "version"].contains(&field.as_str()));
    uow.audit(("appointment", id), AuditAction::Update, changes);
    uow.commit().await?;
    Ok(after)
}
