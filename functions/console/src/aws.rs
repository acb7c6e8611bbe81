//! The API in AWS: each call invokes one of its functions with the event that API Gateway would send.

use crate::api::{Api, FUNCTIONS, function_of};
use crate::service::Clock;
use aws_sdk_lambda::Client;
use aws_sdk_lambda::config::timeout::TimeoutConfig;
use aws_sdk_lambda::primitives::Blob;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use platform::aws::{Aws, AwsConfigError};
use platform::telemetry;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// The setting with the names of the API's functions, as `appointments=<name>,auth=<name>`.
const NAMES: &str = "API_FUNCTIONS";
/// A function of the API has 15 seconds, and the console 25.
const TIMEOUT: Duration = Duration::from_secs(18);
/// How long to wait before the one repetition of an invocation that Lambda itself throttled.
const PAUSE: Duration = Duration::from_secs(1);

/// Why the console couldn't start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ConsoleStartError {
    #[error("the environment variable API_FUNCTIONS doesn't name every function of the API")]
    Functions,
    #[error(transparent)]
    Aws(#[from] AwsConfigError),
}

/// Does everything that is needed before the first request.
#[expect(clippy::unused_async, reason = "the other functions start the same way")]
pub async fn start() -> Result<(Arc<dyn Api>, Clock), ConsoleStartError> {
    let level = std::env::var("LOG_LEVEL").ok().and_then(|level| level.parse().ok());
    telemetry::init(level.unwrap_or(tracing::Level::INFO));
    telemetry::hide_panics();
    let names = names(&std::env::var(NAMES).unwrap_or_default()).ok_or(ConsoleStartError::Functions)?;
    let aws = Aws::from_env()?;
    let timeouts = TimeoutConfig::builder().connect_timeout(PAUSE).operation_attempt_timeout(TIMEOUT).build();
    // An invocation that was cut may have had its effect: the user's own repetition has the same idempotency key.
    let retries = aws_sdk_lambda::config::retry::RetryConfig::disabled();
    let config = aws_sdk_lambda::config::Builder::from(&aws.config).timeout_config(timeouts).retry_config(retries);
    let api = InvokedFunctions { client: Client::from_conf(config.build()), names };
    Ok((Arc::new(api), Arc::new(platform::clock::now)))
}

/// The names by function; `None` if one is missing.
fn names(setting: &str) -> Option<BTreeMap<String, String>> {
    let pairs = setting.split(',').filter_map(|pair| pair.trim().split_once('='));
    let names: BTreeMap<String, String> =
        pairs.map(|(function, name)| (function.to_owned(), name.to_owned())).collect();
    FUNCTIONS.iter().all(|function| names.contains_key(*function)).then_some(names)
}

struct InvokedFunctions {
    client: Client,
    names: BTreeMap<String, String>,
}

impl Api for InvokedFunctions {
    fn call(&self, request: Request<Bytes>) -> BoxFuture<'_, Response<Bytes>> {
        async move {
            let name = function_of(request.uri().path()).and_then(|function| self.names.get(function));
            let Some(name) = name else { return empty(StatusCode::NOT_FOUND) };
            let event = event(&request).to_string();
            match self.invoke(name, &event).await {
                Err(InvocationFailed::Throttled) => {
                    tokio::time::sleep(PAUSE).await;
                    self.invoke(name, &event).await
                }
                outcome => outcome,
            }
            .unwrap_or_else(|failed| {
                tracing::error!(function = name, reason = %failed, "a function of the API could not be invoked");
                empty(StatusCode::SERVICE_UNAVAILABLE)
            })
        }
        .boxed()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum InvocationFailed {
    #[error("throttled by the limit of concurrent executions")]
    Throttled,
    #[error("refused or not reached")]
    Refused,
    #[error("the function failed")]
    Function,
    #[error("the answer could not be read")]
    Unreadable,
}

impl InvokedFunctions {
    async fn invoke(&self, name: &str, event: &str) -> Result<Response<Bytes>, InvocationFailed> {
        let sent = self.client.invoke().function_name(name).payload(Blob::new(event)).send().await;
        let output = sent.map_err(|error| match error.as_service_error() {
            Some(error) if error.is_too_many_requests_exception() => InvocationFailed::Throttled,
            _ => InvocationFailed::Refused,
        })?;
        if output.function_error().is_some() {
            return Err(InvocationFailed::Function);
        }
        let payload = output.payload().map(Blob::as_ref).unwrap_or_default();
        response(payload).ok_or(InvocationFailed::Unreadable)
    }
}

fn empty(status: StatusCode) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    response
}

