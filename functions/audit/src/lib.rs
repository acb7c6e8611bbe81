//! The audit trail: `/api/audit/`.

pub mod trail;

use utoipa_axum::routes;
use web::Router;

/// The routes of this function.
pub fn router() -> Router {
    Router::default().routes(routes!(trail::list_audit))
}
