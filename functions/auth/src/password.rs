//! The caller's own password.

use crate::user::password;
use app::App;
use app::accounts::sign_in;
use axum::extract::State;
use domain::violation::Violations;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::{Input, NoContent, OwnSession, Problem};

/// A password for another.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct PasswordBody {
    /// The password as it is.
    #[schema(format = Password)]
    current_password: String,
    /// 12 to 128 characters, and not a common one.
    #[schema(format = Password, min_length = 12, max_length = 128)]
    new_password: String,
}

/// Changes the caller's own password. Every other session ends.
#[utoipa::path(post, path = "/api/auth/me/password/", tag = "auth", request_body = PasswordBody,
    responses((status = 204), (status = 429)),
    extensions(("x-access" = json!("own")), ("x-idempotency" = json!(false))))]
pub async fn change_password(
    State(app): State<App>,
    session: OwnSession,
    input: Input<PasswordBody>,
) -> Result<NoContent, Problem> {
    let mut v = Violations::default();
    let next = v.take("new_password", password(&input.body.new_password));
    let next = v.finish(next)?;
    sign_in::change_password(&app, &input.ctx, session.0, input.body.current_password, &next).await?;
    Ok(NoContent)
}
