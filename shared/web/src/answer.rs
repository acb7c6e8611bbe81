//! Successful responses: what a handler returns when it did what was asked.

use crate::problem::Problem;
use app::AppError;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, ETAG, LOCATION};
use http::{HeaderName, HeaderValue, StatusCode};
use serde::Serialize;
use std::fmt::Display;

/// The response repeats the outcome of an earlier request with the same `Idempotency-Key`.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// 200 with a JSON body, without an `ETag`.
#[derive(Debug, Clone)]
pub struct Json<T>(pub T);

/// 200 with a JSON body that may be too large for Lambda.
pub struct LargeJson(Vec<u8>);

domain::opaque!(LargeJson);

/// 200 with a spreadsheet to download, as CSV.
pub struct Csv {
    text: String,
    file_name: String,
}

domain::opaque!(Csv);

/// 200 with a file from outside, to be shown. As every response it says that it is of no other type.
pub struct FileContent {
    content_type: &'static str,
    file_name: String,
    bytes: Vec<u8>,
}

domain::opaque!(FileContent);

#[derive(Debug, Clone, Copy)]
pub struct NoContent;

/// 200: a resource, with its version as `ETag`.
#[derive(Debug, Clone)]
pub struct Versioned<T> {
    version: Option<u64>,
    body: T,
}

/// 200: a resource that the request changed.
#[derive(Debug, Clone)]
pub struct Changed<T> {
    resource: Versioned<T>,
    replayed: bool,
}

/// 201: a new resource, with its `Location`.
#[derive(Debug, Clone)]
pub struct Created<T> {
    resource: Changed<T>,
    location: String,
}

impl<T> Versioned<T> {
    /// `version` is `None` for a resource without one: there is no `ETag` then.
    pub fn new(version: impl Into<Option<u64>>, body: T) -> Self {
        Self { version: version.into(), body }
    }
}

impl<T> Changed<T> {
    /// `replayed`: an earlier request with the same `Idempotency-Key` had made the change.
    pub fn new(version: impl Into<Option<u64>>, replayed: bool, body: T) -> Self {
        Self { resource: Versioned::new(version, body), replayed }
    }
}

impl<T> Created<T> {
    /// `collection` is a path with both slashes, as `/api/patients/`. `replayed`: an earlier request with the same
    /// `Idempotency-Key` had created the resource.
    pub fn new(collection: &str, id: impl Display, version: impl Into<Option<u64>>, replayed: bool, body: T) -> Self {
        Self { resource: Changed::new(version, replayed, body), location: format!("{collection}{id}/") }
    }
}

/// The longest body of a response. Lambda allows 6 MB for the response as JSON, in which the body is a text, with its
/// headers.
pub const MAX_BODY: usize = 6 * 1024 * 1024 - 16 * 1024;

impl LargeJson {
    /// `None` if the body doesn't fit into a response.
    ///
    /// # Errors
    /// [`AppError::Internal`] if it has no form as JSON.
    pub fn new(body: &impl Serialize) -> Result<Option<Self>, AppError> {
        let text = to_json(body)?;
        // Quotes and backslashes are escaped once more.
        let escaped = text.iter().filter(|byte| matches!(byte, b'"' | b'\\')).count();
        Ok((text.len() + escaped <= MAX_BODY).then_some(Self(text)))
    }
}

impl Csv {
    /// `None` if the text doesn't fit into a response. The file's name is ASCII without quotes.
    #[must_use]
    pub fn new(file_name: String, text: String) -> Option<Self> {
        // Line ends are escaped, too.
        let escaped = text.bytes().filter(|byte| matches!(byte, b'"' | b'\\' | b'\r' | b'\n' | b'\t')).count();
        (text.len() + escaped <= MAX_BODY).then_some(Self { text, file_name })
    }
}

impl FileContent {
    /// The file's name is ASCII without quotes.
    #[must_use]
    pub fn new(content_type: &'static str, file_name: String, bytes: Vec<u8>) -> Self {
        Self { content_type, file_name, bytes }
    }
}

pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Response {
    match to_json(body) {
        Ok(text) => json_response(status, text),
        Err(error) => Problem::from(error).into_response(),
    }
}

fn to_json(body: &impl Serialize) -> Result<Vec<u8>, AppError> {
    serde_json::to_vec(body).map_err(|error| unwritable(&error))
}

/// The body has no form as JSON.
pub(crate) fn unwritable(error: &serde_json::Error) -> AppError {
    AppError::Internal(format!("the response could not be written as JSON: {error}"))
}

pub(crate) fn json_response(status: StatusCode, text: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn with_header(mut response: Response, name: HeaderName, value: &str) -> Response {
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

impl IntoResponse for LargeJson {
    fn into_response(self) -> Response {
        json_response(StatusCode::OK, self.0)
    }
}

impl IntoResponse for Csv {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.text));
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
        with_header(response, CONTENT_DISPOSITION, &format!("attachment; filename=\"{}\"", self.file_name))
    }
}

impl IntoResponse for FileContent {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.bytes));
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        with_header(response, CONTENT_DISPOSITION, &format!("inline; filename=\"{}\"", self.file_name))
    }
}

impl IntoResponse for NoContent {
    fn into_response(self) -> Response {
        StatusCode::NO_CONTENT.into_response()
    }
}

impl<T: Serialize> IntoResponse for Versioned<T> {
    fn into_response(self) -> Response {
        let response = json(StatusCode::OK, &self.body);
        match self.version {
            Some(version) => with_header(response, ETAG, &format!("\"{version}\"")),
            None => response,
        }
    }
}

impl<T: Serialize> IntoResponse for Changed<T> {
    fn into_response(self) -> Response {
        let response = self.resource.into_response();
        if self.replayed { with_header(response, REPLAYED, "true") } else { response }
    }
}

impl<T: Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        let mut response = with_header(self.resource.into_response(), LOCATION, &self.location);
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
    fn a_created_resource_has_its_location_and_version() {
        let response = Created::new("/api/things/", 7, 1, true, "body").into_response();
        assert_eq!(response.status(), StatusCode::CREATED);
        assert_eq!(response.headers()[LOCATION], "/api/things/7/");
        assert_eq!(response.headers()[ETAG], "\"1\"");
        assert_eq!(response.headers()[REPLAYED], "true");
    }

    #[test]
    fn a_body_that_lambda_does_not_pass_on_is_no_response() {
        let fits = |text: String| LargeJson::new(&text).unwrap().is_some();
        // Each of the two quotes around it is escaped.
        assert!(fits("á".repeat(MAX_BODY / 2 - 2)) && !fits("á".repeat(MAX_BODY / 2 - 1)));
        // A quote of the text is three characters there.
        assert!(fits("\"".repeat(MAX_BODY / 4 - 1)) && !fits("\"".repeat(MAX_BODY / 4)));
    }

    #[test]
    fn a_spreadsheet_is_a_file_unless_lambda_does_not_pass_it_on() {
        let fits = |text: String| Csv::new("citas.csv".to_owned(), text).is_some();
        assert!(fits("á".repeat(MAX_BODY / 2)) && !fits("á".repeat(MAX_BODY / 2 + 1)));
        assert!(fits("\r\n".repeat(MAX_BODY / 4)) && !fits("\r\n".repeat(MAX_BODY / 4 + 1)));
        let response = Csv::new("citas.csv".to_owned(), "id\r\n".to_owned()).unwrap().into_response();
        assert_eq!(response.headers()[CONTENT_TYPE], "text/csv; charset=utf-8");
        assert_eq!(response.headers()[CONTENT_DISPOSITION], "attachment; filename=\"citas.csv\"");
    }

    #[test]
    fn a_resource_without_a_version_has_no_etag() {
        let response = Changed::new(None, false, "body").into_response();
        assert_eq!(response.status(), StatusCode::OK);
        assert!(!response.headers().contains_key(ETAG));
        assert!(!response.headers().contains_key(REPLAYED));
    }
}
