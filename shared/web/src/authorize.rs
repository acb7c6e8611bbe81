//! Checks that every request passes before its handler is called, in an order that clients may rely on:
//! authentication, role, the body's type and size, the names of the query parameters.
//!
//! It is a layer around each route and denies by default: a route that declares no access isn't served.

use crate::incoming::Incoming;
use crate::policy::{Access, Payload, Policy, RoutePolicy};
use crate::prefetch::prefetch_target;
use crate::problem::{Problem, RequestError};
use crate::{body, idempotency};
use app::accounts::authenticate::SignedIn;
use app::support::prefetch::PrefetchTarget;
use app::{App, AppError};
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use domain::user::{Role, Scope};
use domain::violation::{Rule, Violations};
use futures_util::future::BoxFuture;
use http::header::{ALLOW, AUTHORIZATION};
use http::{HeaderMap, Method, StatusCode};
use std::sync::Arc;

pub trait Authenticator: Send + Sync {
    /// The user and session of an access token. The row named by `prefetch` is read along with theirs.
    fn authenticate<'a>(
        &'a self,
        app: &'a App,
        token: &'a str,
        prefetch: Option<PrefetchTarget>,
    ) -> BoxFuture<'a, Result<SignedIn, AppError>>;
}

/// Verifies the token's signature, and reads the user's current row.
#[derive(Debug, Clone, Copy)]
pub struct TokenAuthenticator;

impl Authenticator for TokenAuthenticator {
    fn authenticate<'a>(
        &'a self,
        app: &'a App,
        token: &'a str,
        prefetch: Option<PrefetchTarget>,
    ) -> BoxFuture<'a, Result<SignedIn, AppError>> {
        Box::pin(app::accounts::authenticate::authenticate(app, token, prefetch))
    }
}

#[derive(Clone)]
pub(crate) struct AuthorizationState {
    pub(crate) app: App,
    pub(crate) policy: Arc<Policy>,
    pub(crate) authenticator: Arc<dyn Authenticator>,
}

/// An extension of each response: the pattern of its route.
#[derive(Debug, Clone)]
pub(crate) struct MatchedRoute(pub(crate) MatchedPath);

pub(crate) async fn authorize(State(state): State<AuthorizationState>, mut request: Request, next: Next) -> Response {
    let Some(path) = request.extensions().get::<MatchedPath>().cloned() else {
        return Problem::from(AppError::NotFound).into_response();
    };
    let mut response = match preflight_response(&state.policy, path.as_str(), &request) {
        Some(response) => response,
        None => match check_request(&state, path.as_str(), &mut request).await {
            Ok(()) => next.run(request).await,
            Err(problem) => problem.into_response(),
        },
    };
    response.extensions_mut().insert(MatchedRoute(path));
    response
}

/// The response to OPTIONS without credentials, which is how browsers ask which methods a path has: never with a token.
/// With one, OPTIONS is a method like any other that no route has.
fn preflight_response(policy: &Policy, path: &str, request: &Request) -> Option<Response> {
    if request.method() != Method::OPTIONS || request.headers().contains_key(AUTHORIZATION) {
        return None;
    }
    let allow = format!("{}, {}", policy.allowed(path)?, Method::OPTIONS);
    Some((StatusCode::NO_CONTENT, [(ALLOW, allow)]).into_response())
}

async fn check_request(state: &AuthorizationState, path: &str, request: &mut Request) -> Result<(), Problem> {
    let Some(route) = state.policy.route_policy(path, request.method()) else {
        return Err(match state.policy.allowed(path) {
            Some(allow) => RequestError::MethodNotAllowed { allow }.into(),
            None => AppError::PermissionDenied.into(),
        });
    };
    let access = route.access.ok_or(AppError::PermissionDenied)?;
    if access != Access::Public {
        let token = bearer(request.headers()).ok_or(AppError::NotAuthenticated)?;
        let prefetch = prefetch_target(request.method(), path, request.uri().path());
        let signed_in = state.authenticator.authenticate(&state.app, token, prefetch).await?;
        let SignedIn { user, session, second_factor, prefetched } = signed_in;
        let is_admin = user.profile.role == Role::Admin;
        let may = match access {
            Access::Public | Access::Own | Access::Operator => true,
            Access::Admin => is_admin,
            Access::AdminOfAll => is_admin && user.profile.scope() == Scope::Everywhere,
        };
        // An ADMIN without a second factor can do no more than set one up, which is `Access::Own`.
        let lacks_factor = state.app.second_factor_required && is_admin && !second_factor;
        if !may || (access != Access::Own && lacks_factor) {
            return Err(AppError::PermissionDenied.into());
        }
        request.extensions_mut().insert(session);
        request.extensions_mut().insert(prefetched);
        request.extensions_mut().insert(Arc::new(user));
    }
    if !route.accepts_idempotency_key {
        request.headers_mut().remove(idempotency::HEADER);
    }
    check_body(route, request)?;
    check_parameters(route, request.uri().query().unwrap_or_default())?;
    Ok(())
}

/// The token of `Authorization: Bearer …`.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

fn check_body(route: &RoutePolicy, request: &Request) -> Result<(), RequestError> {
    let length = request.extensions().get::<Incoming>().map_or(0, |incoming| incoming.body_length);
    match route.payload {
        Payload::Json { optional: true } if length == 0 => {}
        Payload::Json { .. } => body::check_content_type(request.headers())?,
        Payload::Nothing | Payload::Other => {}
    }
    if length > body::MAX_BODY { Err(RequestError::TooLarge) } else { Ok(()) }
}

/// Refuses unknown and repeated parameters. Their values are read by the handler.
fn check_parameters(route: &RoutePolicy, query: &str) -> Result<(), Violations> {
    if route.payload == Payload::Other {
        // The sender of a form (Twilio) may add parameters to the URL that it was configured with.
        return Ok(());
    }
    let mut violations = Violations::default();
    let mut seen: Vec<String> = Vec::new();
    for (name, _) in form_urlencoded::parse(query.as_bytes()) {
        let rule = if !route.parameters.iter().any(|known| *known == name) {
            Rule::Unknown
        } else if seen.iter().any(|earlier| *earlier == name) {
            Rule::Duplicate
        } else {
            seen.push(name.into_owned());
            continue;
        };
        if !violations.iter().any(|violation| violation.field == name) {
            violations.add(&name, rule);
        }
    }
    violations.check()
}
