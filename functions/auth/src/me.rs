//! Handlers for the caller's own user.

use app::accounts::own_account;
use app::accounts::users::{self, UserChange};
use app::directory::records::RecordDraft;
use app::{App, AppError};
use axum::extract::State;
use domain::user::{User, UserProfile};
use web::{Caller, IfMatch, Input, Patch, Problem, Versioned};
use wire::user::{MeBody, MeView};

/// Reads the caller's own user.
///
/// `second_factor` says whether one is active, and whether the deployment requires it of this user.
#[utoipa::path(get, path = "/api/auth/me/", tag = "auth",
    responses((status = 200, body = MeView)), extensions(("x-access" = json!("own"))))]
pub async fn get_me(State(app): State<App>, caller: Caller) -> Result<Versioned<MeView>, Problem> {
    let own = own_account::read(&app, &caller.0).await?;
    Ok(Versioned::new(own.user.version, MeView::from(&own)))
}

/// Updates the given fields of the caller's own user.
#[utoipa::path(patch, path = "/api/auth/me/", tag = "auth", params(IfMatch), request_body = MeBody,
    responses((status = 200, body = MeView)), extensions(("x-access" = json!("own"))))]
pub async fn update_me(
    State(app): State<App>,
    if_match: IfMatch,
    input: Input<Patch<MeBody>>,
) -> Result<Versioned<MeView>, Problem> {
    let id = input.ctx.user_id().ok_or(AppError::NotAuthenticated)?;
    let next = |user: &User| {
        let MeBody { first_name, last_name, language } = input.body.apply_to(&user.into())?;
        let profile = UserProfile { first_name, last_name, language, ..user.profile.clone() };
        Ok(RecordDraft { profile, is_active: user.is_active })
    };
    let user =
        users::update_user(&app, &input.ctx, UserChange { id, if_match: if_match.0, password: None }, next).await?;
    let own = own_account::with_second_factor(&app, user).await?;
    Ok(Versioned::new(own.user.version, MeView::from(&own)))
}
