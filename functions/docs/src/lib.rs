//! What the API is and whether it is up: `/api/schema/`, `/api/docs/`, `/api/health/`.

pub mod page;

use utoipa_axum::routes;
use web::Router;

/// The routes of this function.
pub fn router() -> Router {
    Router::default().routes(routes!(page::health)).routes(routes!(page::schema)).routes(routes!(page::docs))
}
