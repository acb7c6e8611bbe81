//! Handlers for weekly rules.

use app::availability::schedules::{self, RuleDraft};
use app::{App, AppError};
use axum::extract::State;
use domain::ids::RuleId;
use domain::weekly_rule::WeeklyRule;
use web::{Caller, Created, IfMatch, Input, List, NoContent, Paging, Params, Patch, PathId, Problem, Versioned};
use wire::rule::{RuleBody, RuleParams, RuleView};
use wire::{AffectedView, ForceParams};

/// Lists weekly rules, oldest first.
#[utoipa::path(get, path = "/api/schedules/rules/", tag = "schedules", params(RuleParams),
    responses((status = 200, body = List<RuleView>)), extensions(("x-access" = json!("operator"))))]
pub async fn list_rules(
    State(app): State<App>,
    params: Params<RuleParams>,
    caller: Caller,
    page: Paging,
) -> Result<List<RuleView>, Problem> {
    let slice = schedules::list_rules(&app, &caller.0, params.0.into(), page.window()).await?;
    page.list(&app, slice.map(|rule| RuleView::from(&rule))).await
}

/// Creates a weekly rule.
#[utoipa::path(post, path = "/api/schedules/rules/", tag = "schedules", request_body = RuleBody,
    responses((status = 201, body = RuleView)), extensions(("x-access" = json!("admin")),
        ("x-conflicts" = json!(["already_exists"]))))]
pub async fn create_rule(State(app): State<App>, input: Input<RuleBody>) -> Result<Created<RuleView>, Problem> {
    let done = schedules::create_rule(&app, &input.ctx, &input.body.into()).await?;
    let view = RuleView::from(&done.value);
    Ok(Created::new("/api/schedules/rules/", done.value.id, done.value.version, done.replayed, view))
}

/// Reads a weekly rule.
#[utoipa::path(get, path = "/api/schedules/rules/{id}/", tag = "schedules", params(("id" = String, Path)),
    responses((status = 200, body = RuleView)), extensions(("x-access" = json!("operator"))))]
pub async fn get_rule(
    State(app): State<App>,
    id: PathId<RuleId>,
    caller: Caller,
) -> Result<Versioned<RuleView>, Problem> {
    let rule = schedules::get_rule(&app, &caller.0, id.0).await?;
    Ok(Versioned::new(rule.version, RuleView::from(&rule)))
}

/// Replaces a weekly rule.
#[utoipa::path(put, path = "/api/schedules/rules/{id}/", tag = "schedules",
    params(("id" = String, Path), ForceParams), request_body = RuleBody,
    responses((status = 200, body = RuleView)), extensions(("x-access" = json!("admin")),
        ("x-conflicts" = json!(["already_exists", "in_use"]))))]
pub async fn replace_rule(
    State(app): State<App>,
    id: PathId<RuleId>,
    params: Params<ForceParams>,
    if_match: IfMatch,
    input: Input<RuleBody>,
) -> Result<Versioned<RuleView>, Problem> {
    save_rule(&app, &input.ctx, id.0, if_match, &params.0, |_| Ok(input.body.clone().into())).await
}

/// Updates the given fields of a weekly rule.
#[utoipa::path(patch, path = "/api/schedules/rules/{id}/", tag = "schedules",
    params(("id" = String, Path), ForceParams), request_body = RuleBody,
    responses((status = 200, body = RuleView)), extensions(("x-access" = json!("admin")),
        ("x-conflicts" = json!(["already_exists", "in_use"]))))]
pub async fn update_rule(
    State(app): State<App>,
    id: PathId<RuleId>,
    params: Params<ForceParams>,
    if_match: IfMatch,
    input: Input<Patch<RuleBody>>,
) -> Result<Versioned<RuleView>, Problem> {
    let next = |before: &WeeklyRule| Ok(input.body.apply_to(&before.into())?.into());
    save_rule(&app, &input.ctx, id.0, if_match, &params.0, next).await
}

async fn save_rule(
    app: &App,
    ctx: &app::Context,
    id: RuleId,
    if_match: IfMatch,
    params: &ForceParams,
    next: impl Fn(&WeeklyRule) -> Result<RuleDraft, AppError> + Send + Sync,
) -> Result<Versioned<RuleView>, Problem> {
    let rule = schedules::update_rule(app, ctx, id, params.conditions(if_match.0), next).await?;
    Ok(Versioned::new(rule.version, RuleView::from(&rule)))
}

/// Deletes a weekly rule.
#[utoipa::path(delete, path = "/api/schedules/rules/{id}/", tag = "schedules",
    params(("id" = String, Path), ForceParams), responses((status = 204), (status = 200, body = AffectedView)),
    extensions(("x-access" = json!("admin")),
        ("x-conflicts" = json!(["in_use"]))))]
pub async fn delete_rule(
    State(app): State<App>,
    id: PathId<RuleId>,
    params: Params<ForceParams>,
    if_match: IfMatch,
    caller: Caller,
) -> Result<NoContent, Problem> {
    schedules::delete_rule(&app, &caller.0, id.0, params.0.conditions(if_match.0)).await?;
    Ok(NoContent)
}
