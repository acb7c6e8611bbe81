//! Handler for the verification of a day's audit trail.

use app::App;
use app::audit::seals;
use app::audit::seals::verification::{MAX_ROWS, verify_day};
use axum::extract::State;
use web::{Json, Params, Problem};
use wire::audit_verification::{AuditVerification, VerificationParams};

/// Verifies a day's audit trail against its seals.
#[utoipa::path(get, path = "/api/audit/verify/", tag = "audit", params(VerificationParams),
    responses((status = 200, body = AuditVerification)), extensions(("x-access" = json!("admin"))))]
pub async fn verify_audit(
    State(app): State<App>,
    params: Params<VerificationParams>,
) -> Result<Json<AuditVerification>, Problem> {
    let date = params.0.date.unwrap_or_else(|| app.now().utc_day());
    let keys = seals::public_keys(&app).await?;
    let verification = verify_day(&app.table, &keys, date, app.now(), MAX_ROWS).await.map_err(app::AppError::from)?;
    Ok(Json(AuditVerification::new(verification, &keys)))
}
