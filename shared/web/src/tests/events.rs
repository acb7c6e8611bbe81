//! Lambda events, as API Gateway's REST API (v1) and HTTP API (v2) send them.

use serde_json::{Map, Value, json};

/// Builds the event of one request.
#[derive(Debug, Clone)]
pub(super) struct GatewayEvent {
    method: &'static str,
    path: String,
    query: Vec<(String, String)>,
    headers: Map<String, Value>,
    body: Option<String>,
    v2: bool,
}

impl GatewayEvent {
    /// An event of a REST API with the stage `prod`.
    pub(super) fn new(method: &'static str, url: &str) -> Self {
        let (path, query) = url.split_once('?').unwrap_or((url, ""));
        let query = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        Self { method, path: path.to_owned(), query, headers: Map::new(), body: None, v2: false }
    }

    /// The same of an HTTP API with the stage `prod`.
    pub(super) fn v2(self) -> Self {
        Self { v2: true, ..self }
    }

    pub(super) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.insert(name.to_owned(), value.into());
        self
    }

    pub(super) fn by(self, token: &str) -> Self {
        self.header("Authorization", &format!("Bearer {token}"))
    }

    pub(super) fn text(self, kind: &str, body: &str) -> Self {
        Self { body: Some(body.to_owned()), ..self.header("Content-Type", kind) }
    }

    #[expect(clippy::needless_pass_by_value, reason = "callers write `json!` in place")]
    pub(super) fn body(self, body: Value) -> Self {
        self.text("application/json", &body.to_string())
    }

    pub(super) fn json(&self) -> Value {
        if self.v2 { self.as_v2() } else { self.as_v1() }
    }

    fn as_v1(&self) -> Value {
        let mut parameters = Map::new();
        for (name, value) in &self.query {
            let values = parameters.entry(name).or_insert_with(|| json!([]));
            values.as_array_mut().unwrap().push(value.as_str().into());
        }
        json!({
            "resource": "/{proxy+}", "path": self.path, "httpMethod": self.method,
            "headers": self.headers, "multiValueHeaders": {},
            "multiValueQueryStringParameters": parameters,
            "requestContext": {
                "stage": "prod", "path": format!("/prod{}", self.path), "httpMethod": self.method,
                "resourcePath": "/{proxy+}", "requestId": "gateway-1", "accountId": "1", "apiId": "a",
                "identity": {"sourceIp": "192.0.2.1"},
            },
            "body": self.body, "isBase64Encoded": false,
        })
    }

    fn as_v2(&self) -> Value {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(&self.query);
        let path = format!("/prod{}", self.path);
        json!({
            "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": query.finish(),
            "headers": self.headers,
            "requestContext": {
                "stage": "prod", "requestId": "gateway-2", "accountId": "1", "apiId": "a", "routeKey": "$default",
                "http": {"method": self.method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.2"},
            },
            "body": self.body, "isBase64Encoded": false,
        })
    }
}
