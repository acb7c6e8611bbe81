//! Extractors of the caller, for handlers without a body: [`Caller`] on routes that need a token, [`Anonymous`] on
//! public ones.

use crate::incoming::Incoming;
use crate::problem::Problem;
use app::support::context::IdempotencyKey;
use app::{AppError, Context};
use axum::extract::FromRequestParts;
use domain::actor::Channel;
use domain::ids::SessionId;
use domain::user::User;
use http::Extensions;
use http::request::Parts;
use std::convert::Infallible;
use std::sync::Arc;

/// The authenticated user.
#[derive(Debug, Clone)]
pub struct Caller(pub Context);

/// The session of the authenticated user, for routes about the own account.
#[derive(Debug, Clone, Copy)]
pub struct CurrentSession(pub SessionId);

/// The caller of a public route: only the request's id and IP address are known.
#[derive(Debug, Clone)]
pub struct Anonymous(pub Context);

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        if parts.extensions.get::<Arc<User>>().is_none() {
            return Err(AppError::NotAuthenticated.into());
        }
        Ok(Self(context(&parts.extensions, parts.extensions.get(), IdempotencyKey::generated())))
    }
}

impl<S: Sync> FromRequestParts<S> for CurrentSession {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get::<SessionId>().copied().map(Self).ok_or_else(|| AppError::NotAuthenticated.into())
    }
}

impl<S: Sync> FromRequestParts<S> for Anonymous {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(anonymous_context(parts.extensions.get(), IdempotencyKey::generated())))
    }
}

/// The context of the user whom [`crate::authorize`] found, or an anonymous one.
pub(crate) fn context(extensions: &Extensions, incoming: Option<&Incoming>, key: IdempotencyKey) -> Context {
    match extensions.get::<Arc<User>>() {
        Some(user) => Context {
            prefetched: extensions.get().cloned().unwrap_or_default(),
            ..Context::of_user(user, request_id(incoming), ip(incoming), key)
        },
        None => anonymous_context(incoming, key),
    }
}

fn anonymous_context(incoming: Option<&Incoming>, key: IdempotencyKey) -> Context {
    Context {
        channel: Channel::Api,
        ip_address: ip(incoming),
        idempotency_key: key,
        ..Context::of_system(request_id(incoming))
    }
}

fn request_id(incoming: Option<&Incoming>) -> String {
    incoming.map(|incoming| incoming.request_id.to_string()).unwrap_or_default()
}

fn ip(incoming: Option<&Incoming>) -> Option<String> {
    incoming.and_then(|incoming| incoming.ip.as_deref()).map(str::to_owned)
}
