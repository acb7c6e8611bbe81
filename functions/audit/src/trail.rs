//! Handler for the audit trail.

use app::App;
use app::audit;
use axum::extract::State;
use web::{List, Paging, Params, Problem};
use wire::audit::{AuditParams, AuditView};

/// Lists the audit trail, newest first.
#[utoipa::path(get, path = "/api/audit/", tag = "audit", params(AuditParams),
    responses((status = 200, body = List<AuditView>)), extensions(("x-access" = json!("admin"))))]
pub async fn list_audit(
    State(app): State<App>,
    params: Params<AuditParams>,
    page: Paging,
) -> Result<List<AuditView>, Problem> {
    let slice = audit::list_audit(&app, &params.0.into(), page.window()).await?;
    page.list(&app, slice.map(AuditView::from)).await
}
