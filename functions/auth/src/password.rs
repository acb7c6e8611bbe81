//! Handler and request type for changing the caller's own password.

use crate::user::parse_password;
use app::App;
use app::accounts::sign_in;
use axum::extract::State;
use domain::violation::Violations;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::{CurrentSession, Input, NoContent, Problem};

/// A change of the caller's own password.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct PasswordBody {
    #[schema(format = Password)]
    current_password: String,
    /// 12 to 128 characters, and not a common password.
    #[schema(format = Password, min_length = 12, max_length = 128)]
    new_password: String,
}

/// Changes the caller's own password.
///
/// Every other session ends.
#[utoipa::path(post, path = "/api/auth/me/password/", tag = "auth", request_body = PasswordBody,
    responses((status = 204), (status = 429)),
    extensions(("x-access" = json!("own")), ("x-idempotency" = json!(false))))]
pub async fn change_password(
    State(app): State<App>,
    session: CurrentSession,
    input: Input<PasswordBody>,
) -> Result<NoContent, Problem> {
    let mut v = Violations::default();
    let next = v.take("new_password", parse_password(&input.body.new_password));
    let next = v.finish(next)?;
    sign_in::change_password(&app, &input.ctx, session.0, input.body.current_password, &next).await?;
    Ok(NoContent)
}
