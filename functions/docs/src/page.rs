//! The handlers.
//!
//! The page is one document with its scripts inside: the contract has no paths for parts of it, and nothing
//! comes from elsewhere. `assets/` has the reference that it shows (Scalar, MIT), as its npm package has it.

use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use utoipa::ToSchema;
use web::Json;

/// Made by the test that compares it with the handlers, so that this function needs none of them.
const OPENAPI: &str = include_str!("../../../infra/openapi.json");
/// Some 3.6 MB; API Gateway compresses it to less than a third. Lambda answers at most 6 MB.
const PAGE: &str = concat!(
    include_str!("page.html"),
    "<script>",
    include_str!("../assets/scalar-1.46.4.js"),
    "</script>\n<script>",
    include_str!("page.js"),
    "</script>\n</html>\n"
);
/// Only these two scripts, by their hashes; and nothing from or to anywhere else. The reference sets styles
/// from its script, which no hash can name.
const POLICY: &str = "default-src 'none'; \
    script-src 'sha256-gbjSvatKQquBRlOGRBuaD5KLaGMTZDYPAOjM5iDMHvs=' 'sha256-ExWgFpj/l5oBXwMmPGeWOglROosJGO4sq22+6W5req4='; \
    style-src 'unsafe-inline'; img-src data:; font-src data:; connect-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

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

/// A page to read and try every operation, after signing in.
#[utoipa::path(get, path = "/api/docs/", tag = "docs",
    responses((status = 200, body = String, content_type = "text/html")), extensions(("x-access" = json!("public"))))]
pub async fn docs() -> Response {
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, POLICY),
        (REFERRER_POLICY, "no-referrer"),
        // It changes with a deployment, and then all of it.
        (CACHE_CONTROL, "private, max-age=3600"),
    ];
    (headers, PAGE).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use sha2::{Digest as _, Sha256};

    fn hash(text: &str) -> String {
        format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)))
    }

    /// The text of each script, as a browser takes it from the page.
    fn scripts() -> Vec<&'static str> {
        let parts = PAGE.split("<script>").skip(1);
        parts.map(|part| part.split("</script").next().unwrap_or_default()).collect()
    }

    #[test]
    fn the_policy_allows_the_scripts_of_the_page_and_no_other() {
        let scripts = scripts();
        assert_eq!(scripts.len(), 2);
        let wanted = format!("script-src {} {}; ", hash(scripts[0]), hash(scripts[1]));
        assert!(POLICY.contains(&wanted), "the policy has to say: {wanted}");
    }

    /// What is served is what its makers published: this is the hash of the file in the npm package.
    #[test]
    fn the_reference_is_as_it_was_published() {
        let hash = Sha256::digest(include_str!("../assets/scalar-1.46.4.js"));
        let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hash, "81b8d2bdab4a42ab81465386441b9a0f928b68631364360f00e8cce620cc1efb");
    }

    /// Lambda refuses an answer of more than 6 MB, in which the page is a JSON text.
    #[test]
    fn the_page_fits_into_an_answer() {
        let bytes = serde_json::to_string(PAGE).map(|text| text.len()).unwrap_or(usize::MAX);
        assert!(bytes < 5_000_000, "{bytes}");
    }
}
