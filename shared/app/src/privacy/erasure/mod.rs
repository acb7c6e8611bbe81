//! Erases a patient's personal data. Appointments stay, under a pseudonym.
//!
//! One transaction overwrites the patient's row, removes the rows that lead to it (search, document, contacts'
//! numbers), closes the guard so that the patient can't be booked any more, and adds an entry to the ledger and a
//! [`PendingErasure`]: the copies in appointments, their history and their notifications, and the patient's messages
//! are still to be overwritten. The request does this right after the transaction ([`pending_erasure`]). If it
//! crashes, the scheduled job resumes it; the job checks once more in any case, since indexes lag and a message may
//! have been in flight.
//!
//! The audit trail stays as it is: it never holds a personal value. The ledger has ids, times and reasons, is also
//! kept outside the table, and is applied again after a restore ([`reapply_erasure`]).

mod pending_erasure;

pub use pending_erasure::resume_pending;

use crate::App;
use crate::appointments::actions::{AppointmentAction, act_on_appointment};
use crate::availability::calendar;
use crate::availability::in_use::expect_not_in_use;
use crate::directory::contacts::audit_contact_change;
use crate::directory::patients::get_patient;
use crate::directory::records::{Profile as _, expect_version, replace_indexed};
use crate::support::change::differences;
use crate::support::context::{Context, Outcome};
use crate::support::error::AppError;
use crate::support::retry::AttemptError;
use crate::support::unit_of_work::UnitOfWork;
use crate::sweeps::{begin_sweep, schedule_sweep};
use domain::ids::PatientId;
use domain::lifecycle::Action;
use domain::patient::{Patient, PatientProfile};
use domain::text::Note;
use domain::violation::Rule;
use store::audit::{AuditAction, FieldChange};
use store::contact::save_contact_numbers;
use store::erasure::{Erasure, PendingErasure};
use store::keys::{Key, Resource};
use store::sweep::{Closure, GuardScope, Sweep, SweepTask};
use store::{Purpose, patterns};

enum ErasureOutcome {
    /// An earlier request with the same idempotency key did it.
    Replayed,
    AlreadyErased,
    /// With what is left to do.
    Erased(Box<(Vec<Sweep>, PendingErasure)>),
}

/// Erases a patient. An erased patient stays unchanged.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::PreconditionFailed`] if the version isn't `if_match`;
/// [`AppError::Validation`] for a reason that identifies the patient; [`AppError::InUse`] with future appointments.
pub async fn erase_patient(
    app: &App,
    ctx: &Context,
    id: PatientId,
    if_match: Option<u64>,
    reason: &Note<500>,
) -> Result<Outcome<Patient>, AppError> {
    let outcome = crate::retry!(number => try_erase(app, ctx, id, if_match, reason, number))?;
    let replayed = matches!(outcome, ErasureOutcome::Replayed) && ctx.idempotency_key.from_client;
    if let ErasureOutcome::Erased(work) = outcome {
        let (sweeps, pending) = *work;
        for sweep in sweeps {
            begin_sweep(app, sweep).await;
        }
        pending_erasure::overwrite(app, pending).await;
    }
    Ok(Outcome { value: get_patient(app, id).await?, replayed })
}

async fn try_erase(
    app: &App,
    ctx: &Context,
    id: PatientId,
    if_match: Option<u64>,
    reason: &Note<500>,
    attempt: u32,
) -> Result<ErasureOutcome, AttemptError> {
    if ctx.previous_outcome::<PatientId>(app, attempt).await?.is_some() {
        return Ok(ErasureOutcome::Replayed);
    }
    let before = get_patient(app, id).await?;
    if before.profile.erased_at.is_some() {
        return Ok(ErasureOutcome::AlreadyErased);
    }
    if before.profile.is_identified_by(reason.as_str()) {
        return Err(AppError::invalid("reason", Rule::NamesThePatient).into());
    }
    expect_version(if_match, before.version)?;
    let of = GuardScope::One(Resource::Patient(id));
    expect_not_in_use(&ctx.scope, &calendar::appointments_in_closed_time(app, of, Closure::Permanent).await?)?;
    let mut uow = UnitOfWork::with_outcome(app, ctx, id);
    let now = uow.now;
    let after = before.clone().changed(PatientProfile::erased(id, now), false, now);
    let mut sweeps = Vec::new();
    if let Some(rest) = replace_indexed(&mut uow.transaction, &before, &after) {
        sweeps.push(schedule_sweep(&mut uow, rest).await?);
    }
    save_contact_numbers(&mut uow.transaction, &before, &after);
    let task = SweepTask::Guards { of, closed: Closure::Permanent, opened: Closure::None };
    sweeps.push(schedule_sweep(&mut uow, task).await?);
    let numbers = before.profile.phone_numbers();
    let pending = PendingErasure { patient: id, numbers, created_at: now, progress: None };
    uow.transaction.create(Purpose::Append, &pending);
    let erasure = Erasure { patient: id, at: now, reason: reason.clone(), by: ctx.actor.clone() };
    uow.transaction.overwrite(Purpose::Append, &erasure);
    for contact in before.profile.contacts.iter() {
        audit_contact_change(&mut uow, id, Some(contact), None);
    }
    let mut changes = differences(Some(&before.profile), Some(&after.profile), PatientProfile::AUDIT_PLAINTEXT);
    changes.insert("reason".to_owned(), FieldChange { old: None, new: Some(reason.as_str().to_owned()) });
    uow.audit((PatientProfile::MODEL, id), AuditAction::Erase, changes);
    uow.commit().await?;
    Ok(ErasureOutcome::Erased(Box::new((sweeps, pending))))
}

pub async fn list_erasures(app: &App) -> Result<Vec<Erasure>, AppError> {
    Ok(app.table.query_all(&patterns::erasures()).await?)
}

/// Erases a patient again whose data came back with a restore of the table. Future appointments that came back are
/// cancelled again, without notices. Returns whether there was anything to do.
///
/// # Errors
/// Those of [`erase_patient`].
pub async fn reapply_erasure(app: &App, erasure: &Erasure) -> Result<bool, AppError> {
    let patient = app.table.get::<Patient>(&Key::patient(erasure.patient)).await?;
    // The restored table may be from before the patient was registered.
    let Some(patient) = patient.filter(|patient| patient.profile.erased_at.is_none()) else { return Ok(false) };
    let system = || Context::of_system("erasure".to_owned());
    let of = GuardScope::One(Resource::Patient(patient.id));
    for appointment in calendar::appointments_in_closed_time(app, of, Closure::Permanent).await? {
        let cancel = AppointmentAction { reason: Some(erasure.reason.clone()), ..Action::Cancel.into() };
        act_on_appointment(app, &system(), appointment.id, None, cancel).await?;
    }
    erase_patient(app, &system(), patient.id, None, &erasure.reason).await?;
    Ok(true)
}
