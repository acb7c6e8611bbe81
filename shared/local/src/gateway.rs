//! What does a function get when somebody calls the API? Not an HTTP request but API Gateway's JSON
//! event. [`Gateway`] makes that event of a plain request, as [`Format`] says, has it read by the very
//! code that reads it in Lambda, and calls the function that the path belongs to. So a handler that
//! works here has seen the requests that it will get.
//!
//! It also answers in API Gateway's stead where no function does: an unknown path, a request that is
//! refused on the way, a function that fails.

mod answers;
mod event;
mod host;
mod multi;
#[cfg(test)]
mod tests;

use app::support::ports::Clock as _;
use bytes::Bytes;
use domain::time::TimeDelta;
use event::Arrival;
use futures_util::FutureExt as _;
use http::{Request, Response};
use http_body_util::BodyExt as _;
use hyper::body::Body;
use lambda_http::{Context, RequestExt as _};
use platform::clock::SystemClock;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use tower::util::BoxCloneSyncService;
use tower::{Service, ServiceExt as _, service_fn};
use uuid::Uuid;

pub use event::{Format, STAGE};

/// How long API Gateway waits for a function.
const PATIENCE: TimeDelta = TimeDelta::seconds(29);

/// A function behind the gateway. [`boxed`] makes one.
pub type BoxedFunction = BoxCloneSyncService<lambda_http::Request, Response<Bytes>, FunctionFailed>;

/// The service behind a function, or the body of its answer, ended in an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the function failed")]
pub struct FunctionFailed;

/// Makes a function of a service as Lambda runs it.
pub fn boxed<S, B>(service: S) -> BoxedFunction
where
    S: Service<lambda_http::Request, Response = Response<B>> + Clone + Send + Sync + 'static,
    S::Future: Send + 'static,
    B: Body<Data = Bytes> + Send + 'static,
{
    BoxCloneSyncService::new(service_fn(move |request| {
        let service = service.clone();
        async move {
            let response = service.oneshot(request).await.map_err(|_| FunctionFailed)?;
            let (head, body) = response.into_parts();
            let body = body.collect().await.map_err(|_| FunctionFailed)?;
            Ok(Response::from_parts(head, body.to_bytes()))
        }
    }))
}

/// The functions of an API, by the paths that lead to them. Clones share them.
#[derive(Clone)]
pub struct Gateway {
    /// The longest prefix first.
    routes: Arc<[(String, BoxedFunction)]>,
    format: Format,
}

impl Gateway {
    /// A gateway to functions, each with the prefix of its paths, as `/api/patients`. A prefix holds
    /// for whole segments only, and where two hold the longer one counts.
    #[must_use]
    pub fn new(routes: Vec<(String, BoxedFunction)>, format: Format) -> Self {
        let mut routes = routes;
        for (prefix, _) in &mut routes {
            prefix.truncate(prefix.trim_end_matches('/').len());
        }
        routes.sort_by_key(|(prefix, _)| std::cmp::Reverse(prefix.len()));
        Self { routes: routes.into(), format }
    }

    /// Answers a request. It comes from the [`SocketAddr`] among its extensions, or else from this
    /// machine.
    pub async fn call(&self, request: Request<Bytes>) -> Response<Bytes> {
        let (head, body) = request.into_parts();
        let peer = head.extensions.get::<SocketAddr>().map(SocketAddr::ip);
        let source_ip = peer.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
        let arrival = Arrival { head: &head, body: &body, source_ip, id: request_id(), now: SystemClock.now() };
        if let Err(refusal) = arrival.check() {
            return answers::refused(refusal, &arrival.id);
        }
        let Some(function) = self.function(head.uri.path()) else { return answers::not_found(&arrival.id) };
        // A panic is the end of an invocation in Lambda, and not of the gateway.
        let invocation = AssertUnwindSafe(invoke(function, arrival.event(self.format), &arrival)).catch_unwind();
        match invocation.await {
            Ok(Some(response)) => response,
            Ok(None) | Err(_) => {
                tracing::error!(request_id = arrival.id, "the function failed");
                answers::function_failed(&arrival.id)
            }
        }
    }

    /// The event that a function gets of a request.
    #[must_use]
    pub fn event(&self, request: Request<Bytes>) -> String {
        let (head, body) = request.into_parts();
        let source_ip = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let arrival = Arrival { head: &head, body: &body, source_ip, id: request_id(), now: SystemClock.now() };
        arrival.event(self.format)
    }

    fn function(&self, path: &str) -> Option<BoxedFunction> {
        let leads =
            |prefix: &str| path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        self.routes.iter().find(|(prefix, _)| leads(prefix)).map(|(_, function)| function.clone())
    }
}

/// Hands an event to a function as Lambda's runtime does; `None` if it fails there.
async fn invoke(function: BoxedFunction, event: String, arrival: &Arrival<'_>) -> Option<Response<Bytes>> {
    let mut context = Context::default();
    context.request_id.clone_from(&arrival.id);
    context.deadline = u64::try_from(arrival.now.plus(PATIENCE).utc().timestamp_millis()).unwrap_or(0);
    let request = lambda_http::request::from_str(&event).ok()?.with_lambda_context(context);
    function.oneshot(request).await.ok()
}

fn request_id() -> String {
    let now = SystemClock.now().utc();
    let seconds = u64::try_from(now.timestamp()).unwrap_or(0);
    let time = uuid::Timestamp::from_unix(uuid::NoContext, seconds, now.timestamp_subsec_nanos());
    Uuid::new_v7(time).to_string()
}
