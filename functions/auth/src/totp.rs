//! Handlers for the caller's own second factor (TOTP).

use app::App;
use app::accounts::second_factor;
use axum::extract::State;
use web::{Caller, CurrentSession, Input, Json, NoContent, OptionalBody, Problem};
use wire::sign_in::{TotpBody, TotpView};

/// Sets up the caller's second factor.
///
/// Without a code it answers a new secret. With a code of that secret it activates the second factor.
#[utoipa::path(post, path = "/api/auth/me/totp/", tag = "auth", request_body = Option<TotpBody>,
    responses((status = 200, body = TotpView), (status = 409)),
    extensions(("x-access" = json!("own")), ("x-idempotency" = json!(false)),
        ("x-conflicts" = json!(["already_exists"]))))]
pub async fn enrol_totp(
    State(app): State<App>,
    session: CurrentSession,
    input: Input<OptionalBody<TotpBody>>,
) -> Result<Json<TotpView>, Problem> {
    let view = if let Some(otp) = input.body.0.otp {
        let codes = second_factor::confirm(&app, &input.ctx, session.0, &otp).await?;
        TotpView { is_active: true, secret: None, uri: None, recovery_codes: Some(codes) }
    } else {
        let new = second_factor::enrol(&app, &input.ctx).await?;
        TotpView { is_active: false, secret: Some(new.secret), uri: Some(new.uri), recovery_codes: None }
    };
    Ok(Json(view))
}

/// Removes the caller's second factor.
#[utoipa::path(delete, path = "/api/auth/me/totp/", tag = "auth",
    responses((status = 204), (status = 404)), extensions(("x-access" = json!("own"))))]
pub async fn drop_totp(State(app): State<App>, caller: Caller) -> Result<NoContent, Problem> {
    second_factor::drop(&app, &caller.0).await?;
    Ok(NoContent)
}
