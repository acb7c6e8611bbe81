//! Handlers for clinics.

use app::directory::clinics;
use app::directory::records::RecordDraft;
use app::support::change::ChangeConditions;
use app::{App, AppError};
use axum::extract::State;
use domain::clinic::{Clinic, ClinicProfile};
use domain::ids::ClinicId;
use web::{
    Caller, Created, IfMatch, Input, List, NoContent, Paging, Params, Patch, PathId, Problem, Replacement, Versioned,
};
use wire::clinic::{ClinicBody, ClinicParams, ClinicView};
use wire::{AffectedView, ForceParams};

/// Lists clinics by name.
#[utoipa::path(get, path = "/api/clinics/clinics/", tag = "clinics", params(ClinicParams),
    responses((status = 200, body = List<ClinicView>)), extensions(("x-access" = json!("operator"))))]
pub async fn list_clinics(
    State(app): State<App>,
    params: Params<ClinicParams>,
    caller: Caller,
    page: Paging,
) -> Result<List<ClinicView>, Problem> {
    let is_active = params.0.is_active.unwrap_or(true);
    let slice = clinics::list_clinics(&app, &caller.0, is_active, page.window()).await?;
    page.list(&app, slice.map(|clinic| ClinicView::from(&clinic))).await
}

/// Creates a clinic.
#[utoipa::path(post, path = "/api/clinics/clinics/", tag = "clinics", request_body = ClinicBody,
    responses((status = 201, body = ClinicView)), extensions(("x-access" = json!("admin"))))]
pub async fn create_clinic(State(app): State<App>, input: Input<ClinicBody>) -> Result<Created<ClinicView>, Problem> {
    let done = clinics::create_clinic(&app, &input.ctx, input.body).await?;
    let (id, version) = (done.value.clinic.id, done.value.clinic.version);
    Ok(Created::new("/api/clinics/clinics/", id, version, done.replayed, ClinicView::from(&done.value)))
}

/// Reads a clinic.
#[utoipa::path(get, path = "/api/clinics/clinics/{id}/", tag = "clinics", params(("id" = String, Path)),
    responses((status = 200, body = ClinicView)), extensions(("x-access" = json!("operator"))))]
pub async fn get_clinic(
    State(app): State<App>,
    id: PathId<ClinicId>,
    caller: Caller,
) -> Result<Versioned<ClinicView>, Problem> {
    let found = clinics::get_clinic(&app, &caller.0, id.0).await?;
    Ok(Versioned::new(found.clinic.version, ClinicView::from(&found)))
}

/// Replaces a clinic's data.
///
/// `is_active` keeps its value where it is left out.
#[utoipa::path(put, path = "/api/clinics/clinics/{id}/", tag = "clinics", params(("id" = String, Path), ForceParams),
    request_body = ClinicBody, responses((status = 200, body = ClinicView)),
    extensions(("x-access" = json!("admin")),
        ("x-conflicts" = json!(["in_use"]))))]
pub async fn replace_clinic(
    State(app): State<App>,
    id: PathId<ClinicId>,
    params: Params<ForceParams>,
    if_match: IfMatch,
    input: Input<Replacement<ClinicBody>>,
) -> Result<Versioned<ClinicView>, Problem> {
    save_clinic(&app, &input.ctx, id.0, params.0.conditions(if_match.0), |before| Ok(input.body.draft(before))).await
}

/// Updates the given fields of a clinic.
#[utoipa::path(patch, path = "/api/clinics/clinics/{id}/", tag = "clinics", params(("id" = String, Path), ForceParams),
    request_body = ClinicBody, responses((status = 200, body = ClinicView)),
    extensions(("x-access" = json!("admin")),
        ("x-conflicts" = json!(["in_use"]))))]
pub async fn update_clinic(
    State(app): State<App>,
    id: PathId<ClinicId>,
    params: Params<ForceParams>,
    if_match: IfMatch,
    input: Input<Patch<ClinicBody>>,
) -> Result<Versioned<ClinicView>, Problem> {
    let next = |before: &Clinic| Ok(input.body.apply_to(&before.into())?.into());
    save_clinic(&app, &input.ctx, id.0, params.0.conditions(if_match.0), next).await
}

async fn save_clinic(
    app: &App,
    ctx: &app::Context,
    id: ClinicId,
    conditions: ChangeConditions,
    next: impl Fn(&Clinic) -> Result<RecordDraft<ClinicProfile>, AppError> + Send + Sync,
) -> Result<Versioned<ClinicView>, Problem> {
    let found = clinics::update_clinic(app, ctx, id, conditions, next).await?;
    Ok(Versioned::new(found.clinic.version, ClinicView::from(&found)))
}

/// Deactivates a clinic.
#[utoipa::path(delete, path = "/api/clinics/clinics/{id}/", tag = "clinics", params(("id" = String, Path), ForceParams),
    responses((status = 204), (status = 200, body = AffectedView)), extensions(("x-access" = json!("admin")),
        ("x-conflicts" = json!(["in_use"]))))]
pub async fn deactivate_clinic(
    State(app): State<App>,
    id: PathId<ClinicId>,
    params: Params<ForceParams>,
    if_match: IfMatch,
    caller: Caller,
) -> Result<NoContent, Problem> {
    clinics::deactivate_clinic(&app, &caller.0, id.0, params.0.conditions(if_match.0)).await?;
    Ok(NoContent)
}
