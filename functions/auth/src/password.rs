//! Handler for changing the caller's own password.

use app::App;
use app::accounts::sign_in;
use axum::extract::State;
use web::{CurrentSession, Input, NoContent, Problem};
use wire::sign_in::PasswordBody;

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
    let PasswordBody { current_password, new_password } = input.body;
    sign_in::change_password(&app, &input.ctx, session.0, current_password, &new_password).await?;
    Ok(NoContent)
}
