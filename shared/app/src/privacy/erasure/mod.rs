//! Erasing a patient: appointments stay, under a pseudonym, and nothing says any more whose they were.
//!
//! One transaction overwrites the patient's row, removes what leads to it (search, document, contacts'
//! numbers), closes the guard so that nobody is booked any more, and leaves a line in the ledger and a
//! row that says what is left: the copies in appointments, their history and their messages, and what the
//! patient wrote. Those are overwritten right after it ([`remains`]); where the request crashes the
//! scheduled job goes on, and it looks once more in any case, since indexes lag and a message may just
//! have been on its way.
//!
//! The audit trail stays as it is: it never holds a personal value. The ledger has ids, times and
//! reasons, is kept outside the table too, and is applied again after a restore ([`apply_again`]).

mod remains;

pub use remains::take_up;

use crate::App;
use crate::appointments::actions::act_on_appointment;
use crate::availability::calendar;
use crate::availability::in_use::refuse;
use crate::directory::contacts::trail;
use crate::directory::patients::get_patient;
use crate::directory::records::{Profile as _, expect_version, save};
use crate::support::attempts::Failure;
use crate::support::change::{audit, differences};
use crate::support::context::{Context, Done};
use crate::support::error::AppError;
use domain::ids::PatientId;
use domain::lifecycle::Action;
use domain::patient::{Patient, PatientProfile};
use domain::text::Note;
use domain::violation::Rule;
use store::audit::{AuditAction, FieldChange};
use store::contact::save_numbers;
use store::erasure::{Erasure, Remains};
use store::keys::{Key, Resource};
use store::sweep::{CalendarChange, Closed, Guarded, Sweep};
use store::{Purpose, patterns};

/// What a try found.
enum Try {
    /// An earlier request had done it.
    Replayed,
    /// The patient was erased already.
    Nobody,
    /// It is done, and this is left.
    Erased(Box<(Sweep, Remains)>),
}

/// Erases a patient. Of one who is erased nothing changes.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::PreconditionFailed`]; [`AppError::Validation`] for a reason that
/// says who it is; [`AppError::InUse`] with appointments still to come.
pub async fn erase_patient(
    app: &App,
    ctx: &Context,
    id: PatientId,
    if_match: Option<u64>,
    reason: &Note<500>,
) -> Result<Done<Patient>, AppError> {
    let tried = crate::attempt!(number => try_erase(app, ctx, id, if_match, reason, number))?;
    if let Try::Erased(left) = &tried {
        let (sweep, remains) = left.as_ref();
        calendar::sweep(app, sweep).await;
        remains::overwrite(app, remains).await;
    }
    let replayed = matches!(tried, Try::Replayed) && ctx.once.from_client;
    Ok(Done { value: get_patient(app, id).await?, replayed })
}

async fn try_erase(
    app: &App,
    ctx: &Context,
    id: PatientId,
    if_match: Option<u64>,
    reason: &Note<500>,
    attempt: u32,
) -> Result<Try, Failure> {
    if ctx.done_before::<PatientId>(app, attempt).await?.is_some() {
        return Ok(Try::Replayed);
    }
    let before = get_patient(app, id).await?;
    if before.profile.erased_at.is_some() {
        return Ok(Try::Nobody);
    }
    if before.profile.is_told_by(reason.as_str()) {
        return Err(AppError::invalid("reason", Rule::NamesThePatient).into());
    }
    expect_version(if_match, before.version)?;
    let of = Guarded::One(Resource::Patient(id));
    refuse(&calendar::in_closed_time(app, of, Closed::Forever).await?)?;
    let now = app.now();
    let after = before.clone().changed(PatientProfile::erased(id, now), false, now);
    let mut transaction = ctx.begin(id, now);
    save(&mut transaction, &before, &after);
    save_numbers(&mut transaction, &before, &after);
    let change = CalendarChange::Guards { of, closed: Closed::Forever };
    let sweep = calendar::leave(app, ctx, &mut transaction, change, now).await?;
    let remains = Remains { patient: id, numbers: before.profile.numbers(), created_at: now };
    transaction.create(Purpose::Append, &remains);
    let erasure = Erasure { patient: id, at: now, reason: reason.clone(), by: ctx.actor.clone() };
    transaction.overwrite(Purpose::Append, &erasure);
    for contact in before.profile.contacts.iter() {
        trail(app, ctx, &mut transaction, id, (Some(contact), None), now);
    }
    let mut changes = differences(Some(&before.profile), Some(&after.profile), PatientProfile::OPEN);
    changes.insert("reason".to_owned(), FieldChange { old: None, new: Some(reason.as_str().to_owned()) });
    audit(app, ctx, &mut transaction, now, (PatientProfile::MODEL, id), AuditAction::Erase, changes);
    ctx.commit(app, transaction).await?;
    Ok(Try::Erased(Box::new((sweep, remains))))
}

/// The ledger.
///
/// # Errors
/// What reading says.
pub async fn list_erasures(app: &App) -> Result<Vec<Erasure>, AppError> {
    Ok(app.table.query_all(&patterns::erasures()).await?)
}

/// Erases anew who is whole again in a table that was restored. Appointments that were cancelled before the
/// erasure, and are to come again, are cancelled again; nobody is told, since nobody can be. Whether
/// there was anything to do.
///
/// # Errors
/// Those of [`erase_patient`], and what reading says.
pub async fn apply_again(app: &App, erasure: &Erasure) -> Result<bool, AppError> {
    let patient = app.table.get::<Patient>(&Key::patient(erasure.patient)).await?;
    // A table of a time before the patient was registered.
    let Some(patient) = patient.filter(|patient| patient.profile.erased_at.is_none()) else { return Ok(false) };
    let system = || Context::of_system("erasure".to_owned());
    let of = Guarded::One(Resource::Patient(patient.id));
    for appointment in calendar::in_closed_time(app, of, Closed::Forever).await? {
        act_on_appointment(app, &system(), appointment.id, None, Action::Cancel, Some(erasure.reason.clone())).await?;
    }
    erase_patient(app, &system(), patient.id, None, &erasure.reason).await?;
    Ok(true)
}
