//! Handlers for doctors.

use app::directory::doctors;
use app::directory::records::RecordDraft;
use app::support::change::ChangeConditions;
use app::{App, AppError};
use axum::extract::State;
use domain::doctor::{Doctor, DoctorProfile};
use domain::ids::DoctorId;
use web::{
    Caller, Created, IfMatch, Input, List, NoContent, Paging, Params, Patch, PathId, Problem, Replacement, Versioned,
};
use wire::doctor::{DoctorBody, DoctorParams, DoctorView};
use wire::{AffectedView, ForceParams};

/// Lists doctors by last name.
#[utoipa::path(get, path = "/api/doctors/", tag = "doctors", params(DoctorParams),
    responses((status = 200, body = List<DoctorView>)), extensions(("x-access" = json!("operator"))))]
pub async fn list_doctors(
    State(app): State<App>,
    params: Params<DoctorParams>,
    page: Paging,
) -> Result<List<DoctorView>, Problem> {
    let slice = doctors::list_doctors(&app, &params.0.into(), page.window()).await?;
    page.list(&app, slice.map(|doctor| DoctorView::from(&doctor))).await
}

/// Creates a doctor.
#[utoipa::path(post, path = "/api/doctors/", tag = "doctors", request_body = DoctorBody,
    responses((status = 201, body = DoctorView)), extensions(("x-access" = json!("admin"))))]
pub async fn create_doctor(State(app): State<App>, input: Input<DoctorBody>) -> Result<Created<DoctorView>, Problem> {
    let done = doctors::create_doctor(&app, &input.ctx, input.body).await?;
    Ok(Created::new("/api/doctors/", done.value.id, done.value.version, done.replayed, DoctorView::from(&done.value)))
}

/// Reads a doctor.
#[utoipa::path(get, path = "/api/doctors/{id}/", tag = "doctors", params(("id" = String, Path)),
    responses((status = 200, body = DoctorView)), extensions(("x-access" = json!("operator"))))]
pub async fn get_doctor(
    State(app): State<App>,
    id: PathId<DoctorId>,
    caller: Caller,
) -> Result<Versioned<DoctorView>, Problem> {
    let doctor = doctors::read_doctor(&app, &caller.0, id.0).await?;
    Ok(Versioned::new(doctor.version, DoctorView::from(&doctor)))
}

/// Replaces a doctor's data.
///
/// `is_active` keeps its value where it is left out.
#[utoipa::path(put, path = "/api/doctors/{id}/", tag = "doctors", params(("id" = String, Path), ForceParams),
    request_body = DoctorBody, responses((status = 200, body = DoctorView)),
    extensions(("x-access" = json!("admin")),
        ("x-conflicts" = json!(["in_use"]))))]
pub async fn replace_doctor(
    State(app): State<App>,
    id: PathId<DoctorId>,
    params: Params<ForceParams>,
    if_match: IfMatch,
    input: Input<Replacement<DoctorBody>>,
) -> Result<Versioned<DoctorView>, Problem> {
    save_doctor(&app, &input.ctx, id.0, params.0.conditions(if_match.0), |before| Ok(input.body.draft(before))).await
}

/// Updates the given fields of a doctor.
#[utoipa::path(patch, path = "/api/doctors/{id}/", tag = "doctors", params(("id" = String, Path), ForceParams),
    request_body = DoctorBody, responses((status = 200, body = DoctorView)),
    extensions(("x-access" = json!("admin")),
        ("x-conflicts" = json!(["in_use"]))))]
pub async fn update_doctor(
    State(app): State<App>,
    id: PathId<DoctorId>,
    params: Params<ForceParams>,
    if_match: IfMatch,
    input: Input<Patch<DoctorBody>>,
) -> Result<Versioned<DoctorView>, Problem> {
    let next = |before: &Doctor| Ok(input.body.apply_to(&before.into())?.into());
    save_doctor(&app, &input.ctx, id.0, params.0.conditions(if_match.0), next).await
}

async fn save_doctor(
    app: &App,
    ctx: &app::Context,
    id: DoctorId,
    conditions: ChangeConditions,
    next: impl Fn(&Doctor) -> Result<RecordDraft<DoctorProfile>, AppError> + Send + Sync,
) -> Result<Versioned<DoctorView>, Problem> {
    let doctor = doctors::update_doctor(app, ctx, id, conditions, next).await?;
    Ok(Versioned::new(doctor.version, DoctorView::from(&doctor)))
}

/// Deactivates a doctor.
#[utoipa::path(delete, path = "/api/doctors/{id}/", tag = "doctors", params(("id" = String, Path), ForceParams),
    responses((status = 204), (status = 200, body = AffectedView)), extensions(("x-access" = json!("admin")),
        ("x-conflicts" = json!(["in_use"]))))]
pub async fn deactivate_doctor(
    State(app): State<App>,
    id: PathId<DoctorId>,
    params: Params<ForceParams>,
    if_match: IfMatch,
    caller: Caller,
) -> Result<NoContent, Problem> {
    doctors::deactivate_doctor(&app, &caller.0, id.0, params.0.conditions(if_match.0)).await?;
    Ok(NoContent)
}
