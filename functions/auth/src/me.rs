//! The caller's own user.

use crate::user::UserView;
use app::{App, AppError, users};
use axum::extract::State;
use web::{Caller, Problem, Shown};

/// Reads the caller's own user.
#[utoipa::path(get, path = "/api/auth/me/", tag = "auth",
    responses((status = 200, body = UserView)), extensions(("x-access" = json!("operator"))))]
pub async fn get_me(State(app): State<App>, caller: Caller) -> Result<Shown<UserView>, Problem> {
    let id = caller.0.user_id().ok_or(AppError::NotAuthenticated)?;
    let user = users::get_user(&app, id).await?;
    Ok(Shown::new(user.version, UserView::from(&user)))
}
