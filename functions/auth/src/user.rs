//! Handlers for users.

use app::accounts::users::{self, UserChange};
use app::{App, AppError};
use axum::extract::State;
use domain::ids::UserId;
use domain::user::User;
use domain::violation::Rule;
use web::{
    Caller, Created, IfMatch, Input, List, NoContent, Paging, Params, Patch, PathId, Problem, Replacement, Versioned,
};
use wire::user::{UserBody, UserParams, UserView};

/// Lists users by last name.
///
/// An ADMIN of some clinics can read, create and change only users of these clinics.
#[utoipa::path(get, path = "/api/auth/users/", tag = "auth", params(UserParams),
    responses((status = 200, body = List<UserView>)), extensions(("x-access" = json!("admin"))))]
pub async fn list_users(
    State(app): State<App>,
    params: Params<UserParams>,
    caller: Caller,
    page: Paging,
) -> Result<List<UserView>, Problem> {
    let slice = users::list_users(&app, &caller.0, params.0.is_active.unwrap_or(true), page.window()).await?;
    page.list(&app, slice.map(|user| UserView::from(&user))).await
}

/// Creates a user.
#[utoipa::path(post, path = "/api/auth/users/", tag = "auth", request_body = UserBody,
    responses((status = 201, body = UserView)), extensions(("x-access" = json!("admin")),
        ("x-conflicts" = json!(["already_exists"]))))]
pub async fn create_user(State(app): State<App>, input: Input<UserBody>) -> Result<Created<UserView>, Problem> {
    let mut body = input.body;
    let password = body.password.take().ok_or_else(|| AppError::invalid("password", Rule::Required))?;
    let done = users::create_user(&app, &input.ctx, body, &password).await?;
    let view = UserView::from(&done.value);
    Ok(Created::new("/api/auth/users/", done.value.id, done.value.version, done.replayed, view))
}

/// Reads a user.
#[utoipa::path(get, path = "/api/auth/users/{id}/", tag = "auth", params(("id" = String, Path)),
    responses((status = 200, body = UserView)), extensions(("x-access" = json!("admin"))))]
pub async fn get_user(
    State(app): State<App>,
    id: PathId<UserId>,
    caller: Caller,
) -> Result<Versioned<UserView>, Problem> {
    let user = users::read_user(&app, &caller.0, id.0).await?;
    Ok(Versioned::new(user.version, UserView::from(&user)))
}

/// Replaces a user's data.
///
/// The password, `language` and `is_active` stay the same unless they are given.
#[utoipa::path(put, path = "/api/auth/users/{id}/", tag = "auth", params(("id" = String, Path)),
    request_body = UserBody, responses((status = 200, body = UserView)),
    extensions(("x-access" = json!("admin")),
        ("x-conflicts" = json!(["already_exists", "in_use"]))))]
pub async fn replace_user(
    State(app): State<App>,
    id: PathId<UserId>,
    if_match: IfMatch,
    input: Input<Replacement<UserBody>>,
) -> Result<Versioned<UserView>, Problem> {
    let Input { ctx, body } = input;
    let change = UserChange { id: id.0, if_match: if_match.0, password: body.body.password.as_ref() };
    let next = |before: &User| {
        let mut draft = body.draft(before);
        if !body.gives("language") {
            draft.profile.language = before.profile.language;
        }
        Ok(draft)
    };
    let user = users::update_user(&app, &ctx, change, next).await?;
    Ok(Versioned::new(user.version, UserView::from(&user)))
}

/// Updates the given fields of a user.
#[utoipa::path(patch, path = "/api/auth/users/{id}/", tag = "auth", params(("id" = String, Path)),
    request_body = UserBody, responses((status = 200, body = UserView)),
    extensions(("x-access" = json!("admin")),
        ("x-conflicts" = json!(["already_exists", "in_use"]))))]
pub async fn update_user(
    State(app): State<App>,
    id: PathId<UserId>,
    if_match: IfMatch,
    input: Input<Patch<UserBody>>,
) -> Result<Versioned<UserView>, Problem> {
    // The password is validated and hashed once, before the update, which may run again if the row has changed.
    let before = users::read_user(&app, &input.ctx, id.0).await?;
    let password = input.body.apply_to(&UserBody::from(&before))?.password;
    let next = |before: &User| Ok(input.body.apply_to(&before.into())?.into());
    let change = UserChange { id: id.0, if_match: if_match.0, password: password.as_ref() };
    let user = users::update_user(&app, &input.ctx, change, next).await?;
    Ok(Versioned::new(user.version, UserView::from(&user)))
}

/// Deactivates a user.
///
/// It takes effect with the user's next request.
#[utoipa::path(delete, path = "/api/auth/users/{id}/", tag = "auth", params(("id" = String, Path)),
    responses((status = 204)), extensions(("x-access" = json!("admin")),
        ("x-conflicts" = json!(["in_use"]))))]
pub async fn deactivate_user(
    State(app): State<App>,
    id: PathId<UserId>,
    if_match: IfMatch,
    caller: Caller,
) -> Result<NoContent, Problem> {
    users::deactivate_user(&app, &caller.0, id.0, if_match.0).await?;
    Ok(NoContent)
}
