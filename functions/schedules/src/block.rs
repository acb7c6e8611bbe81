//! Blocked time: what clients send and see, and the handlers.

use app::availability::closures::blocks::{self, BlockDraft, BlockFilter};
use app::{App, AppError};
use axum::extract::State;
use domain::closure::{Block, Blocked};
use domain::ids::{BlockId, ClinicId, DoctorId, Id as _, RoomId};
use domain::text::Note;
use domain::time::{Instant, Moment, Zone};
use domain::violation::{Rule, Violations};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use web::{
    Caller, Created, ForceParams, IfMatch, Input, List, NoContent, Paging, Params, Patch, PathId, Problem, Shown,
};

/// Blocked time, as clients write it: of exactly one of doctor, room and clinic, which can't change.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct BlockBody {
    /// Id of the doctor who is away.
    #[serde(default)]
    #[schema(format = "uuid")]
    doctor: Option<String>,
    /// Id of the room that is closed.
    #[serde(default)]
    #[schema(format = "uuid")]
    room: Option<String>,
    /// Id of the clinic that is closed.
    #[serde(default)]
    #[schema(format = "uuid")]
    clinic: Option<String>,
    /// From when: with an offset, or the clinic's local time.
    #[schema(format = DateTime, example = "2027-01-18T12:00:00-03:00")]
    start_datetime: String,
    /// Until when.
    #[schema(format = DateTime, example = "2027-01-18T14:00:00-03:00")]
    end_datetime: String,
    /// Why, for the staff.
    #[serde(default)]
    #[schema(max_length = 500)]
    reason: Option<String>,
}

const OWNERS: &[&str] = &["doctor", "room", "clinic"];

/// What is named, if it is one thing; noted under `doctor` if it is more.
fn one(v: &mut Violations, doctor: Option<&str>, room: Option<&str>, clinic: Option<&str>) -> Option<Blocked> {
    let named = [
        doctor.map(|id| v.take("doctor", DoctorId::read(id)).map(Blocked::Doctor)),
        room.map(|id| v.take("room", RoomId::read(id)).map(Blocked::Room)),
        clinic.map(|id| v.take("clinic", ClinicId::read(id)).map(Blocked::Clinic)),
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
        let of = one(&mut v, self.doctor.as_deref(), self.room.as_deref(), self.clinic.as_deref());
        if self.doctor.is_none() && self.room.is_none() && self.clinic.is_none() {
            v.add("doctor", Rule::ExactlyOne(OWNERS));
        }
        let start = v.take("start_datetime", Moment::parse(&self.start_datetime));
        let end = v.take("end_datetime", Moment::parse(&self.end_datetime));
        let reason = v.take_optional("reason", Note::optional(self.reason.as_deref()));
        v.finish(of.zip(start).zip(end).map(|((of, start), end)| BlockDraft { of, start, end, reason }))
    }
}

impl From<&Block> for BlockBody {
    fn from(block: &Block) -> Self {
        let zone = block.zone.unwrap_or_else(Zone::utc);
        let shown = |instant: Instant| match block.zone {
            Some(_) => zone.rfc3339(instant),
            None => instant.rfc3339(),
        };
        let (mut doctor, mut room, mut clinic) = (None, None, None);
        match block.of {
            Blocked::Doctor(id) => doctor = Some(id.to_string()),
            Blocked::Room(id) => room = Some(id.to_string()),
            Blocked::Clinic(id) => clinic = Some(id.to_string()),
        }
        Self {
            doctor,
            room,
            clinic,
            start_datetime: shown(block.start),
            end_datetime: shown(block.end),
            reason: block.reason.as_ref().map(|reason| reason.as_str().to_owned()),
        }
    }
}

/// Blocked time, as clients see it.
#[derive(Clone, Serialize, ToSchema)]
pub struct BlockView {
    /// Its id.
    #[schema(format = "uuid")]
    id: String,
    #[serde(flatten)]
    body: BlockBody,
    /// One more with each change.
    version: u64,
}

impl From<&Block> for BlockView {
    fn from(block: &Block) -> Self {
        Self { id: block.id.to_string(), body: block.into(), version: block.version }
    }
}

/// Which blocks are wanted: all, or those of one doctor, room or clinic itself.
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
        let of = one(&mut v, self.doctor.as_deref(), self.room.as_deref(), self.clinic.as_deref());
        v.finish(Some(BlockFilter { of }))
    }
}

/// Lists blocked time, by start.
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

/// Blocks time.
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

/// Reads blocked time.
#[utoipa::path(get, path = "/api/schedules/blocks/{id}/", tag = "schedules", params(("id" = String, Path)),
    responses((status = 200, body = BlockView)), extensions(("x-access" = json!("operator"))))]
pub async fn get_block(
    State(app): State<App>,
    id: PathId<BlockId>,
    caller: Caller,
) -> Result<Shown<BlockView>, Problem> {
    let block = blocks::get_block(&app, &caller.0, id.0).await?;
    Ok(Shown::new(block.version, BlockView::from(&block)))
}

/// Replaces blocked time.
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
) -> Result<Shown<BlockView>, Problem> {
    let draft = input.body.draft()?;
    change(&app, &input.ctx, id.0, if_match, &params.0, |_| Ok(draft.clone())).await
}

/// Changes the members given.
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
) -> Result<Shown<BlockView>, Problem> {
    let next = |before: &Block| Ok(input.body.onto(&BlockBody::from(before))?.draft()?);
    change(&app, &input.ctx, id.0, if_match, &params.0, next).await
}

async fn change(
    app: &App,
    ctx: &app::Context,
    id: BlockId,
    if_match: IfMatch,
    params: &ForceParams,
    next: impl Fn(&Block) -> Result<BlockDraft, AppError> + Send + Sync,
) -> Result<Shown<BlockView>, Problem> {
    let block = blocks::update_block(app, ctx, id, params.terms(if_match), next).await?;
    Ok(Shown::new(block.version, BlockView::from(&block)))
}

/// Opens blocked time again.
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
