//! Handlers for the OpenAPI document, its reference page and the health check.
//!
//! The page is a single HTML document with inline scripts: the API has no paths for assets, and the page loads
//! nothing from other servers. `assets/` contains the API reference (Scalar, MIT) as published in its npm package.

use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY};
use axum::response::{IntoResponse as _, Response};
use web::Json;
use wire::health::HealthView;

/// Generated from the handlers (a test compares them), so that this function doesn't link the other functions.
const OPENAPI: &str = include_str!("../../../infra/openapi.json");
/// About 3.6 MB; API Gateway compresses it to less than a third. Lambda's limit for a response is 6 MB.
const PAGE: &str = concat!(
    include_str!("page.html"),
    "<script>",
    include_str!("../assets/scalar-1.46.4.js"),
    "</script>\n<script>",
    include_str!("page.js"),
    "</script>\n</html>\n"
);
/// Allows the two scripts by their hashes, and requests to this API only. Inline styles are allowed because the
/// reference's script sets them, and hashes can't cover those.
const POLICY: &str = "default-src 'none'; \
    script-src 'sha256-gbjSvatKQquBRlOGRBuaD5KLaGMTZDYPAOjM5iDMHvs=' 'sha256-Ztm1MDu4eBl5tHkOtJY1YKctotySYxFXYdwWe4551SI='; \
    style-src 'unsafe-inline'; img-src data:; font-src data:; connect-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Tells whether the API is up.
#[utoipa::path(get, path = "/api/health/", tag = "docs", responses((status = 200, body = HealthView)),
    extensions(("x-access" = json!("public"))))]
pub async fn health() -> Json<HealthView> {
    Json(HealthView::OK)
}

/// Returns the OpenAPI document of this API.
#[utoipa::path(get, path = "/api/schema/", tag = "docs", responses((status = 200, body = Object)),
    extensions(("x-access" = json!("public"))))]
pub async fn schema() -> Response {
    ([(CONTENT_TYPE, "application/json")], OPENAPI).into_response()
}

/// Returns the reference page, on which every operation can be tried.
#[utoipa::path(get, path = "/api/docs/", tag = "docs",
    responses((status = 200, body = String, content_type = "text/html")), extensions(("x-access" = json!("public"))))]
pub async fn docs() -> Response {
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, POLICY),
        (REFERRER_POLICY, "no-referrer"),
        // The page changes with a deployment only.
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

    /// The text of each script as a browser hashes it.
    fn scripts() -> Vec<&'static str> {
        let parts = PAGE.split("<script>").skip(1);
        parts.map(|part| part.split("</script").next().unwrap_or_default()).collect()
    }

    #[test]
    fn the_policy_allows_only_the_scripts_of_the_page() {
        let scripts = scripts();
        assert_eq!(scripts.len(), 2);
        let wanted = format!("script-src {} {}; ", hash(scripts[0]), hash(scripts[1]));
        assert!(POLICY.contains(&wanted), "the policy has to say: {wanted}");
    }

    /// The hash of the file in the npm package.
    #[test]
    fn the_reference_is_the_published_file() {
        let hash = Sha256::digest(include_str!("../assets/scalar-1.46.4.js"));
        let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hash, "81b8d2bdab4a42ab81465386441b9a0f928b68631364360f00e8cce620cc1efb");
    }

    /// Lambda's limit of 6 MB applies to the response in which the page is a JSON string.
    #[test]
    fn the_page_fits_into_a_lambda_response() {
        let bytes = serde_json::to_string(PAGE).map(|text| text.len()).unwrap_or(usize::MAX);
        assert!(bytes < 5_000_000, "{bytes}");
    }
}
