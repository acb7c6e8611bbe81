//! What a list of patients shows of their appointments on request: the next one, the last one, and how often the patient
//! didn't come.

use crate::App;
use crate::directory::patients::{self, PatientFilter};
use crate::support::concurrency::try_join_bounded;
use crate::support::context::Context;
use crate::support::error::AppError;
use crate::support::listing::{PageRequest, Slice};
use domain::appointment::{Appointment, Status};
use domain::ids::PatientId;
use domain::patient::Patient;
use store::patterns;

/// The most patients of a page with summaries: each costs two queries.
pub const MAX_PATIENTS: usize = 50;

/// The appointments to come that are looked at. Most are pending or confirmed.
const AHEAD: usize = 20;
/// The past appointments that are looked at, and among which no-shows are counted.
const BEHIND: usize = 50;

/// A patient in a list.
#[derive(Debug)]
pub struct ListedPatient {
    pub patient: Patient,
    /// `None` unless the list was asked for it.
    pub summary: Option<PatientSummary>,
}

/// A patient's appointments at the clinics that the caller sees.
#[derive(Debug, Clone)]
pub struct PatientSummary {
    /// The first to come that is pending or confirmed.
    pub next: Option<Appointment>,
    /// The last that took place or should have, whether or not the patient came.
    pub last: Option<Appointment>,
    /// Among the last [`BEHIND`].
    pub no_shows: usize,
}

/// Lists patients like [`patients::list_patients`]; `with_summaries` adds their appointments.
///
/// # Errors
/// Those of [`patients::list_patients`].
pub async fn list_with_summaries(
    app: &App,
    ctx: &Context,
    filter: &PatientFilter,
    page: &PageRequest,
    with_summaries: bool,
) -> Result<Slice<ListedPatient>, AppError> {
    let Slice { rows, next, previous } = patients::list_patients(app, filter, page).await?;
    let listed = rows.into_iter().map(|patient| listed(app, ctx, patient, with_summaries));
    Ok(Slice { rows: try_join_bounded(listed).await?, next, previous })
}

/// Reads a patient like [`patients::read_patient`]; `with_summary` adds the patient's appointments.
///
/// # Errors
/// Those of [`patients::read_patient`].
pub async fn read_with_summary(
    app: &App,
    ctx: &Context,
    id: PatientId,
    with_summary: bool,
) -> Result<ListedPatient, AppError> {
    let patient = patients::read_patient(app, ctx, id).await?;
    listed(app, ctx, patient, with_summary).await
}

async fn listed(app: &App, ctx: &Context, patient: Patient, with_summary: bool) -> Result<ListedPatient, AppError> {
    let summary = if with_summary { Some(summary(app, ctx, patient.id).await?) } else { None };
    Ok(ListedPatient { patient, summary })
}

async fn summary(app: &App, ctx: &Context, patient: PatientId) -> Result<PatientSummary, AppError> {
    let now = app.now();
    let ahead = patterns::appointments_of_patient(patient, Some(now), None).limit(AHEAD);
    let behind = patterns::appointments_of_patient(patient, None, Some(now)).reversed().limit(BEHIND);
    let (ahead, behind) =
        futures_util::future::try_join(app.table.query::<Appointment>(&ahead), app.table.query(&behind)).await?;
    let is_seen = |appointment: &Appointment| ctx.scope.includes(appointment.clinic);
    let mut ahead = ahead.rows.into_iter().map(|(_, appointment)| appointment).filter(is_seen);
    let behind: Vec<Appointment> =
        behind.rows.into_iter().map(|(_, appointment)| appointment).filter(is_seen).collect();
    let took_place = |appointment: &&Appointment| {
        appointment.start <= now
            && (appointment.is_active() || matches!(appointment.status, Status::Completed | Status::NoShow))
    };
    Ok(PatientSummary {
        next: ahead.find(|appointment| appointment.is_active() && appointment.start > now),
        last: behind.iter().find(took_place).cloned(),
        no_shows: behind.iter().filter(|appointment| appointment.status == Status::NoShow).count(),
    })
}
