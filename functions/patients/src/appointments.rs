//! Handler for the list of a patient's appointments.

use app::App;
use app::appointments;
use axum::extract::State;
use domain::ids::PatientId;
use web::{Caller, List, Paging, PathId, Problem};
use wire::appointment::AppointmentView;

/// Lists a patient's appointments, newest first.
#[utoipa::path(get, path = "/api/patients/{id}/appointments/", tag = "patients", params(("id" = String, Path)),
    responses((status = 200, body = List<AppointmentView>)), extensions(("x-access" = json!("operator"))))]
pub async fn list_patient_appointments(
    State(app): State<App>,
    id: PathId<PatientId>,
    caller: Caller,
    page: Paging,
) -> Result<List<AppointmentView>, Problem> {
    let slice = appointments::list_patient_appointments(&app, &caller.0, id.0, page.window()).await?;
    page.list(&app, slice.map(|appointment| AppointmentView::from(&appointment))).await
}
