//! Lists the appointments that need attention, through their pointers.

use crate::App;
use crate::support::context::Context;
use crate::support::error::AppError;
use crate::support::listing::{PageRequest, Slice, paginate};
use domain::appointment::Appointment;
use domain::ids::{AppointmentId, ClinicId};
use domain::time::Instant;
use store::attention::AppointmentAttention;
use store::keys::Key;
use store::patterns;

/// The appointments of a clinic, or of all that the caller sees, that need attention, by start.
pub(super) async fn list_all(
    app: &App,
    ctx: &Context,
    clinic: Option<ClinicId>,
    page: &PageRequest,
) -> Result<Slice<Appointment>, AppError> {
    let pointers = pointers(app, ctx, clinic).await?.into_iter();
    let pointers = pointers.map(|pointer| (sort_key(pointer.start, pointer.appointment), pointer)).collect();
    let Slice { rows, next, previous } = paginate(pointers, page);
    Ok(Slice { rows: read(app, &rows, |appointment| appointment.needs_attention).await?, next, previous })
}

/// Those of them for which `keep` is true.
pub(super) async fn list_matching(
    app: &App,
    ctx: &Context,
    clinic: Option<ClinicId>,
    page: &PageRequest,
    keep: impl Fn(&Appointment) -> bool,
) -> Result<Slice<Appointment>, AppError> {
    let kept = read(app, &pointers(app, ctx, clinic).await?, keep).await?;
    Ok(paginate(kept.into_iter().map(|row| (sort_key(row.start, row.id), row)).collect(), page))
}

/// The pointers, by start. They are few enough to be read whole.
async fn pointers(app: &App, ctx: &Context, clinic: Option<ClinicId>) -> Result<Vec<AppointmentAttention>, AppError> {
    let mut pointers: Vec<AppointmentAttention> = app.table.query_all(&patterns::appointment_attention(clinic)).await?;
    pointers.retain(|pointer| ctx.scope.includes(pointer.clinic));
    pointers.sort_by_key(|pointer| (pointer.start, pointer.appointment));
    Ok(pointers)
}

fn sort_key(start: Instant, id: AppointmentId) -> String {
    format!("{}{id}", start.sortable())
}

/// The appointments of these pointers, in their order. One that has left the worklist meanwhile is left out.
async fn read(
    app: &App,
    pointers: &[AppointmentAttention],
    keep: impl Fn(&Appointment) -> bool,
) -> Result<Vec<Appointment>, AppError> {
    let keys: Vec<Key> = pointers.iter().map(|pointer| Key::appointment(pointer.appointment)).collect();
    let mut batch = app.table.batch_eventual(&keys).await?;
    let mut appointments = Vec::new();
    for key in &keys {
        appointments.extend(batch.take::<Appointment>(key)?.filter(&keep));
    }
    Ok(appointments)
}
