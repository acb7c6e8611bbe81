//! Handlers for availability: availability windows, and the list of a day's availability with slots.

use app::availability::schedules::{self, ListedWindow, PeriodWithSlots, WindowDraft};
use app::support::listing::paginate;
use app::{App, AppError};
use axum::extract::State;
use domain::ids::WindowId;
use domain::schedule::{Source, Window};
use web::{Caller, Created, IfMatch, Input, List, NoContent, Paging, Params, Patch, PathId, Problem, Versioned};
use wire::schedule::{ScheduleBody, ScheduleParams, ScheduleView, WindowView};
use wire::{AffectedView, ForceParams};

/// The key by which the list is sorted: day, time, windows before rules.
fn sort_key(entry: &PeriodWithSlots) -> String {
    let period = &entry.period;
    let source = match period.source {
        Source::Window(id) => format!("0 {id}"),
        Source::Rule(id) => format!("1 {id}"),
    };
    format!("{} {} {source}", period.date, period.start_time)
}

/// Lists the availability of doctors with its slots, by date and time.
#[utoipa::path(get, path = "/api/schedules/", tag = "schedules", params(ScheduleParams),
    responses((status = 200, body = List<ScheduleView>)), extensions(("x-access" = json!("operator"))))]
pub async fn list_schedules(
    State(app): State<App>,
    params: Params<ScheduleParams>,
    caller: Caller,
    page: Paging,
) -> Result<List<ScheduleView>, Problem> {
    let filter = params.0.filter(app.now().utc_day());
    let entries = schedules::list_schedules(&app, &caller.0, &filter).await?;
    let rows = entries.into_iter().map(|entry| (sort_key(&entry), entry)).collect();
    let slice = paginate(rows, page.window());
    page.list(&app, slice.map(|entry| ScheduleView::from(&entry))).await
}

/// Lists availability windows as they were made, also those that don't apply now, by date and time.
#[utoipa::path(get, path = "/api/schedules/windows/", tag = "schedules", params(ScheduleParams),
    responses((status = 200, body = List<WindowView>)), extensions(("x-access" = json!("operator"))))]
pub async fn list_windows(
    State(app): State<App>,
    params: Params<ScheduleParams>,
    caller: Caller,
    page: Paging,
) -> Result<List<WindowView>, Problem> {
    let filter = params.0.filter(app.now().utc_day());
    let windows = schedules::list_windows(&app, &caller.0, &filter).await?;
    let key = |listed: &ListedWindow| {
        let window = &listed.window;
        format!("{} {} {}", window.date, window.start_time, window.id)
    };
    let rows = windows.into_iter().map(|listed| (key(&listed), listed)).collect();
    let slice = paginate(rows, page.window());
    page.list(&app, slice.map(|listed| WindowView::from(&listed))).await
}

/// Creates an availability window.
#[utoipa::path(post, path = "/api/schedules/", tag = "schedules", params(ForceParams),
    request_body = ScheduleBody,
    responses((status = 201, body = ScheduleView), (status = 200, body = AffectedView)),
    extensions(("x-access" = json!("admin")),
        ("x-conflicts" = json!(["already_exists", "in_use"]))))]
pub async fn create_schedule(
    State(app): State<App>,
    params: Params<ForceParams>,
    input: Input<ScheduleBody>,
) -> Result<Created<ScheduleView>, Problem> {
    let conditions = params.0.conditions(None);
    let done = schedules::create_schedule(&app, &input.ctx, &input.body.into(), conditions).await?;
    let view = ScheduleView::from(&done.value);
    Ok(Created::new("/api/schedules/", view.id.clone(), view.version, done.replayed, view))
}

/// Reads an availability window.
#[utoipa::path(get, path = "/api/schedules/{id}/", tag = "schedules", params(("id" = String, Path)),
    responses((status = 200, body = ScheduleView)), extensions(("x-access" = json!("operator"))))]
pub async fn get_schedule(
    State(app): State<App>,
    id: PathId<WindowId>,
    caller: Caller,
) -> Result<Versioned<ScheduleView>, Problem> {
    let entry = schedules::get_schedule(&app, &caller.0, id.0).await?;
    Ok(Versioned::new(entry.version, ScheduleView::from(&entry)))
}

/// Replaces an availability window.
#[utoipa::path(put, path = "/api/schedules/{id}/", tag = "schedules", params(("id" = String, Path), ForceParams),
    request_body = ScheduleBody, responses((status = 200, body = ScheduleView)),
    extensions(("x-access" = json!("admin")),
        ("x-conflicts" = json!(["already_exists", "in_use"]))))]
pub async fn replace_schedule(
    State(app): State<App>,
    id: PathId<WindowId>,
    params: Params<ForceParams>,
    if_match: IfMatch,
    input: Input<ScheduleBody>,
) -> Result<Versioned<ScheduleView>, Problem> {
    save_schedule(&app, &input.ctx, id.0, if_match, &params.0, |_| Ok(input.body.clone().into())).await
}

/// Updates the given fields of an availability window.
#[utoipa::path(patch, path = "/api/schedules/{id}/", tag = "schedules", params(("id" = String, Path), ForceParams),
    request_body = ScheduleBody, responses((status = 200, body = ScheduleView)),
    extensions(("x-access" = json!("admin")),
        ("x-conflicts" = json!(["already_exists", "in_use"]))))]
pub async fn update_schedule(
    State(app): State<App>,
    id: PathId<WindowId>,
    params: Params<ForceParams>,
    if_match: IfMatch,
    input: Input<Patch<ScheduleBody>>,
) -> Result<Versioned<ScheduleView>, Problem> {
    let next = |before: &Window| Ok(input.body.apply_to(&ScheduleBody::from(before))?.into());
    save_schedule(&app, &input.ctx, id.0, if_match, &params.0, next).await
}

async fn save_schedule(
    app: &App,
    ctx: &app::Context,
    id: WindowId,
    if_match: IfMatch,
    params: &ForceParams,
    next: impl Fn(&Window) -> Result<WindowDraft, AppError> + Send + Sync,
) -> Result<Versioned<ScheduleView>, Problem> {
    let entry = schedules::update_schedule(app, ctx, id, params.conditions(if_match.0), next).await?;
    Ok(Versioned::new(entry.version, ScheduleView::from(&entry)))
}

/// Deletes an availability window.
#[utoipa::path(delete, path = "/api/schedules/{id}/", tag = "schedules", params(("id" = String, Path), ForceParams),
    responses((status = 204), (status = 200, body = AffectedView)), extensions(("x-access" = json!("admin")),
        ("x-conflicts" = json!(["in_use"]))))]
pub async fn delete_schedule(
    State(app): State<App>,
    id: PathId<WindowId>,
    params: Params<ForceParams>,
    if_match: IfMatch,
    caller: Caller,
) -> Result<NoContent, Problem> {
    schedules::delete_schedule(&app, &caller.0, id.0, params.0.conditions(if_match.0)).await?;
    Ok(NoContent)
}
