//! A Lambda that only pretends: it has one function, and sees who asks and how.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use serde_json::Value;
use std::sync::{Arc, Mutex};
use testkit::test_app::{TestApp, Trouble};
use tokio::net::TcpListener;
use tokio::task::AbortHandle;

/// The function that it has.
pub(super) const FUNCTION: &str = "citas-auth-admin";

/// What becomes of an invocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mood {
    Well,
    /// The caller has no right to it.
    Forbids,
    /// The function does it, and crashes then.
    Crashes,
}

/// A running one.
pub(super) struct Lambda {
    pub(super) endpoint: String,
    pub(super) shared: Arc<Shared>,
    serving: AbortHandle,
}

pub(super) struct Shared {
    pub(super) app: TestApp,
    pub(super) mood: Mutex<Mood>,
    /// The headers of each call.
    pub(super) calls: Mutex<Vec<HeaderMap>>,
}

impl Lambda {
    pub(super) async fn start(app: TestApp) -> Result<Self, Trouble> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let endpoint = format!("http://{}", listener.local_addr()?);
        let shared = Arc::new(Shared { app, mood: Mutex::new(Mood::Well), calls: Mutex::default() });
        let routes = Router::new()
            .route("/2015-03-31/functions/{name}/invocations", post(invoke))
            .with_state(Arc::clone(&shared));
        let serving = tokio::spawn(axum::serve(listener, routes).into_future()).abort_handle();
        Ok(Self { endpoint, shared, serving })
    }
}

impl Drop for Lambda {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn invoke(
    State(shared): State<Arc<Shared>>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: String,
) -> Response {
    shared.calls.lock().unwrap().push(headers);
    let mood = *shared.mood.lock().unwrap();
    if name != FUNCTION {
        return StatusCode::NOT_FOUND.into_response();
    }
    if mood == Mood::Forbids {
        return StatusCode::FORBIDDEN.into_response();
    }
    let event: Value = serde_json::from_str(&body).unwrap();
    let answer = super::invoke(&shared.app, event).await.unwrap();
    match mood {
        Mood::Crashes => {
            ([("x-amz-function-error", "Unhandled")], r#"{"errorType":"Runtime.ExitError"}"#).into_response()
        }
        _ => answer.to_string().into_response(),
    }
}
