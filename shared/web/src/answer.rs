//! What handlers answer when all went well.

use crate::problem::Problem;
use app::AppError;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, ETAG, LOCATION};
use http::{HeaderName, HeaderValue, StatusCode};
use serde::Serialize;
use std::fmt::Display;

/// Says that an earlier request had done it.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// 200 and JSON, of what has no version.
#[derive(Debug, Clone)]
pub struct Json<T>(pub T);

/// 204.
#[derive(Debug, Clone, Copy)]
pub struct NoContent;

/// 200: a resource, with its version as `ETag`.
#[derive(Debug, Clone)]
pub struct Shown<T> {
    version: Option<u64>,
    body: T,
}

/// 200: a resource that something was done to.
#[derive(Debug, Clone)]
pub struct Acted<T> {
    shown: Shown<T>,
    replayed: bool,
}

/// 201: a new resource, and where it is.
#[derive(Debug, Clone)]
pub struct Created<T> {
    acted: Acted<T>,
    location: String,
}

impl<T> Shown<T> {
    /// A resource and its version; `None` for what has none.
    pub fn new(version: impl Into<Option<u64>>, body: T) -> Self {
        Self { version: version.into(), body }
    }
}

impl<T> Acted<T> {
    /// A resource, its version, and whether an earlier request had done it.
    pub fn new(version: impl Into<Option<u64>>, replayed: bool, body: T) -> Self {
        Self { shown: Shown::new(version, body), replayed }
    }
}

impl<T> Created<T> {
    /// A resource by the path of its collection (with both slashes) and its id, its version, and
    /// whether an earlier request had made it.
    pub fn new(collection: &str, id: impl Display, version: impl Into<Option<u64>>, replayed: bool, body: T) -> Self {
        Self { acted: Acted::new(version, replayed, body), location: format!("{collection}{id}/") }
    }
}

/// A JSON answer.
pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Response {
    match serde_json::to_vec(body) {
        Ok(text) => {
            let mut response = Response::new(Body::from(text));
            *response.status_mut() = status;
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            response
        }
        Err(error) => Problem::from(AppError::Internal(format!("an answer is no JSON: {error}"))).into_response(),
    }
}

fn with(mut response: Response, name: HeaderName, value: &str) -> Response {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
    response
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        json(StatusCode::OK, &self.0)
    }
}

impl IntoResponse for NoContent {
    fn into_response(self) -> Response {
        StatusCode::NO_CONTENT.into_response()
    }
}

impl<T: Serialize> IntoResponse for Shown<T> {
    fn into_response(self) -> Response {
        let response = json(StatusCode::OK, &self.body);
        match self.version {
            Some(version) => with(response, ETAG, &format!("\"{version}\"")),
            None => response,
        }
    }
}

impl<T: Serialize> IntoResponse for Acted<T> {
    fn into_response(self) -> Response {
        let response = self.shown.into_response();
        if self.replayed { with(response, REPLAYED, "true") } else { response }
    }
}

impl<T: Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        let mut response = with(self.acted.into_response(), LOCATION, &self.location);
        if response.status() == StatusCode::OK {
            *response.status_mut() = StatusCode::CREATED;
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_resource_says_where_it_is() {
        let response = Created::new("/api/things/", 7, 1, true, "body").into_response();
        assert_eq!(response.status(), StatusCode::CREATED);
        assert_eq!(response.headers()[LOCATION], "/api/things/7/");
        assert_eq!(response.headers()[ETAG], "\"1\"");
        assert_eq!(response.headers()[REPLAYED], "true");
    }

    #[test]
    fn what_has_no_version_has_no_tag() {
        let response = Acted::new(None, false, "body").into_response();
        assert_eq!(response.status(), StatusCode::OK);
        assert!(!response.headers().contains_key(ETAG));
        assert!(!response.headers().contains_key(REPLAYED));
    }
}
