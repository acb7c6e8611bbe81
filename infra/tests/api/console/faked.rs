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
use std::sync::atomic::{AtomicUsize, Ordering};
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

#[derive(Clone)]
struct FakedAnswer {
    status: u16,
    content_type: String,
    body: Bytes,
}

struct FakedApi {
    api: ApiInProcess,
    /// By the end of the path.
    answers: Mutex<Vec<(String, FakedAnswer)>>,
    requests: Mutex<Vec<FakedRequest>>,
    /// All calls, also those of the real API.
    calls: AtomicUsize,
}

impl Api for FakedApi {
    fn call(&self, request: Request<Bytes>) -> BoxFuture<'_, Response<Bytes>> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let path = request.uri().path().to_owned();
        let answers = self.answers.lock().unwrap();
        let faked = answers.iter().rev().find(|(end, _)| path.ends_with(end)).cloned();
        drop(answers);
        let Some((_, faked)) = faked else { return self.api.call(request) };
        let key = request.headers().get("idempotency-key").map(|key| key.to_str().unwrap().to_owned());
        let given = serde_json::from_slice(request.body()).unwrap_or_default();
        self.requests.lock().unwrap().push(FakedRequest {
            path,
            body: given,
            idempotency_key: key.unwrap_or_default(),
        });
        let answer = Response::builder().status(faked.status).header("content-type", faked.content_type);
        let answer = answer.body(faked.body).unwrap();
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
        let api = Arc::new(FakedApi {
            api,
            answers: Mutex::default(),
            requests: Mutex::default(),
            calls: AtomicUsize::new(0),
        });
        let clock = app.clock.clone();
        let console =
            console::service(Arc::clone(&api) as _, Arc::new(move || app::support::ports::Clock::now(&clock)));
        Self { api, console }
    }

    /// What paths with this end are answered with from now on.
    pub(crate) fn answer(&self, end: &str, status: u16, body: &Value) {
        let (content_type, body) = ("application/json".to_owned(), Bytes::from(body.to_string()));
        self.api.answers.lock().unwrap().push((end.to_owned(), FakedAnswer { status, content_type, body }));
    }

    pub(crate) fn answer_bytes(&self, end: &str, content_type: &str, body: &[u8]) {
        let (content_type, body) = (content_type.to_owned(), Bytes::copy_from_slice(body));
        self.api.answers.lock().unwrap().push((end.to_owned(), FakedAnswer { status: 200, content_type, body }));
    }

    /// The requests that got a faked answer.
    pub(crate) fn requests(&self) -> Vec<FakedRequest> {
        self.api.requests.lock().unwrap().clone()
    }

    /// How often the API was called.
    pub(crate) fn calls(&self) -> usize {
        self.api.calls.load(Ordering::SeqCst)
    }

    pub(crate) async fn call(&self, request: Request<Bytes>) -> TestResponse {
        let (answer, body) = self.call_for_bytes(request).await;
        TestResponse { body: Value::String(String::from_utf8_lossy(&body).into_owned()), ..answer }
    }

    /// The answer without its body, and its body.
    pub(crate) async fn call_for_bytes(&self, request: Request<Bytes>) -> (TestResponse, Bytes) {
        let (head, body) = answered(self.console.clone(), request).await.into_parts();
        (TestResponse { status: head.status, headers: head.headers, body: Value::Null }, body)
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
