//! Routes of `/api/audit/`: the audit trail and its verification.

pub mod trail;
pub mod verification;

use web::{Router, routes};

pub const CAPABILITIES: platform::TableOnly = platform::TableOnly;

pub fn router() -> Router {
    Router::default().routes(routes!(trail::list_audit)).routes(routes!(verification::verify_audit))
}
