//! Puts appointments into the worklist of which nobody recorded whether the patient came.

use crate::App;
use crate::support::context::Context;
use crate::support::error::AppError;
use crate::support::job::JobStep;
use crate::support::retry::AttemptError;
use crate::support::unit_of_work::UnitOfWork;
use domain::appointment::{Appointment, MAX_LENGTH, RECORDING_TIME};
use domain::attention::AttentionKind;
use domain::clinic::Clinic;
use domain::ids::{AppointmentId, ClinicId};
use domain::time::{Instant, TimeDelta};
use store::keys::{Directory, Key};
use store::recording_checkpoint::RecordingCheckpoint;
use store::{Purpose, ReadError, Transaction, patterns};

/// How often the job searches.
const INTERVAL: TimeDelta = TimeDelta::hours(1);
/// How far back the first search looks. A table with years of appointments has no worklist of years.
const FIRST_SEARCH: TimeDelta = TimeDelta::hours(24);

/// Searches once an hour. Each appointment is found by one search only, so one that staff took out of the worklist doesn't
/// come back.
///
/// # Errors
/// That of reading or writing the table. The next run searches the same time again.
pub async fn flag_unrecorded(app: &App, step: &JobStep<'_>) -> Result<(), AppError> {
    let now = app.now();
    let from = read_checkpoint(app, step).await?;
    if from.plus(INTERVAL) > now {
        return Ok(());
    }
    let mut result = Ok(());
    for clinic in step.read_work::<Clinic>(app, &patterns::directory(Directory::Clinics, true)).await? {
        if let Err(error) = flag_unrecorded_of(app, step, clinic.id, (from, now)).await {
            tracing::error!(clinic = %clinic.id, %error, "failed to put unrecorded appointments into the worklist");
            result = Err(error);
        }
    }
    if step.is_over(app.now()) {
        return result;
    }
    result?;
    save_checkpoint(app, now).await
}

/// A checkpoint that can't be read counts as none, and is written anew.
async fn read_checkpoint(app: &App, step: &JobStep<'_>) -> Result<Instant, AppError> {
    let checkpoint = match app.table.get::<RecordingCheckpoint>(&Key::recording_checkpoint()).await {
        Err(ReadError::Unreadable(row)) => {
            step.unreadable.record(&row);
            None
        }
        checkpoint => checkpoint?,
    };
    Ok(checkpoint.map_or(app.now().plus(-FIRST_SEARCH), |checkpoint| checkpoint.at))
}

async fn save_checkpoint(app: &App, at: Instant) -> Result<(), AppError> {
    crate::retry!(_number => async {
        let mut transaction = Transaction::default();
        transaction.overwrite(Purpose::Append, &RecordingCheckpoint { at });
        Ok::<(), AttemptError>(app.table.transact(transaction).await?)
    })
}

/// Flags the appointments of a clinic whose time for recording ended after `from` and up to `until`. One that can't be
/// flagged doesn't stop the others.
async fn flag_unrecorded_of(
    app: &App,
    step: &JobStep<'_>,
    clinic: ClinicId,
    (from, until): (Instant, Instant),
) -> Result<(), AppError> {
    let first_start = from.plus(-(RECORDING_TIME + MAX_LENGTH));
    let pattern = patterns::appointments_of_clinic(clinic, Some(first_start), Some(until.plus(-RECORDING_TIME)));
    let ended = |row: &Appointment| row.recording_deadline() > from && row.recording_deadline() <= until;
    let mut result = Ok(());
    for row in step.read_work::<Appointment>(app, &pattern).await? {
        if step.is_over(app.now()) {
            break;
        }
        if row.is_active() && ended(&row) {
            result = step.attempt(flag(app, row.id)).await.and(result);
        }
    }
    result
}

async fn flag(app: &App, id: AppointmentId) -> Result<(), AppError> {
    crate::retry!(_number => try_flag(app, id))
}

async fn try_flag(app: &App, id: AppointmentId) -> Result<(), AttemptError> {
    let Some(before) = app.table.get::<Appointment>(&Key::appointment(id)).await? else { return Ok(()) };
    let mut after = before.clone();
    after.need_attention(AttentionKind::Unrecorded, app.now());
    if !before.is_active() || after.attention == before.reasons() {
        return Ok(());
    }
    let ctx = Context::of_scheduled_job();
    let mut uow = UnitOfWork::new(app, &ctx);
    uow.record_flags(&before, after);
    uow.commit().await
}
