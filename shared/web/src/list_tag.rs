//! The `ETag` of a list's page, and `If-None-Match`: a page that the client has already is answered with 304.
//!
//! The tag is made of the rows, and of whether there is a next and a previous page. Cursors aren't part of it: each
//! answer has new ones. So it is a weak tag: equal pages may differ in their bytes.

use crate::answer;
use crate::hash::{hex, sha256_of_parts};
use crate::problem::Problem;
use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use serde::Serialize;

/// Of a SHA-256 in hexadecimal: 128 bits.
const TAG_LENGTH: usize = 32;

/// Marks the response of a list, whose tag stands for all that the client sees. The version of a single resource
/// doesn't: names that are copied from elsewhere may be others.
#[derive(Debug, Clone, Copy)]
struct IsList;

/// The response of a page, with its tag.
pub(crate) fn response(next: Option<&str>, previous: Option<&str>, results: &impl Serialize) -> Response {
    let written = serde_json::to_vec(results)
        .and_then(|rows| Ok((rows, serde_json::to_string(&next)?, serde_json::to_string(&previous)?)));
    let (rows, next_text, previous_text) = match written {
        Ok(written) => written,
        Err(error) => return Problem::from(answer::unwritable(&error)).into_response(),
    };
    let ends = [u8::from(next.is_some()), u8::from(previous.is_some())];
    let mut tag = hex(&sha256_of_parts([rows.as_slice(), &ends]));
    tag.truncate(TAG_LENGTH);
    // The rows are written once, for the tag and for the body.
    let head = format!("{{\"next\":{next_text},\"previous\":{previous_text},\"results\":");
    let body = [head.as_bytes(), &rows, b"}"].concat();
    let mut response = answer::json_response(StatusCode::OK, body);
    if let Ok(tag) = HeaderValue::try_from(format!("W/\"{tag}\"")) {
        response.headers_mut().insert(ETAG, tag);
        response.extensions_mut().insert(IsList);
    }
    response
}

/// The tags of a request's `If-None-Match`.
pub(crate) struct KnownTags(Vec<String>);

domain::opaque!(KnownTags);

impl KnownTags {
    pub(crate) fn of(method: &Method, headers: &HeaderMap) -> Self {
        let is_read = method == Method::GET || method == Method::HEAD;
        let lines = headers.get_all(IF_NONE_MATCH).iter().filter(|_| is_read).filter_map(|line| line.to_str().ok());
        Self(lines.flat_map(|line| line.split(',')).map(|tag| opaque_part(tag).to_owned()).collect())
    }

    /// 304 without a body where the client has this page already.
    pub(crate) fn not_modified(&self, mut response: Response) -> Response {
        let is_list = response.extensions_mut().remove::<IsList>().is_some();
        let tag = response.headers().get(ETAG).and_then(|tag| tag.to_str().ok()).map(opaque_part);
        let is_known = tag.is_some_and(|tag| self.0.iter().any(|known| known == tag || known == "*"));
        if is_list && is_known && response.status() == StatusCode::OK {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            *response.body_mut() = Body::empty();
            response.headers_mut().remove(CONTENT_TYPE);
            response.headers_mut().remove(CONTENT_LENGTH);
        }
        response
    }
}

/// A tag without `W/`: `If-None-Match` compares weakly (RFC 9110, section 13.1.2).
fn opaque_part(tag: &str) -> &str {
    let tag = tag.trim();
    tag.strip_prefix("W/").unwrap_or(tag)
}
