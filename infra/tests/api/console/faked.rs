//! A console on an API of which some paths are faked: those that another change brings, and failures.

use bytes::Bytes;
use console::api::Api;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use http::{Request, Response};
use http_body_util::BodyExt as _;
use lambda_http::Body;
use local::gateway::ApiInProcess;
use serde_json::Value;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use testkit::test_app::{TestApp, TestError, TestResponse};
use tower::ServiceExt as _;

/// A request that was answered with a faked answer.
#[derive(Clone)]
pub(crate) struct FakedRequest {
    pub(crate) path: String,
    pub(crate) body: Value,
    pub(crate) idempotency_key: String,
}

struct FakedApi {
    api: ApiInProcess,
    /// By the end of the path: status and body.
    answers: Mutex<Vec<(String, u16, Value)>>,
    requests: Mutex<Vec<FakedRequest>>,
}

impl Api for FakedApi {
    fn call(&self, request: Request<Bytes>) -> BoxFuture<'_, Response<Bytes>> {
        let path = request.uri().path().to_owned();
        let answers = self.answers.lock().unwrap();
        let faked = answers.iter().rev().find(|(end, _, _)| path.ends_with(end)).cloned();
        drop(answers);
        let Some((_, status, body)) = faked else { return self.api.call(request) };
        let key = request.headers().get("idempotency-key").map(|key| key.to_str().unwrap().to_owned());
        let given = serde_json::from_slice(request.body()).unwrap_or_default();
        self.requests.lock().unwrap().push(FakedRequest {
            path,
            body: given,
            idempotency_key: key.unwrap_or_default(),
        });
        let answer = Response::builder().status(status).body(Bytes::from(body.to_string())).unwrap();
        futures_util::future::ready(answer).boxed()
    }
}

pub(crate) struct FakedConsole {
    api: Arc<FakedApi>,
    console: console::Console,
}

impl FakedConsole {
    pub(crate) fn new(app: &TestApp) -> Self {
        let api = ApiInProcess(app.system.gateway.clone());
        let api = Arc::new(FakedApi { api, answers: Mutex::default(), requests: Mutex::default() });
        let clock = app.clock.clone();
        let console =
            console::service(Arc::clone(&api) as _, Arc::new(move || app::support::ports::Clock::now(&clock)));
        Self { api, console }
    }

    /// What paths with this end are answered with from now on.
    pub(crate) fn answer(&self, end: &str, status: u16, body: &Value) {
        self.api.answers.lock().unwrap().push((end.to_owned(), status, body.clone()));
    }

    /// The requests that got a faked answer.
    pub(crate) fn requests(&self) -> Vec<FakedRequest> {
        self.api.requests.lock().unwrap().clone()
    }

    pub(crate) async fn call(&self, request: Request<Bytes>) -> TestResponse {
        let (head, body) = answered(self.console.clone(), request).await.into_parts();
        let body = Value::String(String::from_utf8_lossy(&body).into_owned());
        TestResponse { status: head.status, headers: head.headers, body }
    }

    /// Serves it for a browser. Returns the address.
    pub(crate) async fn serve(&self) -> Result<String, TestError> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let console = self.console.clone();
        let service = tower::service_fn(move |request: axum::extract::Request| {
            let console = console.clone();
            async move {
                let (head, body) = request.into_parts();
                let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
                let response = answered(console, Request::from_parts(head, body)).await;
                Ok::<_, Infallible>(response.map(axum::body::Body::from))
            }
        });
        tokio::spawn(async move { axum::serve(listener, axum::Router::new().fallback_service(service)).await });
        Ok(url)
    }
}

async fn answered(console: console::Console, request: Request<Bytes>) -> Response<Bytes> {
    let request = request.map(|body| Body::Binary(body.to_vec()));
    let (head, body) = console.oneshot(request).await.unwrap().into_parts();
    Response::from_parts(head, body.collect().await.unwrap().to_bytes())
}
