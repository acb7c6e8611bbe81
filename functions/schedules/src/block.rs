//! Handlers and API types for blocks: time in which a doctor, room or clinic can't be booked.

use app::availability::closures::blocks::{self, BlockDraft, BlockFilter};
use app::{App, AppError};
use axum::extract::State;
use domain::closure::{Block, BlockTarget};
use domain::ids::{BlockId, ClinicId, DoctorId, Id as _, RoomId};
use domain::text::Note;
use domain::time::{ClientTime, Instant, Zone};
use domain::violation::{Rule, Violations};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use web::{
    Caller, Created, ForceParams, IfMatch, Input, List, NoContent, Paging, Params, Patch, PathId, Problem, Versioned,
};

/// The data of a block. Exactly one of doctor, room and clinic is required, and it can't change.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct BlockBody {
    /// Id of the blocked doctor.
    #[serde(default)]
    #[schema(format = "uuid")]
    doctor: Option<String>,
    /// Id of the blocked room.
    #[serde(default)]
    #[schema(format = "uuid")]
    room: Option<String>,
    /// Id of the blocked clinic.
    #[serde(default)]
    #[schema(format = "uuid")]
    clinic: Option<String>,
    /// Start. RFC 3339 with an offset, or the clinic's local time without one.
    #[schema(format = DateTime, example = "2027-01-18T12:00:00-03:00")]
    start_datetime: String,
    /// End, like `start_datetime`.
    #[schema(format = DateTime, example = "2027-01-18T14:00:00-03:00")]
    end_datetime: String,
    /// The reason, for staff.
    #[serde(default)]
    #[schema(max_length = 500)]
    reason: Option<String>,
}

const OWNERS: &[&str] = &["doctor", "room", "clinic"];

/// Parses the given id of a doctor, room or clinic. More than one is a violation of the field `doctor`.
fn parse_owner(
    v: &mut Violations,
    doctor: Option<&str>,
    room: Option<&str>,
    clinic: Option<&str>,
) -> Option<BlockTarget> {
    let named = [
        doctor.map(|id| v.take("doctor", DoctorId::read(id)).map(BlockTarget::Doctor)),
        room.map(|id| v.take("room", RoomId::read(id)).map(BlockTarget::Room)),
        clinic.map(|id| v.take("clinic", ClinicId::read(id)).map(BlockTarget::Clinic)),
    ];
    let mut named = named.into_iter().flatten();
    let first = named.next();
    if named.next().is_some() {
        v.add("doctor", Rule::ExactlyOne(OWNERS));
    }
    first.flatten()
}

impl BlockBody {
    fn draft(self) -> Result<BlockDraft, Violations> {
        let mut v = Violations::default();
        let of = parse_owner(&mut v, self.doctor.as_deref(), self.room.as_deref(), self.clinic.as_deref());
        if self.doctor.is_none() && self.room.is_none() && self.clinic.is_none() {
            v.add("doctor", Rule::ExactlyOne(OWNERS));
        }
        let start = v.take("start_datetime", ClientTime::parse(&self.start_datetime));
        let end = v.take("end_datetime", ClientTime::parse(&self.end_datetime));
        let reason = v.take_optional("reason", Note::optional(self.reason.as_deref()));
        v.finish(of.zip(start).zip(end).map(|((of, start), end)| BlockDraft { of, start, end, reason }))
    }
}

impl From<&Block> for BlockBody {
    fn from(block: &Block) -> Self {
        let zone = block.zone.unwrap_or_else(Zone::utc);
        let rfc3339 = |instant: Instant| match block.zone {
            Some(_) => zone.rfc3339(instant),
            None => instant.rfc3339(),
        };
        let (mut doctor, mut room, mut clinic) = (None, None, None);
        match block.of {
            BlockTarget::Doctor(id) => doctor = Some(id.to_string()),
            BlockTarget::Room(id) => room = Some(id.to_string()),
            BlockTarget::Clinic(id) => clinic = Some(id.to_string()),
        }
        Self {
            doctor,
            room,
            clinic,
            start_datetime: rfc3339(block.start),
            end_datetime: rfc3339(block.end),
            reason: block.reason.as_ref().map(|reason| reason.as_str().to_owned()),
        }
    }
}

/// A block: time in which a doctor, room or clinic can't be booked.
#[derive(Clone, Serialize, ToSchema)]
pub struct BlockView {
    #[schema(format = "uuid")]
    id: String,
    #[serde(flatten)]
    body: BlockBody,
    /// Increases by one with each change.
    version: u64,
}

impl From<&Block> for BlockView {
    fn from(block: &Block) -> Self {
        Self { id: block.id.to_string(), body: block.into(), version: block.version }
    }
}

/// Filters: all blocks, or those of one doctor, room or clinic.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct BlockParams {
    /// Id of the doctor.
    #[param(format = "uuid")]
    doctor: Option<String>,
    /// Id of the room.
    #[param(format = "uuid")]
    room: Option<String>,
    /// Id of the clinic.
    #[param(format = "uuid")]
    clinic: Option<String>,
}

