//! The console as a service of Lambda requests.
//!
//! 1. An unknown path of the API is answered as the API answers, an asset from memory.
//! 2. A form of another site is refused before anything else is read of it.
//! 3. Without a token the session is renewed, or the browser is led to the sign-in page.
//! 4. The screen answers; a failure becomes a page or a notice.
//! 5. One line is logged, without path, query, body, cookies and address.

use crate::answer::Answer;
use crate::api::{Api, ScreenError};
use crate::request::PageRequest;
use crate::routes::{self, RouteMatch};
use crate::{assets, parts, session};
use bytes::Bytes;
use domain::time::Instant;
use futures_util::FutureExt as _;
use http::header::CONTENT_DISPOSITION;
use http::{HeaderValue, Method, Response};
use lambda_http::Body;
use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// The current time.
pub type Clock = Arc<dyn Fn() -> Instant + Send + Sync>;

/// Cheap to clone.
#[derive(Clone)]
pub struct Console {
    api: Arc<dyn Api>,
    clock: Clock,
}

domain::opaque!(Console);

#[must_use]
pub fn service(api: Arc<dyn Api>, clock: Clock) -> Console {
    Console { api, clock }
}

impl Console {
    async fn answer(self, request: lambda_http::Request) -> Response<Body> {
        let started = std::time::Instant::now();
        let mut request = PageRequest::of(request, Arc::clone(&self.api), (self.clock)());
        let found = routes::find(&request.path);
        let route = found.as_ref().map_or("-", |found| found.route.pattern);
        // A panic ends this request and not the process.
        let answer = AssertUnwindSafe(answer(&mut request, found)).catch_unwind().await;
        let answer = answer.unwrap_or_else(|_| parts::failure::render(&request, &ScreenError::Unreadable));
        let is_head = request.method == Method::HEAD;
        let mut response = answer.into_response(request.if_none_match().as_deref(), is_head, request.is_https());
        if let Ok(id) = HeaderValue::from_str(request.request_id()) {
            response.headers_mut().insert("x-request-id", id);
        }
        let milliseconds = started.elapsed().as_secs_f64() * 1000.0;
        let (method, status, request_id) = (&request.method, response.status().as_u16(), request.request_id());
        tracing::info!(%method, route, status, milliseconds, request_id, "answered a request");
        let (head, body) = response.into_parts();
        let is_file = head.headers.contains_key(CONTENT_DISPOSITION);
        let body = if is_file { Body::Binary(body.to_vec()) } else { text(&body) };
        Response::from_parts(head, body)
    }
}

/// Text, so that API Gateway sends it as it is. A patient's file is base64 in the function's answer.
fn text(body: &Bytes) -> Body {
    if body.is_empty() { Body::Empty } else { Body::Text(String::from_utf8_lossy(body).into_owned()) }
}

async fn answer(request: &mut PageRequest, found: Option<RouteMatch>) -> Answer {
    if request.path == "/api" || request.path.starts_with("/api/") {
        return Answer::unknown_api_path(request.request_id());
    }
    if let Some(asset) = assets::find(&request.path) {
        return Answer::asset(asset);
    }
    let Some(found) = found else { return parts::failure::render(request, &ScreenError::NotFound) };
    let allowed = found.route.methods();
    let method = if request.method == Method::HEAD { Method::GET } else { request.method.clone() };
    if !found.route.serves(&method) {
        return parts::failure::render(request, &ScreenError::NotFound).allow(&allowed);
    }
    if method == Method::POST && !session::is_same_origin(&request.headers) {
        return parts::failure::render(request, &ScreenError::ForeignForm);
    }
    let mut cookies = Vec::new();
    if found.route.needs_session && request.session.access.is_none() {
        match session::renew(&request.api, request.session.refresh.as_deref()).await {
            Ok(tokens) => {
                cookies = session::cookies_of(&tokens);
                request.api.token = Some(tokens.access);
                request.session.refresh = Some(tokens.refresh);
            }
            Err(failure) => return parts::failure::render(request, &failure),
        }
    }
    let answered = routes::call(request, &found).await;
    let answer = answered.unwrap_or_else(|failure| parts::failure::render(request, &failure));
    // Those of the screen come last: signing out wins over a renewal.
    answer.cookies_first(cookies)
}

impl tower::Service<lambda_http::Request> for Console {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: lambda_http::Request) -> Self::Future {
        Box::pin(self.clone().answer(request).map(Ok))
    }
}
