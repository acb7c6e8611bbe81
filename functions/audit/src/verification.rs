//! Handler and API types for the verification of a day's audit trail.

use app::App;
use app::audit::seals;
use app::audit::seals::inspection::SealFinding;
use app::audit::seals::verification::{MAX_ROWS, verify_day};
use axum::extract::State;
use domain::time::parse_date;
use domain::violation::Violations;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use web::{Json, Params, Problem};

/// The result of verifying a day's audit trail.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AuditVerification {
    /// UTC day.
    #[schema(format = Date)]
    date: String,
    /// Whether all sealed rows are unchanged and no row is unsealed that should be sealed by now.
    is_whole: bool,
    /// Until when the trail is sealed. Later rows can't be verified yet.
    #[schema(format = DateTime)]
    sealed_until: Option<String>,
    /// Number of sealed rows.
    rows: usize,
    /// Number of rows that are not sealed yet.
    unsealed_rows: usize,
    /// Number of seals.
    seals: usize,
    /// The Ed25519 keys that the seals were verified with, the signing key first. Keep a copy outside of AWS for
    /// `cargo citas audit verify`.
    public_keys: Vec<SealKeyView>,
    /// All problems found; empty if `is_intact`.
    problems: Vec<AuditProblem>,
}

/// A public key that verifies seals.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SealKeyView {
    kid: String,
    /// The public key in base64url.
    x: String,
}

/// A problem with a time window of the trail.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AuditProblem {
    /// Number of the day's partition.
    shard: u8,
    #[schema(format = DateTime)]
    window_start: String,
    #[schema(format = DateTime)]
    window_end: String,
    /// `deleted`, `inserted`, `replaced`, `reordered`, `edited`, `seal_missing`, `bad_seal`, `bad_signature`,
    /// `broken_chain`, `not_sealed` (older than the first seal) or `too_many_rows` (too many for one request).
    #[schema(example = "edited")]
    problem: &'static str,
}

impl From<SealFinding> for AuditProblem {
    fn from(finding: SealFinding) -> Self {
        Self {
            shard: finding.shard,
            window_start: finding.from.rfc3339(),
            window_end: finding.to.rfc3339(),
            problem: finding.problem.name(),
        }
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct VerificationParams {
    /// UTC day; today by default.
    date: Option<String>,
}

/// Verifies a day's audit trail against its seals.
#[utoipa::path(get, path = "/api/audit/verify/", tag = "audit", params(VerificationParams),
    responses((status = 200, body = AuditVerification)), extensions(("x-access" = json!("admin"))))]
pub async fn verify_audit(
    State(app): State<App>,
    params: Params<VerificationParams>,
) -> Result<Json<AuditVerification>, Problem> {
    let mut v = Violations::default();
    let date = v.take_optional("date", params.0.date.as_deref().map(parse_date).transpose());
    let date = v.finish(Some(date))?.unwrap_or_else(|| app.now().utc_day());
    let keys = seals::public_keys(&app).await?;
    let verdict = verify_day(&app.table, &keys, date, app.now(), MAX_ROWS).await.map_err(app::AppError::from)?;
    Ok(Json(AuditVerification {
        date: verdict.day.to_string(),
        is_whole: verdict.is_intact(),
        sealed_until: verdict.sealed_until.map(|until| until.rfc3339()),
        rows: verdict.rows,
        unsealed_rows: verdict.unsealed_rows,
        seals: verdict.seals,
        public_keys: keys.iter().map(|key| SealKeyView { kid: key.kid().into(), x: key.x().into() }).collect(),
        problems: verdict.findings.into_iter().map(AuditProblem::from).collect(),
    }))
}
