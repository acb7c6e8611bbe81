//! What does API Gateway make of a request? An event in one of two formats. They differ in what is
//! easily got wrong: repeated headers and parameters, what is decoded, which bodies are base64, and
//! where the stage shows.

use super::answers::Refusal;
use super::host::is_host;
use super::multi::Multi;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use domain::time::Instant;
use http::header::{CONTENT_TYPE, COOKIE, HOST, USER_AGENT};
use http::{HeaderName, request};
use serde_json::{Value, json};
use std::net::IpAddr;

/// The stage of the REST API. It isn't part of the event's path, as behind a custom domain.
pub const STAGE: &str = "prod";
/// Longest path and query, in bytes. API Gateway takes 10,240 with all headers.
const MAX_TARGET: usize = 8192;

/// Which kind of API sends the event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// A REST API, payload version 1.0: what the deployment has.
    #[default]
    Rest,
    /// An HTTP API, payload version 2.0: what function URLs and other local tools send.
    Http,
}

/// A request that has come in.
pub(super) struct Arrival<'a> {
    pub(super) head: &'a request::Parts,
    pub(super) body: &'a Bytes,
    pub(super) source_ip: IpAddr,
    pub(super) id: String,
    pub(super) now: Instant,
}

impl Arrival<'_> {
    /// Whether it gets as far as an event. The runtime would panic at a host that is none.
    pub(super) fn check(&self) -> Result<(), Refusal> {
        let target = self.head.uri.path_and_query().map_or(0, |target| target.as_str().len());
        if target > MAX_TARGET {
            return Err(Refusal::TooLong);
        }
        let path_is_one = self.head.uri.path().starts_with('/');
        if path_is_one && is_host(&self.host()) { Ok(()) } else { Err(Refusal::Malformed) }
    }

    /// The event's JSON.
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
        let (body, encoded) = match std::str::from_utf8(self.body) {
            Ok(text) => (text.to_owned(), false),
            Err(_) => (STANDARD.encode(self.body), true),
        };
        json!({
            "resource": "/{proxy+}",
            "path": path,
            "httpMethod": method,
            // Of several values the last one.
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
                // Named stages would stand in the path.
                "stage": "$default",
                "time": self.time(),
                "timeEpoch": self.now.utc().timestamp_millis(),
            },
            "isBase64Encoded": encoded && !self.body.is_empty(),
        });
        // Unlike the other format, this one leaves out what isn't there.
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

    /// The headers as the function gets them: API Gateway says itself where the request is from.
    fn headers(&self) -> Multi {
        let text = |name: &HeaderName| {
            let values = self.head.headers.get_all(name).iter();
            values.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect::<Vec<_>>()
        };
        let mut headers: Multi = self.head.headers.keys().map(|name| (name.to_string(), text(name))).collect();
        let host = self.host();
        let mut way = text(&HeaderName::from_static("x-forwarded-for"));
        way.push(self.source_ip.to_string());
        let port = host.parse::<http::uri::Authority>().ok().and_then(|host| host.port_u16()).unwrap_or(80);
        headers.set("x-forwarded-for", way.join(", "));
        headers.set("x-forwarded-proto", "http".to_owned());
        headers.set("x-forwarded-port", port.to_string());
        headers.set(HOST.as_str(), host);
        headers
    }

    /// The parameters, decoded, in their order.
    fn query(&self) -> Multi {
        let mut query = Multi::default();
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

/// Whether an HTTP API hands a body on as text; every other one is base64.
fn is_text(media_type: &str) -> bool {
    let media_type = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let known = ["application/json", "application/javascript", "application/xml"];
    media_type.starts_with("text/") || known.contains(&media_type.as_str())
}
