//! Exports a list of appointments as a whole, for a spreadsheet.

use crate::App;
use crate::appointments::patient_details::{ListedAppointment, add_patient_details};
use crate::appointments::{AppointmentFilter, list_appointments};
use crate::support::change::audit_read;
use crate::support::context::Context;
use crate::support::error::AppError;
use crate::support::listing::PageRequest;
use domain::appointment::Appointment;
use domain::violation::Rule;
use store::audit::AuditAction;

/// The most appointments of one export: some weeks of a large clinic. More would not be read in a function's time.
pub const MAX_ROWS: usize = 2_000;

/// The most pages that are read. A page ends early if the filter drops most of what was read.
const MAX_PAGES: usize = 4;

/// Lists all appointments that match, by start, and adds a row to the audit trail. `with_patients` adds their patients.
///
/// # Errors
/// Those of [`list_appointments`]; [`AppError::Validation`] for `date_to` if there are more than [`MAX_ROWS`];
/// [`AppError::Busy`] if the audit row can't be written.
pub async fn export_appointments(
    app: &App,
    ctx: &Context,
    filter: &AppointmentFilter,
    with_patients: bool,
) -> Result<Vec<ListedAppointment>, AppError> {
    let appointments = read_all(app, ctx, filter).await?;
    let listed = add_patient_details(app, appointments, with_patients).await?;
    audit_read(app, ctx, ("appointment", "all"), AuditAction::Export).await?;
    Ok(listed)
}

async fn read_all(app: &App, ctx: &Context, filter: &AppointmentFilter) -> Result<Vec<Appointment>, AppError> {
    let mut found = Vec::new();
    let mut from = None;
    for _ in 0..MAX_PAGES {
        // One more than the limit tells whether there are more.
        let page = PageRequest { size: MAX_ROWS + 1 - found.len(), from };
        let slice = list_appointments(app, ctx, filter, &page).await?;
        found.extend(slice.rows);
        from = slice.next;
        if found.len() > MAX_ROWS {
            break;
        }
        if from.is_none() {
            return Ok(found);
        }
    }
    Err(AppError::invalid("date_to", Rule::TooLargeResponse))
}
