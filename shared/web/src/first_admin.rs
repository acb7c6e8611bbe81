//! The event that creates the first ADMIN. The function `auth-admin` handles it in AWS, and `citas` on a local table.

use crate::problem::{Problem, RequestError};
use app::accounts::first_admin::create_first_admin;
use app::{App, Context};
use domain::language::Language;
use domain::user::User;
use serde_json::{Value, json};
use wire::first_admin::FirstAdminBody;
use wire::{ReadContext, ReadError};

/// Creates the first ADMIN. Answers `{"created": {"id"}}`, or `{"problem": …}` with a problem document as in
/// the API: `already_exists` for `admin` if there is or was one.
pub async fn bootstrap(app: &App, body: &Value, request_id: String) -> Value {
    match try_bootstrap(app, body, &request_id).await {
        Ok(user) => json!({ "created": { "id": user.id } }),
        Err(problem) => {
            if let Some(reason) = problem.internal_reason().as_deref() {
                tracing::error!(reason, "creating the first ADMIN failed");
            }
            json!({ "problem": problem.document(Language::En, &request_id) })
        }
    }
}

async fn try_bootstrap(app: &App, body: &Value, request_id: &str) -> Result<User, Problem> {
    let members = body.as_object().ok_or(RequestError::Malformed)?;
    let body: FirstAdminBody = wire::read_body(members, ReadContext::of(app)).map_err(|error| match error {
        ReadError::Shape(_) => Problem::from(RequestError::Malformed),
        ReadError::Values(violations) => violations.into(),
    })?;
    let (admin, password) = body.into_parts();
    let ctx = Context::of_system(request_id.to_owned());
    Ok(create_first_admin(app, &ctx, admin, &password).await?)
}
