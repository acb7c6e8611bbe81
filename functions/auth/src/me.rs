//! Handlers and request type for the caller's own user.

use crate::user::UserView;
use app::accounts::users::{self, UserChange};
use app::directory::records::RecordDraft;
use app::{App, AppError};
use axum::extract::State;
use domain::text::Line;
use domain::user::User;
use domain::violation::Violations;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::{Caller, IfMatch, Input, Patch, Problem, Versioned};

/// The fields that users can change of their own account.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct MeBody {
    #[serde(default)]
    #[schema(max_length = 100, example = "Ana")]
    first_name: Option<String>,
    #[serde(default)]
    #[schema(max_length = 100, example = "Ríos")]
    last_name: Option<String>,
}

impl From<&User> for MeBody {
    fn from(user: &User) -> Self {
        let name = |line: &Option<Line<100>>| line.as_ref().map(|line| line.as_str().to_owned());
        Self { first_name: name(&user.profile.first_name), last_name: name(&user.profile.last_name) }
    }
}

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
        let body = input.body.apply_to(&MeBody::from(user))?;
        let mut v = Violations::default();
        let mut profile = user.profile.clone();
        profile.first_name = v.take_optional("first_name", Line::optional(body.first_name.as_deref()));
        profile.last_name = v.take_optional("last_name", Line::optional(body.last_name.as_deref()));
        v.check()?;
        Ok(RecordDraft { profile, is_active: user.is_active })
    };
    let user =
        users::update_user(&app, &input.ctx, UserChange { id, if_match: if_match.0, password: None }, next).await?;
    Ok(Versioned::new(user.version, UserView::from(&user)))
}
