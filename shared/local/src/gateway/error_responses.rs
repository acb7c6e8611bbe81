//! The gateway's own error responses: problem details as the deployment's gateway responses have them, in their one
//! language.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName};
use http::{HeaderValue, Response, StatusCode};
use serde_json::json;

/// Why the gateway rejects a request before it reaches a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RequestRejection {
    /// The host or the path is not valid.
    Malformed,
    /// The path and query are longer than API Gateway accepts.
    TooLong,
}

pub(super) fn not_found(id: &str) -> Response<Bytes> {
    problem(StatusCode::NOT_FOUND, "not_found", "No encontrado", id)
}

pub(super) fn rejected(rejection: RequestRejection, id: &str) -> Response<Bytes> {
    match rejection {
        RequestRejection::Malformed => problem(StatusCode::BAD_REQUEST, "malformed", "Solicitud mal formada", id),
        RequestRejection::TooLong => problem(StatusCode::URI_TOO_LONG, "too_large", "Solicitud demasiado grande", id),
    }
}

pub(super) fn function_failed(id: &str) -> Response<Bytes> {
    problem(StatusCode::BAD_GATEWAY, "internal_error", "Error interno", id)
}

fn problem(status: StatusCode, code: &str, title: &str, id: &str) -> Response<Bytes> {
    let body = json!({ "type": format!("urn:citas:problem:{code}"), "title": title, "status": status.as_u16(), "code": code, "instance": id });
    let mut response = Response::new(body.to_string().into());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    if let Ok(id) = HeaderValue::from_str(id) {
        response.headers_mut().insert(HeaderName::from_static("x-request-id"), id);
    }
    response
}
