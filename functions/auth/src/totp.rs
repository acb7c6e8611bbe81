//! The caller's own second factor.

use app::App;
use app::accounts::second_factor;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::{Caller, Input, Json, NoContent, OptionalBody, OwnSession, Problem};

/// Nothing at first; then the code that the app shows.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct TotpBody {
    /// The code of the app, to switch the second factor on.
    #[serde(default)]
    #[schema(example = "287082")]
    otp: Option<String>,
}

/// A second factor that is being set up.
#[derive(Clone, Serialize, ToSchema)]
pub struct TotpView {
    /// Whether it is asked for from now on.
    is_active: bool,
    /// To be typed into the app; only before it is switched on.
    secret: Option<String>,
    /// The same as an `otpauth:` address, for a QR code.
    uri: Option<String>,
    /// Codes for paper, each good once; only when it is switched on.
    recovery_codes: Option<Vec<String>>,
}

/// Sets a second factor up: without a code it answers a secret, with the first code of it switches it on.
#[utoipa::path(post, path = "/api/auth/me/totp/", tag = "auth", request_body = Option<TotpBody>,
    responses((status = 200, body = TotpView), (status = 409)),
    extensions(("x-access" = json!("own")), ("x-idempotency" = json!(false)),
        ("x-conflicts" = json!(["already_exists"]))))]
pub async fn enrol_totp(
    State(app): State<App>,
    session: OwnSession,
    input: Input<OptionalBody<TotpBody>>,
) -> Result<Json<TotpView>, Problem> {
    let view = match input.body.0.otp {
        Some(otp) => {
            let codes = second_factor::confirm(&app, &input.ctx, session.0, &otp).await?;
            TotpView { is_active: true, secret: None, uri: None, recovery_codes: Some(codes) }
        }
        None => {
            let new = second_factor::enrol(&app, &input.ctx).await?;
            TotpView { is_active: false, secret: Some(new.secret), uri: Some(new.uri), recovery_codes: None }
        }
    };
    Ok(Json(view))
}

/// Drops the second factor.
#[utoipa::path(delete, path = "/api/auth/me/totp/", tag = "auth",
    responses((status = 204), (status = 404)), extensions(("x-access" = json!("own"))))]
pub async fn drop_totp(State(app): State<App>, caller: Caller) -> Result<NoContent, Problem> {
    second_factor::drop(&app, &caller.0).await?;
    Ok(NoContent)
}
