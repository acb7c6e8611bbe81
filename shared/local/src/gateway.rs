//! A stand-in for API Gateway. [`Gateway`] converts an HTTP request into API Gateway's JSON event, in a [`Format`],
//! parses it with the same code as in Lambda, and calls the function that the path belongs to. So handlers get the
//! same requests here as when deployed.
//!
//! It also answers itself as API Gateway does: for an unknown path, for a request that is rejected before it reaches
//! a function, and for a function that fails.

mod error_responses;
mod event;
mod host;
mod multi;
#[cfg(test)]
mod tests;

use crate::observer::{ServiceCall, observe};
use app::support::ports::Clock as _;
use bytes::Bytes;
use domain::time::TimeDelta;
use event::GatewayRequest;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
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

/// API Gateway's timeout for a function.
const FUNCTION_TIMEOUT: TimeDelta = TimeDelta::seconds(29);

/// A function behind the gateway, made by [`boxed_function`].
pub type BoxedFunction = BoxCloneSyncService<lambda_http::Request, Response<Bytes>, FunctionFailed>;

/// The service of a function, or the body of its response, failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the function failed")]
pub struct FunctionFailed;

/// Makes a function from a service as Lambda runs it.
pub fn boxed_function<S, B>(service: S) -> BoxedFunction
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

/// The functions of an API by path prefix. Clones share them.
#[derive(Clone)]
pub struct Gateway {
    /// The longest prefix first.
    routes: Arc<[(String, BoxedFunction)]>,
    format: Format,
}

impl Gateway {
    /// A gateway to functions, each with the prefix of its paths, such as `/api/patients`. A prefix matches whole
    /// segments only; of several matches the longest wins.
    #[must_use]
    pub fn new(routes: Vec<(String, BoxedFunction)>, format: Format) -> Self {
        let mut routes = routes;
        for (prefix, _) in &mut routes {
            prefix.truncate(prefix.trim_end_matches('/').len());
        }
        routes.sort_by_key(|(prefix, _)| std::cmp::Reverse(prefix.len()));
        Self { routes: routes.into(), format }
    }

    /// Handles a request. Its source address is the [`SocketAddr`] among its extensions, or loopback.
    pub async fn call(&self, request: Request<Bytes>) -> Response<Bytes> {
        let (head, body) = request.into_parts();
        let peer = head.extensions.get::<SocketAddr>().map(SocketAddr::ip);
        let source_ip = peer.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
        let incoming = GatewayRequest { head: &head, body: &body, source_ip, id: request_id(), now: SystemClock.now() };
        if let Err(rejection) = incoming.check() {
            return error_responses::rejected(rejection, &incoming.id);
        }
        let Some(function) = self.function(head.uri.path()) else { return error_responses::not_found(&incoming.id) };
        // In Lambda a panic ends the invocation, not the gateway.
        let invocation = AssertUnwindSafe(invoke(function, incoming.event(self.format), &incoming)).catch_unwind();
        if let Ok(Some(response)) = invocation.await {
            response
        } else {
            tracing::error!(request_id = incoming.id, "a function failed");
            error_responses::function_failed(&incoming.id)
        }
    }

    /// The event that a function would get for a request.
    #[must_use]
    pub fn event(&self, request: Request<Bytes>) -> String {
        let (head, body) = request.into_parts();
        let source_ip = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let incoming = GatewayRequest { head: &head, body: &body, source_ip, id: request_id(), now: SystemClock.now() };
        incoming.event(self.format)
    }

    fn function(&self, path: &str) -> Option<BoxedFunction> {
        let leads =
            |prefix: &str| path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        self.routes.iter().find(|(prefix, _)| leads(prefix)).map(|(_, function)| function.clone())
    }
}

/// The API for the console: the gateway in the same process.
pub struct ApiInProcess(pub Gateway);

impl console::api::Api for ApiInProcess {
    fn call(&self, request: Request<Bytes>) -> BoxFuture<'_, Response<Bytes>> {
        // In AWS it invokes the function.
        let function = console::api::function_of(request.uri().path()).unwrap_or_default();
        let (first, rest) = function.split_at(function.len().min(1));
        let resource = format!("{}{rest}Function", first.to_uppercase());
        observe(&ServiceCall::Service { action: "lambda:InvokeFunction", resource: &resource });
        self.0.call(request).boxed()
    }
}

/// Invokes a function with an event as Lambda's runtime does; `None` if it fails.
async fn invoke(function: BoxedFunction, event: String, incoming: &GatewayRequest<'_>) -> Option<Response<Bytes>> {
    let mut context = Context::default();
    context.request_id.clone_from(&incoming.id);
    context.deadline = u64::try_from(incoming.now.plus(FUNCTION_TIMEOUT).utc().timestamp_millis()).unwrap_or(0);
    let request = lambda_http::request::from_str(&event).ok()?.with_lambda_context(context);
    function.oneshot(request).await.ok()
}

fn request_id() -> String {
    let now = SystemClock.now().utc();
    let seconds = u64::try_from(now.timestamp()).unwrap_or(0);
    let time = uuid::Timestamp::from_unix(uuid::NoContext, seconds, now.timestamp_subsec_nanos());
    Uuid::new_v7(time).to_string()
}
