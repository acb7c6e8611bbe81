//! A fake of the Lambda API with one function. It records the headers of every call.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use serde_json::Value;
use std::sync::{Arc, Mutex};
use testkit::test_app::{TestApp, TestError};
use tokio::net::TcpListener;
use tokio::task::AbortHandle;

/// The name of its only function.
pub(super) const FUNCTION: &str = "citas-auth-admin";

/// How the fake handles an invocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LambdaBehaviour {
    Succeeds,
    /// Answers 403: the caller may not invoke the function.
    Forbids,
    /// Runs the function, then answers that it crashed.
    Crashes,
}

/// A running fake. It stops when it is dropped.
pub(super) struct FakeLambda {
    pub(super) endpoint: String,
    pub(super) state: Arc<LambdaState>,
    serving: AbortHandle,
}

pub(super) struct LambdaState {
    pub(super) app: TestApp,
    pub(super) behaviour: Mutex<LambdaBehaviour>,
    /// The headers of each call.
    pub(super) calls: Mutex<Vec<HeaderMap>>,
}

impl FakeLambda {
    pub(super) async fn start(app: TestApp) -> Result<Self, TestError> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let endpoint = format!("http://{}", listener.local_addr()?);
        let state =
            Arc::new(LambdaState { app, behaviour: Mutex::new(LambdaBehaviour::Succeeds), calls: Mutex::default() });
        let routes = Router::new()
            .route("/2015-03-31/functions/{name}/invocations", post(invoke))
            .with_state(Arc::clone(&state));
        let serving = tokio::spawn(axum::serve(listener, routes).into_future()).abort_handle();
        Ok(Self { endpoint, state, serving })
    }
}

impl Drop for FakeLambda {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn invoke(
    State(state): State<Arc<LambdaState>>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: String,
) -> Response {
    state.calls.lock().unwrap().push(headers);
    let behaviour = *state.behaviour.lock().unwrap();
    if name != FUNCTION {
        return StatusCode::NOT_FOUND.into_response();
    }
    if behaviour == LambdaBehaviour::Forbids {
        return StatusCode::FORBIDDEN.into_response();
    }
    let event: Value = serde_json::from_str(&body).unwrap();
    let answer = super::invoke(&state.app, event).await.unwrap();
    match behaviour {
        LambdaBehaviour::Crashes => {
            ([("x-amz-function-error", "Unhandled")], r#"{"errorType":"Runtime.ExitError"}"#).into_response()
        }
        _ => answer.to_string().into_response(),
    }
}
