//! Handlers for signing in, refreshing tokens and signing out.

use app::accounts::sign_in::{self, Origin};
use app::{App, AppError};
use axum::extract::State;
use domain::violation::Rule;
use web::{Input, Json, NoContent, Problem};
use wire::sign_in::{LogOutBody, RefreshBody, TokenBody, TokensView};

/// Signs a user in.
#[utoipa::path(post, path = "/api/auth/token/", tag = "auth", request_body = TokenBody,
    responses((status = 200, body = TokensView), (status = 401), (status = 429)),
    extensions(("x-access" = json!("public"))))]
pub async fn issue_token(State(app): State<App>, input: Input<TokenBody>) -> Result<Json<TokensView>, Problem> {
    let (body, ctx) = (input.body, input.ctx);
    let origin = Origin { request_id: ctx.request_id, ip_address: ctx.ip_address };
    let tokens = sign_in::issue_token(&app, &origin, &body.email, body.password, body.otp.as_deref()).await?;
    Ok(Json(tokens.into()))
}

/// Exchanges a refresh token for new tokens.
///
/// The given refresh token can't be used again.
#[utoipa::path(post, path = "/api/auth/token/refresh/", tag = "auth", request_body = RefreshBody,
    responses((status = 200, body = TokensView), (status = 401)), extensions(("x-access" = json!("public"))))]
pub async fn refresh_token(State(app): State<App>, input: Input<RefreshBody>) -> Result<Json<TokensView>, Problem> {
    let tokens = sign_in::refresh_token(&app, &input.body.refresh).await?;
    Ok(Json(tokens.into()))
}

/// Ends one session of the caller, or all of them.
#[utoipa::path(post, path = "/api/auth/logout/", tag = "auth", request_body = LogOutBody,
    responses((status = 204)), extensions(("x-access" = json!("own"))))]
pub async fn log_out(State(app): State<App>, input: Input<LogOutBody>) -> Result<NoContent, Problem> {
    match (input.body.refresh.as_deref(), input.body.all) {
        (_, Some(true)) => sign_in::log_out(&app, &input.ctx, None).await?,
        (Some(refresh), _) => sign_in::log_out(&app, &input.ctx, Some(refresh)).await?,
        (None, _) => return Err(AppError::invalid("refresh", Rule::Required).into()),
    }
    Ok(NoContent)
}
