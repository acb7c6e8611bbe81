//! Handlers for blocks: time in which a doctor, room or clinic can't be booked.

use app::availability::closures;
use app::availability::closures::blocks::{self, BlockDraft};
use app::{App, AppError};
use axum::extract::State;
use domain::closure::Block;
use domain::ids::BlockId;
use web::{Caller, Created, IfMatch, Input, List, NoContent, Paging, Params, Patch, PathId, Problem, Versioned};
use wire::block::{BlockBody, BlockParams, BlockView};
use wire::{AffectedView, ForceParams};

/// Lists blocks by start.
#[utoipa::path(get, path = "/api/schedules/blocks/", tag = "schedules", params(BlockParams),
    responses((status = 200, body = List<BlockView>)), extensions(("x-access" = json!("operator"))))]
pub async fn list_blocks(
    State(app): State<App>,
    params: Params<BlockParams>,
    caller: Caller,
    page: Paging,
) -> Result<List<BlockView>, Problem> {
    let slice = closures::list_blocks(&app, &caller.0, params.0.into(), page.window()).await?;
    page.list(&app, slice.map(|block| BlockView::from(&block))).await
}

/// Creates a block.
#[utoipa::path(post, path = "/api/schedules/blocks/", tag = "schedules", params(ForceParams),
    request_body = BlockBody, responses((status = 201, body = BlockView), (status = 200, body = AffectedView)),
    extensions(("x-access" = json!("admin")),
        ("x-conflicts" = json!(["in_use"]))))]
pub async fn create_block(
    State(app): State<App>,
    params: Params<ForceParams>,
    input: Input<BlockBody>,
) -> Result<Created<BlockView>, Problem> {
    let done = blocks::create_block(&app, &input.ctx, &input.body.try_into()?, params.0.conditions(None)).await?;
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
    save_block(&app, &input.ctx, id.0, if_match, &params.0, |_| Ok(input.body.clone().try_into()?)).await
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
    let next = |before: &Block| Ok(input.body.apply_to(&before.into())?.try_into()?);
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
    let block = blocks::update_block(app, ctx, id, params.conditions(if_match.0), next).await?;
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
