//! Handler for the messages of a patient.

use app::App;
use app::messaging::thread;
use axum::extract::State;
use domain::ids::PatientId;
use web::{Caller, List, Paging, PathId, Problem};
use wire::thread::ThreadEntryView;

/// Lists the messages to and from a patient in one thread, newest first.
///
/// It has the messages about the patient's appointments at your clinics, and what the patient's numbers wrote: of each
/// number the latest 500. Messages that were withdrawn before they were sent, or aren't due yet, are left out.
#[utoipa::path(get, path = "/api/patients/{id}/messages/", tag = "patients", params(("id" = String, Path)),
    responses((status = 200, body = List<ThreadEntryView>)), extensions(("x-access" = json!("operator"))))]
pub async fn list_patient_messages(
    State(app): State<App>,
    id: PathId<PatientId>,
    caller: Caller,
    page: Paging,
) -> Result<List<ThreadEntryView>, Problem> {
    let slice = thread::list_patient_messages(&app, &caller.0, id.0, page.window()).await?;
    page.list(&app, slice.map(|entry| ThreadEntryView::from(&entry))).await
}
