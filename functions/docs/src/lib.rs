//! Routes of `/api/schema/`, `/api/docs/` and `/api/health/`: the OpenAPI document, a page for it, a health check.

pub mod page;

use web::{Router, routes};

pub const CAPABILITIES: platform::TableOnly = platform::TableOnly;

pub fn router() -> Router {
    Router::default().routes(routes!(page::health)).routes(routes!(page::schema)).routes(routes!(page::docs))
}
