//! What every route checks before its handler is called, in the order that clients may rely on: who
//! asks, their role, the body's type and size, the names of the query parameters.
//!
//! It runs where the route is known, and denies by default: what isn't declared isn't served.

use crate::incoming::Incoming;
use crate::path_row::path_row;
use crate::policy::{Access, Operation, Payload, Policy};
use crate::problem::{Problem, Refusal};
use crate::{body, once};
use app::accounts::authenticate::SignedIn;
use app::support::path_row::PathRow;
use app::{App, AppError};
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use domain::user::{Role, Scope};
use domain::violation::{Rule, Violations};
use futures_util::future::BoxFuture;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use std::sync::Arc;

/// How a token becomes somebody.
pub trait Authenticator: Send + Sync {
    /// Whom a token stands for. A row that is `wanted` is read as well.
    fn signed_in<'a>(
        &'a self,
        app: &'a App,
        token: &'a str,
        wanted: Option<PathRow>,
    ) -> BoxFuture<'a, Result<SignedIn, AppError>>;
}

/// The real thing: signed tokens, and the user's row as it is now.
#[derive(Debug, Clone, Copy)]
pub struct Tokens;

impl Authenticator for Tokens {
    fn signed_in<'a>(
        &'a self,
        app: &'a App,
        token: &'a str,
        wanted: Option<PathRow>,
    ) -> BoxFuture<'a, Result<SignedIn, AppError>> {
        Box::pin(app::accounts::authenticate::authenticate(app, token, wanted))
    }
}

/// What the check needs.
#[derive(Clone)]
pub(crate) struct Gate {
    pub(crate) app: App,
    pub(crate) policy: Arc<Policy>,
    pub(crate) authenticator: Arc<dyn Authenticator>,
}

/// The pattern of the route that a response comes from.
#[derive(Debug, Clone)]
pub(crate) struct Route(pub(crate) MatchedPath);

/// The layer around each route.
pub(crate) async fn authorize(State(gate): State<Gate>, mut request: Request, next: Next) -> Response {
    let Some(path) = request.extensions().get::<MatchedPath>().cloned() else {
        return Problem::from(AppError::NotFound).into_response();
    };
    let mut response = match admit(&gate, path.as_str(), &mut request).await {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    };
    response.extensions_mut().insert(Route(path));
    response
}

async fn admit(gate: &Gate, path: &str, request: &mut Request) -> Result<(), Problem> {
    let Some(operation) = gate.policy.operation(path, request.method()) else {
        return Err(match gate.policy.allowed(path) {
            Some(allow) => Refusal::MethodNotAllowed { allow }.into(),
            None => AppError::PermissionDenied.into(),
        });
    };
    let access = operation.access.ok_or(AppError::PermissionDenied)?;
    if access != Access::Public {
        let token = bearer(request.headers()).ok_or(AppError::NotAuthenticated)?;
        let wanted = path_row(request.method(), path, request.uri().path());
        let signed_in = gate.authenticator.signed_in(&gate.app, token, wanted).await?;
        let SignedIn { user, session, second_factor, ahead } = signed_in;
        let is_admin = user.profile.role == Role::Admin;
        let may = match access {
            Access::Public | Access::Own | Access::Operator => true,
            Access::Admin => is_admin,
            Access::AdminOfAll => is_admin && user.profile.scope() == Scope::Everywhere,
        };
        // Without one an ADMIN gets as far as setting it up.
        let lacks_factor = gate.app.second_factor_required && is_admin && !second_factor;
        if !may || (access != Access::Own && lacks_factor) {
            return Err(AppError::PermissionDenied.into());
        }
        request.extensions_mut().insert(session);
        request.extensions_mut().insert(ahead);
        request.extensions_mut().insert(Arc::new(user));
    }
    if !operation.once {
        request.headers_mut().remove(once::HEADER);
    }
    check_body(operation, request)?;
    check_parameters(operation, request.uri().query().unwrap_or_default())?;
    Ok(())
}

/// The token of `Authorization: Bearer …`.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

fn check_body(operation: &Operation, request: &Request) -> Result<(), Refusal> {
    let length = request.extensions().get::<Incoming>().map_or(0, |incoming| incoming.body_length);
    match operation.payload {
        Payload::Json { optional: true } if length == 0 => {}
        Payload::Json { .. } => body::check_type(request.headers())?,
        Payload::Nothing | Payload::Other => {}
    }
    if length > body::MAX_BODY { Err(Refusal::TooLarge) } else { Ok(()) }
}

/// Every parameter is known and stands there once. Their values are the handler's business.
fn check_parameters(operation: &Operation, query: &str) -> Result<(), Violations> {
    if operation.payload == Payload::Other {
        // A form's sender puts what it likes into the URL that it was given.
        return Ok(());
    }
    let mut violations = Violations::default();
    let mut seen: Vec<String> = Vec::new();
    for (name, _) in form_urlencoded::parse(query.as_bytes()) {
        let rule = if !operation.parameters.iter().any(|known| *known == name) {
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
