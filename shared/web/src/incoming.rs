//! Translates a Lambda event's request into the router's, with the request's id, its language, the caller's IP address
//! and the prefix of the API's public path.

use crate::language;
use axum::extract::{FromRequestParts, Request};
use bytes::Bytes;
use domain::language::Language;
use http::uri::PathAndQuery;
use http::{HeaderMap, Uri, request::Parts};
use lambda_http::request::RequestContext;
use lambda_http::{Body, RequestExt as _};
use std::convert::Infallible;
use std::sync::Arc;

pub const REQUEST_ID: &str = "x-request-id";

/// Every path of the API begins with this, which tells it from a deployment stage in front.
const ROOT: &str = "/api/";

/// A request's metadata, for layers and extractors.
#[derive(Clone)]
pub(crate) struct Incoming {
    /// The client's `X-Request-Id` where it is valid, else Lambda's or a random one.
    pub(crate) request_id: Arc<str>,
    pub(crate) language: Language,
    /// The caller's IP address, as the gateway reports it.
    pub(crate) ip: Option<Arc<str>>,
    /// The part of the client's path before ours: `/prod` behind a stage, else empty.
    pub(crate) prefix: Arc<str>,
    /// In bytes.
    pub(crate) body_length: usize,
}

domain::opaque!(Incoming);

/// The path and query of the request line, before the stage was removed and the trailing slash added: a webhook's
/// signature is computed over it.
#[derive(Clone, PartialEq, Eq)]
pub struct RequestedUrl(pub String);

domain::opaque!(RequestedUrl);

impl<S: Sync> FromRequestParts<S> for RequestedUrl {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let url = parts.extensions.get::<Self>().cloned();
        Ok(url.unwrap_or_else(|| Self(parts.uri.to_string())))
    }
}

/// The router's request, with [`Incoming`] and [`RequestedUrl`] as extensions.
pub(crate) fn translate(request: lambda_http::Request) -> (Incoming, Request) {
    let raw = match request.raw_http_path() {
        "" => request.uri().path(),
        path => path,
    };
    let context = GatewayContext::of(request.request_context_ref());
    let inner = without_stage(raw, context.stage);
    let path = if inner.ends_with('/') { inner.to_owned() } else { format!("{inner}/") };
    let query = request.uri().query().map(str::to_owned);
    let incoming = Incoming {
        request_id: request_id(request.headers(), request.lambda_context_ref().map(|ctx| ctx.request_id.as_str())),
        language: language::preferred_language(request.headers()),
        ip: context.ip.map(Arc::from),
        prefix: prefix(context.path.unwrap_or(raw), inner).into(),
        body_length: request.body().len(),
    };
    let with_query = |path: &str| match &query {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    let requested = RequestedUrl(with_query(raw));
    // A path that isn't valid in a URI becomes `/`, which no route matches.
    let uri = Uri::from(PathAndQuery::try_from(with_query(&path)).unwrap_or(PathAndQuery::from_static("/")));

    let (mut parts, body) = request.into_parts();
    parts.uri = uri;
    parts.extensions.insert(incoming.clone());
    parts.extensions.insert(requested);
    (incoming, Request::from_parts(parts, axum::body::Body::from(bytes(body))))
}

fn bytes(body: Body) -> Bytes {
    match body {
        Body::Text(text) => text.into(),
        Body::Binary(bytes) => bytes.into(),
        _ => Bytes::new(),
    }
}

#[derive(Default)]
struct GatewayContext<'a> {
    stage: Option<&'a str>,
    path: Option<&'a str>,
    ip: Option<&'a str>,
}

impl<'a> GatewayContext<'a> {
    fn of(context: Option<&'a RequestContext>) -> Self {
        match context {
            Some(RequestContext::ApiGatewayV1(context)) => Self {
                stage: context.stage.as_deref(),
                path: context.path.as_deref(),
                ip: context.identity.source_ip.as_deref(),
            },
            Some(RequestContext::ApiGatewayV2(context)) => Self {
                stage: context.stage.as_deref(),
                path: context.http.path.as_deref(),
                ip: context.http.source_ip.as_deref(),
            },
            _ => Self::default(),
        }
    }
}

/// The path without the stage, which HTTP APIs leave in.
fn without_stage<'a>(path: &'a str, stage: Option<&str>) -> &'a str {
    let rest = stage.and_then(|stage| path.strip_prefix('/')?.strip_prefix(stage));
    match rest {
        Some(rest) if rest.starts_with(ROOT) => rest,
        _ => path,
    }
}

/// The part of `outer` before `inner`.
fn prefix<'a>(outer: &'a str, inner: &str) -> &'a str {
    outer.trim_end_matches('/').strip_suffix(inner.trim_end_matches('/')).unwrap_or_default()
}

fn request_id(headers: &HeaderMap, lambda: Option<&str>) -> Arc<str> {
    let client = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok());
    let known = [client, lambda].into_iter().flatten().find(|id| is_request_id(id));
    known.map_or_else(|| uuid::Uuid::new_v4().to_string().into(), Arc::from)
}

fn is_request_id(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stage_is_removed_only_in_front_of_the_api() {
        for (path, stage, expected) in [
            ("/api/patients/", Some("prod"), "/api/patients/"),
            ("/prod/api/patients", Some("prod"), "/api/patients"),
            ("/api/patients/", Some("api"), "/api/patients/"),
            ("/api/api/patients/", Some("api"), "/api/patients/"),
            ("/prod/api/patients/", Some("$default"), "/prod/api/patients/"),
            ("/production/api/x/", Some("prod"), "/production/api/x/"),
            ("/api/patients/", None, "/api/patients/"),
        ] {
            assert_eq!(without_stage(path, stage), expected, "{path} {stage:?}");
        }
    }

    #[test]
    fn the_prefix_is_the_part_of_the_clients_path_before_ours() {
        assert_eq!(prefix("/prod/api/x", "/api/x/"), "/prod");
        assert_eq!(prefix("/api/x/", "/api/x/"), "");
        assert_eq!(prefix("/something/else", "/api/x/"), "");
    }

    #[test]
    fn a_valid_request_id_of_the_client_is_kept() {
        let id = |client: &str, lambda| {
            let mut headers = HeaderMap::new();
            headers.insert(REQUEST_ID, client.parse().unwrap());
            request_id(&headers, lambda).to_string()
        };
        assert_eq!(id("abc-1._Z", None), "abc-1._Z");
        assert_eq!(id("with blank", Some("lambda-1")), "lambda-1");
        assert_eq!(id(&"x".repeat(65), Some("lambda-1")), "lambda-1");
        assert_eq!(id("", None).len(), 36);
        assert_eq!(request_id(&HeaderMap::new(), Some("")).len(), 36);
    }
}
