//! Handlers for rooms.

use app::directory::clinics;
use app::directory::records::RecordDraft;
use app::support::change::ChangeConditions;
use app::{App, AppError};
use axum::extract::State;
use domain::clinic::{Room, RoomProfile};
use domain::ids::RoomId;
use web::{
    Caller, Created, IfMatch, Input, List, NoContent, Paging, Params, Patch, PathId, Problem, Replacement, Versioned,
};
use wire::room::{RoomBody, RoomParams, RoomView};
use wire::{AffectedView, ForceParams};

/// Lists rooms by name.
#[utoipa::path(get, path = "/api/clinics/rooms/", tag = "clinics", params(RoomParams),
    responses((status = 200, body = List<RoomView>)), extensions(("x-access" = json!("operator"))))]
pub async fn list_rooms(
    State(app): State<App>,
    params: Params<RoomParams>,
    caller: Caller,
    page: Paging,
) -> Result<List<RoomView>, Problem> {
    let RoomParams { clinic, is_active } = params.0;
    let slice = clinics::list_rooms(&app, &caller.0, clinic, is_active.unwrap_or(true), page.window()).await?;
    page.list(&app, slice.map(|room| RoomView::from(&room))).await
}

/// Creates a room.
#[utoipa::path(post, path = "/api/clinics/rooms/", tag = "clinics", request_body = RoomBody,
    responses((status = 201, body = RoomView)), extensions(("x-access" = json!("admin")),
        ("x-conflicts" = json!(["already_exists"]))))]
pub async fn create_room(State(app): State<App>, input: Input<RoomBody>) -> Result<Created<RoomView>, Problem> {
    let done = clinics::create_room(&app, &input.ctx, input.body).await?;
    let view = RoomView::from(&done.value);
    Ok(Created::new("/api/clinics/rooms/", done.value.id, done.value.version, done.replayed, view))
}

/// Reads a room.
#[utoipa::path(get, path = "/api/clinics/rooms/{id}/", tag = "clinics", params(("id" = String, Path)),
    responses((status = 200, body = RoomView)), extensions(("x-access" = json!("operator"))))]
pub async fn get_room(
    State(app): State<App>,
    id: PathId<RoomId>,
    caller: Caller,
) -> Result<Versioned<RoomView>, Problem> {
    let room = clinics::get_room(&app, &caller.0, id.0).await?;
    Ok(Versioned::new(room.version, RoomView::from(&room)))
}

/// Replaces a room's data.
///
/// `is_active` keeps its value where it is left out.
#[utoipa::path(put, path = "/api/clinics/rooms/{id}/", tag = "clinics", params(("id" = String, Path), ForceParams),
    request_body = RoomBody, responses((status = 200, body = RoomView)),
    extensions(("x-access" = json!("admin")),
        ("x-conflicts" = json!(["already_exists", "in_use"]))))]
pub async fn replace_room(
    State(app): State<App>,
    id: PathId<RoomId>,
    params: Params<ForceParams>,
    if_match: IfMatch,
    input: Input<Replacement<RoomBody>>,
) -> Result<Versioned<RoomView>, Problem> {
    save_room(&app, &input.ctx, id.0, params.0.conditions(if_match.0), |before| Ok(input.body.draft(before))).await
}

/// Updates the given fields of a room.
#[utoipa::path(patch, path = "/api/clinics/rooms/{id}/", tag = "clinics", params(("id" = String, Path), ForceParams),
    request_body = RoomBody, responses((status = 200, body = RoomView)),
    extensions(("x-access" = json!("admin")),
        ("x-conflicts" = json!(["already_exists", "in_use"]))))]
pub async fn update_room(
    State(app): State<App>,
    id: PathId<RoomId>,
    params: Params<ForceParams>,
    if_match: IfMatch,
    input: Input<Patch<RoomBody>>,
) -> Result<Versioned<RoomView>, Problem> {
    let next = |before: &Room| Ok(input.body.apply_to(&before.into())?.into());
    save_room(&app, &input.ctx, id.0, params.0.conditions(if_match.0), next).await
}

async fn save_room(
    app: &App,
    ctx: &app::Context,
    id: RoomId,
    conditions: ChangeConditions,
    next: impl Fn(&Room) -> Result<RecordDraft<RoomProfile>, AppError> + Send + Sync,
) -> Result<Versioned<RoomView>, Problem> {
    let room = clinics::update_room(app, ctx, id, conditions, next).await?;
    Ok(Versioned::new(room.version, RoomView::from(&room)))
}

/// Deactivates a room.
#[utoipa::path(delete, path = "/api/clinics/rooms/{id}/", tag = "clinics", params(("id" = String, Path), ForceParams),
    responses((status = 204), (status = 200, body = AffectedView)), extensions(("x-access" = json!("admin")),
        ("x-conflicts" = json!(["in_use"]))))]
pub async fn deactivate_room(
    State(app): State<App>,
    id: PathId<RoomId>,
    params: Params<ForceParams>,
    if_match: IfMatch,
    caller: Caller,
) -> Result<NoContent, Problem> {
    clinics::deactivate_room(&app, &caller.0, id.0, params.0.conditions(if_match.0)).await?;
    Ok(NoContent)
}
