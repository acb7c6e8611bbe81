//! Processes a request, from the Lambda event to the response:
//!
//! 1. The path is normalised: no stage in front, a slash at the end.
//! 2. The request gets an id and a language.
//! 3. The router finds the route, whose layer makes the checks of [`crate::authorize`].
//! 4. The handler returns a response or a problem, or panics.
//! 5. A page of a list that the client has already becomes 304.
//! 6. A problem is rendered as `application/problem+json` in the caller's language.
//! 7. One line is logged, without path, query, body and IP address.

use crate::authorize::{Authenticator, AuthorizationState, MatchedRoute, TokenAuthenticator, authorize};
use crate::incoming::{Incoming, REQUEST_ID, translate};
use crate::list_tag::KnownTags;
use crate::policy::Policy;
use crate::problem::Problem;
use crate::{Router, render};
use app::{App, AppError};
use axum::response::Response;
use futures_util::FutureExt as _;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, LOCATION, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, Method};
use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tower::Service as _;

/// A function's routes as a service of Lambda requests. Cheap to clone.
#[derive(Clone)]
pub struct Service {
    router: axum::Router,
}

#[must_use]
pub fn service(router: Router, app: App) -> Service {
    Service::new(router, app, Arc::new(TokenAuthenticator))
}

/// Runs a function's routes under the Lambda runtime, until the process ends.
pub async fn serve(router: Router, app: App) -> Result<(), lambda_http::Error> {
    lambda_http::run(service(router, app)).await
}

impl Service {
    /// For tests with an authenticator of their own; else [`service()`].
    #[must_use]
    pub fn new(router: Router, app: App, authenticator: Arc<dyn Authenticator>) -> Self {
        let (mut router, declared) = router.into_parts();
        let gate = AuthorizationState {
            app: app.clone(),
            policy: Arc::new(Policy::from_declarations(declared)),
            authenticator,
        };
        if router.has_routes() {
            router = router.route_layer(axum::middleware::from_fn_with_state(gate, authorize));
        }
        Self { router: router.with_state(app) }
    }

    async fn answer(mut self, request: lambda_http::Request) -> Response {
        let started = Instant::now();
        let method = request.method().clone();
        let known = KnownTags::of(&method, request.headers());
        let (incoming, request) = translate(request);
        // A panic ends this request and not the process. The handler's values are dropped, so that no later request
        // sees a half-made change.
        let handled = AssertUnwindSafe(self.router.call(request)).catch_unwind().await;
        let response = match handled {
            Ok(Ok(response)) => response,
            Ok(Err(never)) => match never {},
            Err(_) => axum::response::IntoResponse::into_response(Problem::from(AppError::Internal(
                "a handler panicked".into(),
            ))),
        };
        finish(known.not_modified(response), &incoming, &method, started)
    }
}

impl tower::Service<lambda_http::Request> for Service {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: lambda_http::Request) -> Self::Future {
        Box::pin(self.clone().answer(request).map(Ok))
    }
}

/// Renders a problem, sets the headers of every response, and logs the request.
fn finish(mut response: Response, incoming: &Incoming, method: &Method, started: Instant) -> Response {
    let route = response.extensions_mut().remove::<MatchedRoute>();
    let problem = problem_of(&mut response);
    if let Some(problem) = &problem {
        let mut rendered = render::response(problem, incoming.language, &incoming.request_id);
        render::carry_over(response.headers(), rendered.headers_mut());
        response = rendered;
    }
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(&incoming.request_id) {
        headers.insert(REQUEST_ID, id);
    }
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let outer = headers.get(LOCATION).and_then(|inner| inner.to_str().ok()).filter(|inner| inner.starts_with('/'));
    if let Some(Ok(outer)) = outer.map(|inner| HeaderValue::try_from(format!("{}{inner}", incoming.prefix))) {
        headers.insert(LOCATION, outer);
    }
    let route = route.as_ref().map_or("-", |route| route.0.as_str());
    log(&response, problem.as_deref(), incoming, method, route, started.elapsed());
    response
}

/// The problem of a response; made from the status where the router itself refused.
fn problem_of(response: &mut Response) -> Option<Arc<Problem>> {
    if let Some(problem) = response.extensions_mut().remove::<Arc<Problem>>() {
        return Some(problem);
    }
    let status = response.status();
    let rendered = response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == render::PROBLEM_JSON);
    let refused = status.is_client_error() || status.is_server_error();
    let allow = response.headers().get(ALLOW).and_then(|allow| allow.to_str().ok());
    (refused && !rendered).then(|| Arc::new(Problem::from_status(status, allow)))
}

fn log(
    response: &Response,
    problem: Option<&Problem>,
    incoming: &Incoming,
    method: &Method,
    route: &str,
    took: Duration,
) {
    let status = response.status().as_u16();
    let code = problem.map_or("-", |problem| problem.code().name());
    let request_id = &*incoming.request_id;
    let milliseconds = took.as_secs_f64() * 1000.0;
    if let Some(reason) = problem.and_then(Problem::internal_reason).as_deref() {
        tracing::error!(%method, route, status, code, milliseconds, request_id, reason, "failed to answer a request");
    } else {
        tracing::info!(%method, route, status, code, milliseconds, request_id, "answered a request");
    }
}
