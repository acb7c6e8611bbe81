//! Handlers and API types for rooms.

use app::directory::clinics;
use app::directory::records::RecordDraft;
use app::{App, AppError};
use axum::extract::State;
use domain::clinic::{Room, RoomProfile};
use domain::ids::{ClinicId, Id as _, RoomId};
use domain::text::Line;
use domain::violation::{Rule, Violations};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use web::{Caller, Created, IfMatch, Input, List, NoContent, Paging, Params, Patch, PathId, Problem, Versioned};

/// The data of a room.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct RoomBody {
    /// Id of the room's clinic. It can't change.
    #[schema(format = "uuid")]
    clinic: String,
    /// Unique within the clinic.
    #[schema(max_length = 100, example = "Consultorio 1")]
    name: String,
    /// How many appointments may take place in the room at the same time.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 50, default = 1)]
    capacity: Option<i64>,
    #[serde(default)]
    #[schema(default = true)]
    is_active: Option<bool>,
}

impl RoomBody {
    /// Validates the body.
    ///
    /// # Errors
    /// All violations, by field.
    pub fn parse(self) -> Result<RecordDraft<RoomProfile>, Violations> {
        let mut v = Violations::default();
        let clinic = v.take("clinic", ClinicId::read(&self.clinic));
        let name = v.take("name", Line::parse(&self.name));
        let capacity = u16::try_from(self.capacity.unwrap_or(1)).ok().filter(|count| (1..=50).contains(count));
        let capacity = v.take("capacity", capacity.ok_or(Rule::Range(1, 50)));
        let profile = clinic.zip(name).zip(capacity);
        let profile = profile.map(|((clinic, name), capacity)| RoomProfile { clinic, name, capacity });
        Ok(RecordDraft { profile: v.finish(profile)?, is_active: self.is_active.unwrap_or(true) })
    }
}

impl From<&Room> for RoomBody {
    fn from(room: &Room) -> Self {
        Self {
            clinic: room.profile.clinic.to_string(),
            name: room.profile.name.as_str().to_owned(),
            capacity: Some(i64::from(room.profile.capacity)),
            is_active: Some(room.is_active),
        }
    }
}

/// A room of a clinic.
#[derive(Clone, Serialize, ToSchema)]
pub struct RoomView {
    #[schema(format = "uuid")]
    id: String,
    #[serde(flatten)]
    body: RoomBody,
    /// Increases by one with each change.
    version: u64,
}

impl From<&Room> for RoomView {
    fn from(room: &Room) -> Self {
        Self { id: room.id.to_string(), body: room.into(), version: room.version }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RoomParams {
    /// Id of the clinic.
    #[param(format = "uuid")]
    clinic: Option<String>,
    /// `false` lists the deactivated rooms. `true` by default.
    is_active: Option<bool>,
}

/// Lists rooms by name.
#[utoipa::path(get, path = "/api/clinics/rooms/", tag = "clinics", params(RoomParams),
    responses((status = 200, body = List<RoomView>)), extensions(("x-access" = json!("operator"))))]
pub async fn list_rooms(
    State(app): State<App>,
    params: Params<RoomParams>,
    caller: Caller,
    page: Paging,
) -> Result<List<RoomView>, Problem> {
    let mut v = Violations::default();
    let clinic = v.take_optional("clinic", params.0.clinic.as_deref().map(ClinicId::read).transpose());
    v.check()?;
    let is_active = params.0.is_active.unwrap_or(true);
    let slice = clinics::list_rooms(&app, &caller.0, clinic, is_active, page.window()).await?;
    page.list(&app, slice.map(|room| RoomView::from(&room))).await
}

/// Creates a room.
#[utoipa::path(post, path = "/api/clinics/rooms/", tag = "clinics", request_body = RoomBody,
    responses((status = 201, body = RoomView)), extensions(("x-access" = json!("admin")),
        ("x-conflicts" = json!(["already_exists"]))))]
pub async fn create_room(State(app): State<App>, input: Input<RoomBody>) -> Result<Created<RoomView>, Problem> {
    let done = clinics::create_room(&app, &input.ctx, input.body.parse()?).await?;
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
#[utoipa::path(put, path = "/api/clinics/rooms/{id}/", tag = "clinics", params(("id" = String, Path)),
    request_body = RoomBody, responses((status = 200, body = RoomView)),
    extensions(("x-access" = json!("admin")),
        ("x-conflicts" = json!(["already_exists", "in_use"]))))]
pub async fn replace_room(
    State(app): State<App>,
    id: PathId<RoomId>,
    if_match: IfMatch,
    input: Input<RoomBody>,
) -> Result<Versioned<RoomView>, Problem> {
    let next = input.body.parse()?;
    save_room(&app, &input.ctx, id.0, if_match, |_| Ok(next.clone())).await
}

/// Updates the given fields of a room.
#[utoipa::path(patch, path = "/api/clinics/rooms/{id}/", tag = "clinics", params(("id" = String, Path)),
    request_body = RoomBody, responses((status = 200, body = RoomView)),
    extensions(("x-access" = json!("admin")),
        ("x-conflicts" = json!(["already_exists", "in_use"]))))]
pub async fn update_room(
    State(app): State<App>,
    id: PathId<RoomId>,
    if_match: IfMatch,
    input: Input<Patch<RoomBody>>,
) -> Result<Versioned<RoomView>, Problem> {
    let next = |before: &Room| Ok(input.body.apply_to(&RoomBody::from(before))?.parse()?);
    save_room(&app, &input.ctx, id.0, if_match, next).await
}

async fn save_room(
    app: &App,
    ctx: &app::Context,
    id: RoomId,
    if_match: IfMatch,
    next: impl Fn(&Room) -> Result<RecordDraft<RoomProfile>, AppError> + Send + Sync,
) -> Result<Versioned<RoomView>, Problem> {
    let room = clinics::update_room(app, ctx, id, if_match.0, next).await?;
    Ok(Versioned::new(room.version, RoomView::from(&room)))
}

/// Deactivates a room.
#[utoipa::path(delete, path = "/api/clinics/rooms/{id}/", tag = "clinics", params(("id" = String, Path)),
    responses((status = 204)), extensions(("x-access" = json!("admin")),
        ("x-conflicts" = json!(["in_use"]))))]
pub async fn deactivate_room(
    State(app): State<App>,
    id: PathId<RoomId>,
    if_match: IfMatch,
    caller: Caller,
) -> Result<NoContent, Problem> {
    clinics::deactivate_room(&app, &caller.0, id.0, if_match.0).await?;
    Ok(NoContent)
}
