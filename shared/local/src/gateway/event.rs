//! Converts an HTTP request into an event of API Gateway, in one of two formats. They differ in details that are
//! easily got wrong: repeated headers and parameters, what is decoded, which bodies are base64, and whether the path
//! has the stage.

use super::error_responses::RequestRejection;
use super::host::is_host;
use super::multi::MultiMap;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use domain::time::Instant;
use http::header::{CONTENT_TYPE, COOKIE, HOST, USER_AGENT};
use http::{HeaderName, request};
use serde_json::{Value, json};
use std::net::IpAddr;

/// The stage of the REST API. It isn't part of the event's path, as behind a custom domain.
pub const STAGE: &str = "prod";
/// The longest path with query, in bytes. API Gateway accepts 10,240 together with all headers.
const MAX_TARGET: usize = 8192;

/// Which kind of API sends the event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// A REST API, payload version 1.0: used by the deployment.
    #[default]
    Rest,
    /// An HTTP API, payload version 2.0: used by function URLs and other local tools.
    Http,
}

/// A request to the gateway.
pub(super) struct GatewayRequest<'a> {
    pub(super) head: &'a request::Parts,
    pub(super) body: &'a Bytes,
    pub(super) source_ip: IpAddr,
    pub(super) id: String,
    pub(super) now: Instant,
}

impl GatewayRequest<'_> {
    /// Checks that it can be converted into an event. Lambda's runtime would panic at an invalid host.
    pub(super) fn check(&self) -> Result<(), RequestRejection> {
        let target = self.head.uri.path_and_query().map_or(0, |target| target.as_str().len());
        if target > MAX_TARGET {
            return Err(RequestRejection::TooLong);
        }
        let path_is_one = self.head.uri.path().starts_with('/');
        if path_is_one && is_host(&self.host()) { Ok(()) } else { Err(RequestRejection::Malformed) }
    }

    /// The event as JSON.
    pub(super) fn event(&self, format: Format) -> String {
        match format {
            Format::Rest => self.rest(),
            Format::Http => self.http(),
        }
        .to_string()
    }

    fn rest(&self) -> Value {
        let headers = self.headers();
        let query = self.query();
        let path = self.head.uri.path();
        let method = self.head.method.as_str();
        // The deployment counts every type as binary, so that files can be answers: each body comes in base64.
        let (body, encoded) = (STANDARD.encode(self.body), !self.body.is_empty());
        json!({
            "resource": "/{proxy+}",
            "path": path,
            "httpMethod": method,
            // Of several values the last one wins.
            "headers": headers.map(|values| values.last().cloned().unwrap_or_default().into()),
            "multiValueHeaders": headers.map(|values| values.into()),
            "queryStringParameters": query.or_null(|values| values.last().cloned().unwrap_or_default().into()),
            "multiValueQueryStringParameters": query.or_null(|values| values.into()),
            "pathParameters": { "proxy": path.trim_start_matches('/') },
            "stageVariables": null,
            "requestContext": {
                "accountId": "000000000000",
                "apiId": "local",
                "domainName": self.host(),
                "extendedRequestId": self.id,
                "httpMethod": method,
                "identity": { "sourceIp": self.source_ip, "userAgent": headers.first(&USER_AGENT) },
                // As behind a custom domain: the client's own path has no stage.
                "path": path,
                "protocol": "HTTP/1.1",
                "requestId": self.id,
                "requestTime": self.time(),
                "requestTimeEpoch": self.now.utc().timestamp_millis(),
                "resourcePath": "/{proxy+}",
                "stage": STAGE,
            },
            "body": self.or_null(body),
            "isBase64Encoded": encoded,
        })
    }

    fn http(&self) -> Value {
        let mut headers = self.headers();
        let cookies = headers.take(&COOKIE);
        let path = self.head.uri.path();
        let media_type = headers.first(&CONTENT_TYPE).unwrap_or_default();
        let (body, encoded) = match std::str::from_utf8(self.body) {
            Ok(text) if is_text(&media_type) => (text.to_owned(), false),
            _ => (STANDARD.encode(self.body), true),
        };
        let mut event = json!({
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": path,
            "rawQueryString": self.head.uri.query().unwrap_or_default(),
            "headers": headers.map(|values| values.join(",").into()),
            "requestContext": {
                "accountId": "000000000000",
                "apiId": "local",
                "domainName": self.host(),
                "http": {
                    "method": self.head.method.as_str(),
                    "path": path,
                    "protocol": "HTTP/1.1",
                    "sourceIp": self.source_ip,
                    "userAgent": headers.first(&USER_AGENT),
                },
                "requestId": self.id,
                "routeKey": "$default",
                // A named stage would be part of the path.
                "stage": "$default",
                "time": self.time(),
                "timeEpoch": self.now.utc().timestamp_millis(),
            },
            "isBase64Encoded": encoded && !self.body.is_empty(),
        });
        // Unlike the other format, this one leaves out missing members.
        if let Some(members) = event.as_object_mut() {
            let query = self.query();
            if !query.is_empty() {
                members.insert("queryStringParameters".to_owned(), query.map(|values| values.join(",").into()));
            }
            if !cookies.is_empty() {
                let each = cookies.iter().flat_map(|line| line.split(';')).map(str::trim);
                members.insert("cookies".to_owned(), each.collect());
            }
            if !self.body.is_empty() {
                members.insert("body".to_owned(), body.into());
            }
        }
        event
    }

    /// The headers as the function gets them, with the forwarding headers that API Gateway sets itself.
    fn headers(&self) -> MultiMap {
        let text = |name: &HeaderName| {
            let values = self.head.headers.get_all(name).iter();
            values.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect::<Vec<_>>()
        };
        let mut headers: MultiMap = self.head.headers.keys().map(|name| (name.to_string(), text(name))).collect();
        let host = self.host();
        let mut forwarded_for = text(&HeaderName::from_static("x-forwarded-for"));
        forwarded_for.push(self.source_ip.to_string());
        let port = host.parse::<http::uri::Authority>().ok().and_then(|host| host.port_u16()).unwrap_or(80);
        headers.set("x-forwarded-for", forwarded_for.join(", "));
        headers.set("x-forwarded-proto", "http".to_owned());
        headers.set("x-forwarded-port", port.to_string());
        headers.set(HOST.as_str(), host);
        headers
    }

    /// The query parameters, decoded, in their order.
    fn query(&self) -> MultiMap {
        let mut query = MultiMap::default();
        for (name, value) in form_urlencoded::parse(self.head.uri.query().unwrap_or_default().as_bytes()) {
            query.add(&name, value.into_owned());
        }
        query
    }

    fn host(&self) -> String {
        let header = self.head.headers.get(HOST).map(|host| String::from_utf8_lossy(host.as_bytes()).into_owned());
        header.or_else(|| self.head.uri.authority().map(ToString::to_string)).unwrap_or_else(|| "localhost".to_owned())
    }

    fn time(&self) -> String {
        self.now.utc().format("%d/%b/%Y:%H:%M:%S +0000").to_string()
    }

    fn or_null(&self, body: String) -> Value {
        if self.body.is_empty() { Value::Null } else { body.into() }
    }
}

/// Whether an HTTP API passes a body of this type on as text; every other body is base64.
fn is_text(media_type: &str) -> bool {
    let media_type = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let known = ["application/json", "application/javascript", "application/xml"];
    media_type.starts_with("text/") || known.contains(&media_type.as_str())
}
