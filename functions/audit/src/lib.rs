//! The audit trail, and whether it is whole: `/api/audit/`.

pub mod trail;
pub mod verification;

use web::{Router, routes};

/// It reaches the table and nothing else.
pub type Reached = platform::TableOnly;

/// The routes of this function.
pub fn router() -> Router {
    Router::default().routes(routes!(trail::list_audit)).routes(routes!(verification::verify_audit))
}
