//! Signing in, staying signed in, signing out.

use crate::user::UserView;
use app::accounts::sign_in::{self, Origin, Tokens};
use app::{App, AppError};
use axum::extract::State;
use domain::violation::Rule;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::{Input, Json, NoContent, Problem};

/// Who signs in.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct TokenBody {
    /// E-mail address; case doesn't matter.
    #[schema(example = "admin@example.com")]
    email: String,
    /// Password.
    #[schema(format = Password, example = "citas-demo-password")]
    password: String,
    /// The second factor, for users who have one: the code of the app, or a recovery code.
    #[serde(default)]
    otp: Option<String>,
}

/// A refresh token.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct RefreshBody {
    /// The refresh token that came last.
    refresh: String,
}

/// Which sessions end.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct LogOutBody {
    /// The refresh token of the session.
    #[serde(default)]
    refresh: Option<String>,
    /// `true`: every session.
    #[serde(default)]
    all: Option<bool>,
}

/// Tokens, and whose they are.
#[derive(Clone, Serialize, ToSchema)]
pub struct TokensView {
    /// Goes with every request: `Authorization: Bearer …`.
    access: String,
    /// Buys new tokens, once.
    refresh: String,
    /// Always `Bearer`.
    #[schema(pattern = "^(Bearer)$")]
    token_type: &'static str,
    /// Seconds until the access token runs out.
    expires_in: i64,
    /// Who signed in.
    user: UserView,
}

impl From<Tokens> for TokensView {
    fn from(tokens: Tokens) -> Self {
        Self {
            access: tokens.access,
            refresh: tokens.refresh,
            token_type: "Bearer",
            expires_in: tokens.expires_in,
            user: UserView::from(&tokens.user),
        }
    }
}

/// Signs in.
#[utoipa::path(post, path = "/api/auth/token/", tag = "auth", request_body = TokenBody,
    responses((status = 200, body = TokensView), (status = 401), (status = 429)),
    extensions(("x-access" = json!("public"))))]
pub async fn issue_token(State(app): State<App>, input: Input<TokenBody>) -> Result<Json<TokensView>, Problem> {
    let (body, ctx) = (input.body, input.ctx);
    let origin = Origin { request_id: ctx.request_id, ip_address: ctx.ip_address };
    let tokens = sign_in::issue_token(&app, &origin, &body.email, body.password, body.otp.as_deref()).await?;
    Ok(Json(tokens.into()))
}

/// Buys new tokens. The refresh token given is used up.
#[utoipa::path(post, path = "/api/auth/token/refresh/", tag = "auth", request_body = RefreshBody,
    responses((status = 200, body = TokensView), (status = 401)), extensions(("x-access" = json!("public"))))]
pub async fn refresh_token(State(app): State<App>, input: Input<RefreshBody>) -> Result<Json<TokensView>, Problem> {
    let tokens = sign_in::refresh_token(&app, &input.body.refresh).await?;
    Ok(Json(tokens.into()))
}

/// Ends a session, or all of them.
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
