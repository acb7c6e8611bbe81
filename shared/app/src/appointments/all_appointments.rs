//! Reads every appointment of the table, for migrations. Requests never do this.

use crate::App;
use crate::support::error::AppError;
use domain::appointment::Appointment;
use domain::clinic::Clinic;
use store::keys::Directory;
use store::patterns;

/// Does `work` on each readable appointment, clinic by clinic. Returns how often it returned `true`.
///
/// # Errors
/// Those of the table, and the first one of `work`.
pub(crate) async fn count_all(
    app: &App,
    mut work: impl AsyncFnMut(&Appointment) -> Result<bool, AppError>,
) -> Result<usize, AppError> {
    let mut count = 0;
    for active in [true, false] {
        for clinic in app.table.query_all::<Clinic>(&patterns::directory(Directory::Clinics, active)).await? {
            let mut next = Some(patterns::appointments_of_clinic(clinic.id, None, None));
            while let Some(pattern) = next {
                let page = app.table.work_page::<Appointment>(&pattern).await?;
                for appointment in &page.rows {
                    count += usize::from(work(appointment).await?);
                }
                next = page.next.map(|position| pattern.after(&position));
            }
        }
    }
    Ok(count)
}
