//! Handlers for the caller's own user.

use app::accounts::users::{self, UserChange};
use app::directory::records::RecordDraft;
use app::{App, AppError};
use axum::extract::State;
use domain::user::{User, UserProfile};
use web::{Caller, IfMatch, Input, Patch, Problem, Versioned};
use wire::user::{MeBody, UserView};

/// Reads the caller's own user.
#[utoipa::path(get, path = "/api/auth/me/", tag = "auth",
    responses((status = 200, body = UserView)), extensions(("x-access" = json!("own"))))]
pub async fn get_me(State(app): State<App>, caller: Caller) -> Result<Versioned<UserView>, Problem> {
    let id = caller.0.user_id().ok_or(AppError::NotAuthenticated)?;
    let user = users::get_user(&app, id).await?;
    Ok(Versioned::new(user.version, UserView::from(&user)))
}

/// Updates the given fields of the caller's own user.
#[utoipa::path(patch, path = "/api/auth/me/", tag = "auth", params(IfMatch), request_body = MeBody,
    responses((status = 200, body = UserView)), extensions(("x-access" = json!("own"))))]
pub async fn update_me(
    State(app): State<App>,
    if_match: IfMatch,
    input: Input<Patch<MeBody>>,
) -> Result<Versioned<UserView>, Problem> {
    let id = input.ctx.user_id().ok_or(AppError::NotAuthenticated)?;
    let next = |user: &User| {
        let MeBody { first_name, last_name } = input.body.apply_to(&user.into())?;
        let profile = UserProfile { first_name, last_name, ..user.profile.clone() };
        Ok(RecordDraft { profile, is_active: user.is_active })
    };
    let user =
        users::update_user(&app, &input.ctx, UserChange { id, if_match: if_match.0, password: None }, next).await?;
    Ok(Versioned::new(user.version, UserView::from(&user)))
}
