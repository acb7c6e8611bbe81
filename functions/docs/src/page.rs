//! The handlers.

use axum::http::header::CONTENT_TYPE;
use axum::response::{Html, IntoResponse as _, Response};
use serde::Serialize;
use utoipa::ToSchema;
use web::Json;

/// Made by the test that compares it with the handlers, so that this function needs none of them.
const OPENAPI: &str = include_str!("../../../infra/openapi.json");
const PAGE: &str = include_str!("page.html");

/// Whether the API is up.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HealthView {
    /// Always `ok`: otherwise there is no answer.
    status: &'static str,
}

/// Whether the API is up.
#[utoipa::path(get, path = "/api/health/", tag = "docs", responses((status = 200, body = HealthView)),
    extensions(("x-access" = json!("public"))))]
pub async fn health() -> Json<HealthView> {
    Json(HealthView { status: "ok" })
}

/// The OpenAPI document of exactly these routes.
#[utoipa::path(get, path = "/api/schema/", tag = "docs", responses((status = 200, body = Object)),
    extensions(("x-access" = json!("public"))))]
pub async fn schema() -> Response {
    ([(CONTENT_TYPE, "application/json")], OPENAPI).into_response()
}

/// A page to read.
#[utoipa::path(get, path = "/api/docs/", tag = "docs",
    responses((status = 200, body = String, content_type = "text/html")), extensions(("x-access" = json!("public"))))]
pub async fn docs() -> Html<&'static str> {
    Html(PAGE)
}
