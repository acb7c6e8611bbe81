//! Whether a day's trail is whole: what clients see, and the handler.

use app::App;
use app::audit::seals;
use app::audit::seals::inspection::Finding;
use app::audit::seals::verification::{MOST_ROWS, verify_day};
use axum::extract::State;
use domain::time::parse_date;
use domain::violation::Violations;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use web::{Json, Params, Problem};

/// What is to be said of a day's trail.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AuditVerification {
    /// The UTC day.
    #[schema(format = Date)]
    date: String,
    /// Whether everything that is sealed of it is as it was, and nothing that ought to be sealed isn't.
    is_whole: bool,
    /// Up to when all of the trail is sealed. Of what came later nothing can be said yet.
    #[schema(format = DateTime)]
    sealed_until: Option<String>,
    /// How many rows are sealed.
    rows: usize,
    /// How many aren't yet.
    unsealed_rows: usize,
    /// How many seals there are.
    seals: usize,
    /// The Ed25519 keys that the seals were held against, the one that signs first: to be noted down, for
    /// `cargo citas audit verify`.
    public_keys: Vec<SealKeyView>,
    /// What is wrong.
    problems: Vec<AuditProblem>,
}

/// A key that verifies seals.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SealKeyView {
    /// Its id.
    kid: String,
    /// The key in base64url.
    x: String,
}

/// Something that is wrong with a stretch of the trail.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AuditProblem {
    /// Which of the parts that a day's trail is kept in.
    shard: u8,
    /// From when …
    #[schema(format = DateTime)]
    window_start: String,
    /// … until when.
    #[schema(format = DateTime)]
    window_end: String,
    /// `deleted`, `inserted`, `replaced`, `reordered`, `edited`, `seal_missing`, `bad_seal`, `bad_signature`,
    /// `broken_chain`, `not_sealed` (from before there were seals) or `too_many_rows` (for one request).
    #[schema(example = "edited")]
    problem: &'static str,
}

impl From<Finding> for AuditProblem {
    fn from(finding: Finding) -> Self {
        Self {
            shard: finding.shard,
            window_start: finding.from.rfc3339(),
            window_end: finding.to.rfc3339(),
            problem: finding.problem.name(),
        }
    }
}

/// Which day.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct VerificationParams {
    /// The UTC day; today if left out.
    date: Option<String>,
}

/// Holds a day's trail against its seals.
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
    let verdict = verify_day(&app.table, &keys, date, app.now(), MOST_ROWS).await.map_err(app::AppError::from)?;
    Ok(Json(AuditVerification {
        date: verdict.day.to_string(),
        is_whole: verdict.is_whole(),
        sealed_until: verdict.sealed_until.map(|until| until.rfc3339()),
        rows: verdict.rows,
        unsealed_rows: verdict.unsealed_rows,
        seals: verdict.seals,
        public_keys: keys.iter().map(|key| SealKeyView { kid: key.kid().into(), x: key.x().into() }).collect(),
        problems: verdict.findings.into_iter().map(AuditProblem::from).collect(),
    }))
}
