//! Handlers and API types for users.

use app::accounts::users::{self, UserChange};
use app::directory::records::RecordDraft;
use app::{App, AppError};
use axum::extract::State;
use domain::email::Email;
use domain::ids::{ClinicId, Id as _, UserId};
use domain::text::Line;
use domain::user::{Credentials, Role, User, UserProfile};
use domain::violation::{Rule, Violations};
use identity::password::{MAX_CHARS, MIN_CHARS, Password, PasswordError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::{IntoParams, ToSchema};
use web::{Caller, Created, IfMatch, Input, List, NoContent, Paging, Params, Patch, PathId, Problem, Versioned};

/// The data of a user, as an ADMIN sets it.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct UserBody {
    /// Sign-in name; unique, case-insensitive.
    #[schema(format = Email, example = "recepcion@clinica.example")]
    email: String,
    #[serde(default)]
    #[schema(max_length = 100)]
    first_name: Option<String>,
    #[serde(default)]
    #[schema(max_length = 100)]
    last_name: Option<String>,
    /// `ADMIN` or `OPERATOR`.
    #[schema(pattern = "^(ADMIN|OPERATOR)$", example = "OPERATOR")]
    role: String,
    /// Ids of the clinics that the user has access to; empty for all clinics.
    #[serde(default)]
    #[schema(value_type = Option<Vec<web::IdSchema>>)]
    clinics: Option<Vec<String>>,
    #[serde(default)]
    #[schema(default = true)]
    is_active: Option<bool>,
    /// 12 to 128 characters. Required for a new user, never returned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(format = Password, min_length = 12, max_length = 128, write_only)]
    password: Option<String>,
}

impl UserBody {
    /// Validates the body.
    ///
    /// # Errors
    /// All violations, by field.
    pub fn parse(self) -> Result<(RecordDraft<UserProfile>, Option<Password>), Violations> {
        let mut v = Violations::default();
        let email = v.take("email", Email::parse(&self.email));
        let first_name = v.take_optional("first_name", Line::optional(self.first_name.as_deref()));
        let last_name = v.take_optional("last_name", Line::optional(self.last_name.as_deref()));
        let role = v.take("role", Role::parse(&self.role).ok_or(Rule::OneOf(Role::NAMES)));
        let clinics = self.clinics.unwrap_or_default();
        let clinics =
            v.take("clinics", clinics.iter().map(|text| ClinicId::read(text)).collect::<Result<BTreeSet<_>, _>>());
        let password = v.take_optional("password", self.password.as_deref().map(parse_password).transpose());
        let profile = email.zip(role).zip(clinics).map(|((email, role), clinics)| UserProfile {
            email,
            first_name,
            last_name,
            role,
            clinics,
            // Placeholders: the use case sets the credentials.
            credentials: Credentials { password: String::new(), generation: 0, last_login_at: None },
        });
        let profile = v.finish(profile)?;
        Ok((RecordDraft { profile, is_active: self.is_active.unwrap_or(true) }, password))
    }
}

pub(crate) fn parse_password(text: &str) -> Result<Password, Rule> {
    Password::parse(text).map_err(|error| match error {
        PasswordError::TooShort => Rule::TooShort(MIN_CHARS),
        PasswordError::TooLong => Rule::TooLong(MAX_CHARS),
        PasswordError::Common => Rule::CommonPassword,
    })
}

impl From<&User> for UserBody {
    fn from(user: &User) -> Self {
        let profile = &user.profile;
        Self {
            email: profile.email.as_str().to_owned(),
            first_name: profile.first_name.as_ref().map(|line| line.as_str().to_owned()),
            last_name: profile.last_name.as_ref().map(|line| line.as_str().to_owned()),
            role: role_name(profile.role).to_owned(),
            clinics: Some(profile.clinics.iter().map(ToString::to_string).collect()),
            is_active: Some(user.is_active),
            password: None,
        }
    }
}

fn role_name(role: Role) -> &'static str {
    match role {
        Role::Admin => "ADMIN",
        Role::Operator => "OPERATOR",
    }
}

/// A user.
#[derive(Clone, Serialize, ToSchema)]
pub struct UserView {
    #[schema(format = "uuid")]
    id: String,
    email: String,
    first_name: Option<String>,
    last_name: Option<String>,
    /// `ADMIN` or `OPERATOR`.
    #[schema(pattern = "^(ADMIN|OPERATOR)$")]
    role: &'static str,
    /// Ids of the clinics that the user has access to; empty for all clinics.
    #[schema(value_type = Vec<web::IdSchema>)]
    clinics: Vec<String>,
    is_active: bool,
    #[schema(format = DateTime)]
    last_login_at: Option<String>,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    updated_at: String,
    /// Increases by one with each change.
    version: u64,
}

impl From<&User> for UserView {
    fn from(user: &User) -> Self {
        let profile = &user.profile;
        Self {
            id: user.id.to_string(),
            email: profile.email.as_str().to_owned(),
            first_name: profile.first_name.as_ref().map(|line| line.as_str().to_owned()),
            last_name: profile.last_name.as_ref().map(|line| line.as_str().to_owned()),
            role: role_name(profile.role),
            clinics: profile.clinics.iter().map(ToString::to_string).collect(),
            is_active: user.is_active,
            last_login_at: profile.credentials.last_login_at.map(|at| at.rfc3339()),
            created_at: user.created_at.rfc3339(),
            updated_at: user.updated_at.rfc3339(),
            version: user.version,
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct UserParams {
    /// `false` lists the deactivated users. `true` by default.
    is_active: Option<bool>,
}

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
    let (next, password) = input.body.parse()?;
    let password = password.ok_or_else(|| AppError::invalid("password", Rule::Required))?;
    let done = users::create_user(&app, &input.ctx, next, &password).await?;
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
/// The password stays the same unless one is given.
#[utoipa::path(put, path = "/api/auth/users/{id}/", tag = "auth", params(("id" = String, Path)),
    request_body = UserBody, responses((status = 200, body = UserView)),
    extensions(("x-access" = json!("admin")),
        ("x-conflicts" = json!(["already_exists", "in_use"]))))]
pub async fn replace_user(
    State(app): State<App>,
    id: PathId<UserId>,
    if_match: IfMatch,
    input: Input<UserBody>,
) -> Result<Versioned<UserView>, Problem> {
    let (next, password) = input.body.parse()?;
    let change = UserChange { id: id.0, if_match: if_match.0, password: password.as_ref() };
    let user = users::update_user(&app, &input.ctx, change, |_| Ok(next.clone())).await?;
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
    let password = input.body.apply_to(&UserBody::from(&before))?.parse()?.1;
    let next = |before: &User| Ok(input.body.apply_to(&UserBody::from(before))?.parse()?.0);
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
