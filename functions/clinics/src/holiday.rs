//! Handlers for holidays.

use app::availability::closures::holidays::{self, HolidayDraft};
use app::{App, AppError};
use axum::extract::State;
use domain::closure::Holiday;
use domain::ids::HolidayId;
use web::{Caller, Created, IfMatch, Input, List, NoContent, Paging, Params, Patch, PathId, Problem, Versioned};
use wire::holiday::{HolidayBody, HolidayParams, HolidayView};
use wire::{AffectedView, ForceParams};

/// Lists holidays by date.
#[utoipa::path(get, path = "/api/clinics/holidays/", tag = "clinics", params(HolidayParams),
    responses((status = 200, body = List<HolidayView>)), extensions(("x-access" = json!("operator"))))]
pub async fn list_holidays(
    State(app): State<App>,
    params: Params<HolidayParams>,
    caller: Caller,
    page: Paging,
) -> Result<List<HolidayView>, Problem> {
    let slice = holidays::list_holidays(&app, &caller.0, params.0.into(), page.window()).await?;
    page.list(&app, slice.map(|holiday| HolidayView::from(&holiday))).await
}

/// Creates a holiday.
#[utoipa::path(post, path = "/api/clinics/holidays/", tag = "clinics", params(ForceParams),
    request_body = HolidayBody, responses((status = 201, body = HolidayView), (status = 200, body = AffectedView)),
    extensions(("x-access" = json!("admin")),
        ("x-conflicts" = json!(["already_exists", "in_use"]))))]
pub async fn create_holiday(
    State(app): State<App>,
    params: Params<ForceParams>,
    input: Input<HolidayBody>,
) -> Result<Created<HolidayView>, Problem> {
    let done = holidays::create_holiday(&app, &input.ctx, &input.body.into(), params.0.conditions(None)).await?;
    let view = HolidayView::from(&done.value);
    Ok(Created::new("/api/clinics/holidays/", done.value.id, done.value.version, done.replayed, view))
}

/// Reads a holiday.
#[utoipa::path(get, path = "/api/clinics/holidays/{id}/", tag = "clinics", params(("id" = String, Path)),
    responses((status = 200, body = HolidayView)), extensions(("x-access" = json!("operator"))))]
pub async fn get_holiday(
    State(app): State<App>,
    id: PathId<HolidayId>,
    caller: Caller,
) -> Result<Versioned<HolidayView>, Problem> {
    let holiday = holidays::get_holiday(&app, &caller.0, id.0).await?;
    Ok(Versioned::new(holiday.version, HolidayView::from(&holiday)))
}

/// Replaces a holiday.
#[utoipa::path(put, path = "/api/clinics/holidays/{id}/", tag = "clinics",
    params(("id" = String, Path), ForceParams), request_body = HolidayBody,
    responses((status = 200, body = HolidayView)), extensions(("x-access" = json!("admin")),
        ("x-conflicts" = json!(["already_exists", "in_use"]))))]
pub async fn replace_holiday(
    State(app): State<App>,
    id: PathId<HolidayId>,
    params: Params<ForceParams>,
    if_match: IfMatch,
    input: Input<HolidayBody>,
) -> Result<Versioned<HolidayView>, Problem> {
    save_holiday(&app, &input.ctx, id.0, if_match, &params.0, |_| Ok(input.body.clone().into())).await
}

/// Updates the given fields of a holiday.
#[utoipa::path(patch, path = "/api/clinics/holidays/{id}/", tag = "clinics",
    params(("id" = String, Path), ForceParams), request_body = HolidayBody,
    responses((status = 200, body = HolidayView)), extensions(("x-access" = json!("admin")),
        ("x-conflicts" = json!(["already_exists", "in_use"]))))]
pub async fn update_holiday(
    State(app): State<App>,
    id: PathId<HolidayId>,
    params: Params<ForceParams>,
    if_match: IfMatch,
    input: Input<Patch<HolidayBody>>,
) -> Result<Versioned<HolidayView>, Problem> {
    let next = |before: &Holiday| Ok(input.body.apply_to(&before.into())?.into());
    save_holiday(&app, &input.ctx, id.0, if_match, &params.0, next).await
}

async fn save_holiday(
    app: &App,
    ctx: &app::Context,
    id: HolidayId,
    if_match: IfMatch,
    params: &ForceParams,
    next: impl Fn(&Holiday) -> Result<HolidayDraft, AppError> + Send + Sync,
) -> Result<Versioned<HolidayView>, Problem> {
    let holiday = holidays::update_holiday(app, ctx, id, params.conditions(if_match.0), next).await?;
    Ok(Versioned::new(holiday.version, HolidayView::from(&holiday)))
}

/// Deletes a holiday.
#[utoipa::path(delete, path = "/api/clinics/holidays/{id}/", tag = "clinics", params(("id" = String, Path)),
    responses((status = 204)), extensions(("x-access" = json!("admin"))))]
pub async fn delete_holiday(
    State(app): State<App>,
    id: PathId<HolidayId>,
    if_match: IfMatch,
    caller: Caller,
) -> Result<NoContent, Problem> {
    holidays::delete_holiday(&app, &caller.0, id.0, if_match.0).await?;
    Ok(NoContent)
}