impl BlockParams {
    fn filter(&self) -> Result<BlockFilter, Violations> {
        let mut v = Violations::default();
        let of = parse_owner(&mut v, self.doctor.as_deref(), self.room.as_deref(), self.clinic.as_deref());
        v.finish(Some(BlockFilter { of }))
    }
}

/// Lists blocks by start.
#[utoipa::path(get, path = "/api/schedules/blocks/", tag = "schedules", params(BlockParams),
    responses((status = 200, body = List<BlockView>)), extensions(("x-access" = json!("operator"))))]
pub async fn list_blocks(
    State(app): State<App>,
    params: Params<BlockParams>,
    caller: Caller,
    page: Paging,
) -> Result<List<BlockView>, Problem> {
    let slice = blocks::list_blocks(&app, &caller.0, params.0.filter()?, page.window()).await?;
    page.list(&app, slice.map(|block| BlockView::from(&block))).await
}

/// Creates a block.
#[utoipa::path(post, path = "/api/schedules/blocks/", tag = "schedules", params(ForceParams),
    request_body = BlockBody, responses((status = 201, body = BlockView)),
    extensions(("x-access" = json!("admin")),
        ("x-conflicts" = json!(["in_use"]))))]
pub async fn create_block(
    State(app): State<App>,
    params: Params<ForceParams>,
    input: Input<BlockBody>,
) -> Result<Created<BlockView>, Problem> {
    let done = blocks::create_block(&app, &input.ctx, &input.body.draft()?, params.0.force()).await?;
    let view = BlockView::from(&done.value);
    Ok(Created::new("/api/schedules/blocks/", done.value.id, done.value.version, done.replayed, view))
}

/// Reads a block.
#[utoipa::path(get, path = "/api/schedules/blocks/{id}/", tag = "schedules", params(("id" = String, Path)),
    responses((status = 200, body = BlockView)), extensions(("x-access" = json!("operator"))))]
pub async fn get_block(
    State(app): State<App>,
    id: PathId<BlockId>,
    caller: Caller,
) -> Result<Versioned<BlockView>, Problem> {
    let block = blocks::get_block(&app, &caller.0, id.0).await?;
    Ok(Versioned::new(block.version, BlockView::from(&block)))
}

/// Replaces a block.
#[utoipa::path(put, path = "/api/schedules/blocks/{id}/", tag = "schedules",
    params(("id" = String, Path), ForceParams), request_body = BlockBody,
    responses((status = 200, body = BlockView)), extensions(("x-access" = json!("admin")),
        ("x-conflicts" = json!(["in_use"]))))]
pub async fn replace_block(
    State(app): State<App>,
    id: PathId<BlockId>,
    params: Params<ForceParams>,
    if_match: IfMatch,
    input: Input<BlockBody>,
) -> Result<Versioned<BlockView>, Problem> {
    let draft = input.body.draft()?;
    save_block(&app, &input.ctx, id.0, if_match, &params.0, |_| Ok(draft.clone())).await
}

/// Updates the given fields of a block.
#[utoipa::path(patch, path = "/api/schedules/blocks/{id}/", tag = "schedules",
    params(("id" = String, Path), ForceParams), request_body = BlockBody,
    responses((status = 200, body = BlockView)), extensions(("x-access" = json!("admin")),
        ("x-conflicts" = json!(["in_use"]))))]
pub async fn update_block(
    State(app): State<App>,
    id: PathId<BlockId>,
    params: Params<ForceParams>,
    if_match: IfMatch,
    input: Input<Patch<BlockBody>>,
) -> Result<Versioned<BlockView>, Problem> {
    let next = |before: &Block| Ok(input.body.apply_to(&BlockBody::from(before))?.draft()?);
    save_block(&app, &input.ctx, id.0, if_match, &params.0, next).await
}

async fn save_block(
    app: &App,
    ctx: &app::Context,
    id: BlockId,
    if_match: IfMatch,
    params: &ForceParams,
    next: impl Fn(&Block) -> Result<BlockDraft, AppError> + Send + Sync,
) -> Result<Versioned<BlockView>, Problem> {
    let block = blocks::update_block(app, ctx, id, params.terms(if_match), next).await?;
    Ok(Versioned::new(block.version, BlockView::from(&block)))
}

/// Deletes a block.
#[utoipa::path(delete, path = "/api/schedules/blocks/{id}/", tag = "schedules", params(("id" = String, Path)),
    responses((status = 204)), extensions(("x-access" = json!("admin"))))]
pub async fn delete_block(
    State(app): State<App>,
    id: PathId<BlockId>,
    if_match: IfMatch,
    caller: Caller,
) -> Result<NoContent, Problem> {
    blocks::delete_block(&app, &caller.0, id.0, if_match.0).await?;
    Ok(NoContent)
}
