//! Applies a change of the calendar to guards and appointments: finds the appointments that it would leave without
//! availability, and marks them as stranded.
//!
//! A change is one transaction: its own row, the guards of what it closes (of the first rooms, where it closes many),
//! and a [`Sweep`](store::sweep::Sweep). The sweep closes the other guards, so that no later booking can ignore the
//! change, and then compares the appointments in the changed time with the calendar. An appointment whose time is
//! closed becomes stranded: the change was made with `force`, or the appointment was booked between the check and the
//! guard. One whose time is open again is freed of the mark.

mod affected_appointments;
mod capacity;
mod coverage;
mod guards;
mod stranding;
mod sweep;

use crate::App;
use crate::availability::in_use::{affected_appointments, expect_not_in_use};
use crate::support::change::ChangeConditions;
use crate::support::context::Context;
use crate::support::error::AppError;
use crate::support::unit_of_work::UnitOfWork;
use domain::appointment::Appointment;
use store::sweep::{Closure, GuardScope};

pub use affected_appointments::{appointments_in_closed_time, appointments_losing_availability};
pub use capacity::appointments_over_capacity;
pub use coverage::is_stranded;
pub use sweep::{ChangedTime, run_availability_sweep, run_capacity_sweep, run_guard_sweep};

/// Decides whether a change may be made that affects some appointments.
///
/// # Errors
/// [`AppError::DryRun`] with the affected appointments for a dry run; [`AppError::InUse`] with them, if there are any
/// and the change is not forced.
pub async fn accept_affected(
    app: &App,
    ctx: &Context,
    affected: &[Appointment],
    conditions: ChangeConditions,
) -> Result<(), AppError> {
    if conditions.dry_run {
        return Err(AppError::DryRun(affected_appointments(app, ctx, affected).await?));
    }
    if conditions.force { Ok(()) } else { expect_not_in_use(&ctx.scope, affected) }
}

/// Closes time in the transaction of the change that closes it.
pub async fn close_time(uow: &mut UnitOfWork<'_>, scope: GuardScope, closed: Closure) -> Result<(), AppError> {
    guards::close_first_guards(uow, scope, closed).await
}
