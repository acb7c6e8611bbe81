//! What a change of the calendar does to appointments: whom it would leave without a place, and the sweep
//! that puts everything right after it.
//!
//! A change is one transaction: its own row, the guard where there is one, and a [`Sweep`]. Then the
//! sweep is run: it derives the guards of all rooms, doctors and patients concerned anew, so that from
//! then on nobody books against the change, and marks the appointments that lie where none can any more.
//! Those were accepted with `force`, or slipped in between the check and the guard. A request runs the sweep before it
//! answers; where it crashes, the scheduled job does. Running one twice does no harm.

mod guards;
mod stranded;

use crate::App;
use crate::availability::in_use::refuse;
use crate::support::attempts::Failure;
use crate::support::change::{audit, differences};
use crate::support::context::Context;
use crate::support::error::AppError;
use domain::appointment::Appointment;
use domain::ids::AppointmentId;
use domain::time::{Instant, TimeDelta};
use store::audit::AuditAction;
use store::keys::Key;
use store::sweep::{CalendarChange, Guarded, Sweep};
use store::{Entity as _, Purpose, Transaction, patterns};

pub use stranded::{in_closed_time, without_opening};

/// Refuses a change that leaves appointments without a place, unless somebody insists.
///
/// # Errors
/// [`AppError::InUse`] that lists them.
pub fn expect_none(stranded: &[Appointment], force: bool) -> Result<(), AppError> {
    if force { Ok(()) } else { refuse(stranded) }
}

/// Adds to a change of the calendar what it leaves to be done. Where it is about one doctor, room or
/// patient, the guard changes with it; where it is about many rooms, the sweep reaches them one by one.
///
/// # Errors
/// What reading says.
pub async fn leave(
    app: &App,
    ctx: &Context,
    transaction: &mut Transaction,
    change: CalendarChange,
    now: Instant,
) -> Result<Sweep, AppError> {
    if let CalendarChange::Guards { of: Guarded::One(resource), closed } = change {
        guards::close(app, transaction, resource, closed).await?;
    }
    let sweep = Sweep {
        id: app.new_id(),
        change,
        actor: ctx.actor.clone(),
        request_id: ctx.request_id.clone(),
        created_at: now,
    };
    transaction.create(Purpose::Append, &sweep);
    Ok(sweep)
}

/// Does what a change left to be done. The change has happened: what can't be done now is left to the
/// scheduled job.
pub async fn sweep(app: &App, sweep: &Sweep) {
    if let Err(error) = try_sweep(app, sweep).await {
        tracing::warn!(sweep = %sweep.id, %error, "a sweep is left to the scheduled job");
    }
}

/// How long a request may take for its own sweep before the scheduled job takes it up.
const PATIENCE: TimeDelta = TimeDelta::minutes(1);

/// Takes up the sweeps that were left lying.
///
/// # Errors
/// What reading says.
pub async fn take_up(app: &App) -> Result<(), AppError> {
    let left: Vec<Sweep> = app.table.query_all(&patterns::sweeps(app.now().plus(-PATIENCE))).await?;
    for sweep in &left {
        self::sweep(app, sweep).await;
    }
    Ok(())
}

async fn try_sweep(app: &App, sweep: &Sweep) -> Result<(), AppError> {
    let stranded = match &sweep.change {
        CalendarChange::Openings { doctor, before } => without_opening(app, *doctor, before, None).await?,
        CalendarChange::Guards { of, closed } => guards::derive(app, *of, *closed).await?,
    };
    for appointment in stranded.iter().filter(|appointment| !appointment.needs_attention) {
        crate::attempt!(_number => mark(app, sweep, appointment.id))?;
    }
    let mut done = Transaction::default();
    done.delete(Purpose::Append, sweep.key());
    app.table.transact(done).await.map_err(|error| AppError::Busy(error.to_string()))
}

/// Marks an appointment as needing attention, in the name of whoever changed the calendar.
async fn mark(app: &App, sweep: &Sweep, id: AppointmentId) -> Result<(), Failure> {
    let appointment = app.table.get::<Appointment>(&Key::appointment(id)).await?;
    let Some(before) = appointment.filter(|appointment| appointment.takes_time() && !appointment.needs_attention)
    else {
        return Ok(());
    };
    let now = app.now();
    let after = Appointment { needs_attention: true, updated_at: now, version: before.version + 1, ..before.clone() };
    let mut transaction = Transaction::default();
    transaction.replace(Purpose::Version, &after, before.version);
    let mut changes = differences(Some(&before), Some(&after), &["needs_attention"]);
    changes.retain(|field, _| field == "needs_attention");
    let ctx = Context { actor: sweep.actor.clone(), ..Context::of_system(sweep.request_id.clone()) };
    audit(app, &ctx, &mut transaction, now, ("appointment", id), AuditAction::Update, changes);
    ctx.commit(app, transaction).await
}
