//! Follows an appointment that was moved, perhaps several times, to the one that replaces it.

use crate::App;
use crate::support::error::AppError;
use domain::appointment::Appointment;
use store::keys::Key;

/// At most this many moves are followed.
const MAX_MOVES: usize = 20;

/// The appointment that replaces this one now; `None` if it wasn't moved.
pub(crate) async fn moved_to(app: &App, appointment: &Appointment) -> Result<Option<Appointment>, AppError> {
    let mut next = appointment.rescheduled_to;
    let mut last = None;
    for _ in 0..MAX_MOVES {
        let Some(id) = next else { break };
        last = app.table.get::<Appointment>(&Key::appointment(id)).await?;
        next = last.as_ref().and_then(|appointment| appointment.rescheduled_to);
    }
    Ok(last)
}
