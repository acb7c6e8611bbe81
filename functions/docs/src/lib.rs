//! What the API is and whether it is up: `/api/schema/`, `/api/docs/`, `/api/health/`.

pub mod page;

use web::{Router, routes};

/// It reaches the table and nothing else.
pub type Reached = platform::TableOnly;

/// The routes of this function.
pub fn router() -> Router {
    Router::default().routes(routes!(page::health)).routes(routes!(page::schema)).routes(routes!(page::docs))
}