/// The event of a REST API for a request. The address that throttles count is the one of the console's own event.
#[must_use]
pub fn event(request: &Request<Bytes>) -> Value {
    let uri = request.uri();
    let (path, method) = (uri.path(), request.method().as_str());
    let peer = request.extensions().get::<SocketAddr>().map(|peer| peer.ip().to_string()).unwrap_or_default();
    let (mut headers, mut all_headers) = (Map::new(), Map::new());
    for (name, value) in request.headers() {
        let value = String::from_utf8_lossy(value.as_bytes());
        headers.insert(name.to_string(), json!(value));
        all_headers.insert(name.to_string(), json!([value]));
    }
    let (mut query, mut whole_query) = (Map::new(), Map::<String, Value>::new());
    for (name, value) in form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()) {
        query.insert(name.to_string(), json!(value));
        if let Some(values) = whole_query.entry(name.to_string()).or_insert_with(|| json!([])).as_array_mut() {
            values.push(json!(value));
        }
    }
    let body = std::str::from_utf8(request.body()).ok().filter(|body| !body.is_empty());
    let id = request.headers().get("x-request-id").and_then(|id| id.to_str().ok());
    json!({
        "resource": "/{proxy+}",
        "path": path,
        "httpMethod": method,
        "headers": headers,
        "multiValueHeaders": all_headers,
        "queryStringParameters": query,
        "multiValueQueryStringParameters": whole_query,
        "pathParameters": { "proxy": path.trim_start_matches('/') },
        "stageVariables": null,
        "requestContext": {
            "accountId": "",
            "apiId": "console",
            "httpMethod": method,
            "identity": { "sourceIp": peer },
            "path": path,
            "protocol": "HTTP/1.1",
            "requestId": id,
            "resourcePath": "/{proxy+}",
            "stage": "console",
        },
        "body": body,
        "isBase64Encoded": false,
    })
}

/// The answer of a function to API Gateway.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FunctionAnswer {
    status_code: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    multi_value_headers: BTreeMap<String, Vec<String>>,
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

fn response(payload: &[u8]) -> Option<Response<Bytes>> {
    let answer: FunctionAnswer = serde_json::from_slice(payload).ok()?;
    let body = answer.body.unwrap_or_default();
    let body = if answer.is_base64_encoded { STANDARD.decode(body).ok()?.into() } else { Bytes::from(body) };
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(answer.status_code).ok()?;
    let singles = answer.headers.into_iter().map(|(name, value)| (name, vec![value]));
    for (name, values) in singles.chain(answer.multi_value_headers) {
        for value in values {
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(&name), HeaderValue::try_from(value)) {
                response.headers_mut().insert(name, value);
            }
        }
    }
    Some(response)
}

#[cfg(test)]
mod tests {
    use super::*;
    use lambda_http::RequestExt as _;
    use lambda_http::request::RequestContext;

    /// What Lambda's own code makes of the event is the request.
    #[test]
    fn a_function_gets_the_request() {
        let mut request = Request::builder()
            .method("POST")
            .uri("/api/patients/?search=Luc%C3%ADa+F&page_size=8")
            .header("host", "console")
            .header("authorization", "Bearer x")
            .body(Bytes::from_static(b"{\"a\":1}"))
            .unwrap();
        request.extensions_mut().insert(SocketAddr::from(([203, 0, 113, 9], 0)));
        let read = lambda_http::request::from_str(&event(&request).to_string()).unwrap();
        // The path as `web` reads it, without the stage.
        assert_eq!((read.method().as_str(), read.raw_http_path()), ("POST", "/api/patients/"));
        assert_eq!(read.query_string_parameters().first("search"), Some("Lucía F"));
        assert_eq!(read.headers()["authorization"], "Bearer x");
        assert_eq!(read.body().as_ref(), b"{\"a\":1}");
        let Some(RequestContext::ApiGatewayV1(context)) = read.request_context_ref() else { panic!("another format") };
        assert_eq!(context.identity.source_ip.as_deref(), Some("203.0.113.9"));
    }

    #[test]
    fn answers_are_read() {
        let answer = response(br#"{"statusCode":409,"headers":{},"multiValueHeaders":{"etag":["\"3\""]},"body":"{}","isBase64Encoded":false}"#);
        let answer = answer.unwrap();
        assert_eq!((answer.status().as_u16(), answer.body().as_ref()), (409, &b"{}"[..]));
        assert_eq!(answer.headers()["etag"], "\"3\"");
        let encoded = response(br#"{"statusCode":200,"body":"aGk=","isBase64Encoded":true}"#).unwrap();
        assert_eq!(encoded.body().as_ref(), b"hi");
        assert!(response(b"{\"errorMessage\":\"x\"}").is_none() && response(b"").is_none());
    }

    #[test]
    fn every_function_has_to_be_named() {
        let all: String = FUNCTIONS.iter().map(|function| format!("{function}=stack-{function},")).collect();
        assert_eq!(names(&all).unwrap()["auth"], "stack-auth");
        assert!(names("auth=x").is_none() && names("").is_none());
    }
}
