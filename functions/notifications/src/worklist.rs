//! Handlers for the worklist.

use app::{App, worklist};
use axum::extract::State;
use web::{Caller, IfMatch, Input, Json, List, Paging, Params, Patch, PathEntry, Problem, Versioned};
use wire::worklist::{WorklistCountsView, WorklistEditBody, WorklistEntryView, WorklistParams};

/// Lists what a person has to look at, most urgent first.
///
/// Emergencies come first, then what is due soonest. An appointment is listed once for each reason.
#[utoipa::path(get, path = "/api/worklist/", tag = "notifications", params(WorklistParams),
    responses((status = 200, body = List<WorklistEntryView>)), extensions(("x-access" = json!("operator"))))]
pub async fn list_worklist(
    State(app): State<App>,
    params: Params<WorklistParams>,
    caller: Caller,
    page: Paging,
) -> Result<List<WorklistEntryView>, Problem> {
    let slice = worklist::list_worklist(&app, &caller.0, params.0.clinic, page.window()).await?;
    page.list(&app, slice.map(WorklistEntryView::from)).await
}

/// Counts the entries of the worklist.
#[utoipa::path(get, path = "/api/worklist/counts/", tag = "notifications", params(WorklistParams),
    responses((status = 200, body = WorklistCountsView)), extensions(("x-access" = json!("operator"))))]
pub async fn count_worklist(
    State(app): State<App>,
    params: Params<WorklistParams>,
    caller: Caller,
) -> Result<Json<WorklistCountsView>, Problem> {
    Ok(Json(worklist::count_worklist(&app, &caller.0, params.0.clinic).await?.into()))
}

/// Takes an entry of the worklist, or lets it go.
#[utoipa::path(patch, path = "/api/worklist/{id}/", tag = "notifications", params(("id" = String, Path)),
    request_body = WorklistEditBody, responses((status = 200, body = WorklistEntryView)),
    extensions(("x-access" = json!("operator"))))]
pub async fn update_worklist_entry(
    State(app): State<App>,
    id: PathEntry,
    if_match: IfMatch,
    input: Input<Patch<WorklistEditBody>>,
) -> Result<Versioned<WorklistEntryView>, Problem> {
    let take = WorklistEditBody::take(&input.body)?;
    let entry = worklist::take::take_entry(&app, &input.ctx, id.0, if_match.0, take).await?;
    Ok(Versioned::new(entry.version, entry.into()))
}
