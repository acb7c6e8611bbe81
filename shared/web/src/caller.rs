//! Who asks, where there is no body: [`Caller`] on routes for people who signed in, [`Anyone`] on
//! public ones.

use crate::incoming::Incoming;
use crate::problem::Problem;
use app::support::context::Once;
use app::{AppError, Context};
use axum::extract::FromRequestParts;
use domain::actor::Channel;
use domain::ids::SessionId;
use domain::user::User;
use http::Extensions;
use http::request::Parts;
use std::convert::Infallible;
use std::sync::Arc;

/// Somebody who signed in.
#[derive(Debug, Clone)]
pub struct Caller(pub Context);

/// The session of somebody who signed in: for routes about oneself.
#[derive(Debug, Clone, Copy)]
pub struct OwnSession(pub SessionId);

/// Whoever calls a public route: the request's id and address, and no more.
#[derive(Debug, Clone)]
pub struct Anyone(pub Context);

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        if parts.extensions.get::<Arc<User>>().is_none() {
            return Err(AppError::NotAuthenticated.into());
        }
        Ok(Self(context(&parts.extensions, parts.extensions.get(), Once::fresh())))
    }
}

impl<S: Sync> FromRequestParts<S> for OwnSession {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get::<SessionId>().copied().map(Self).ok_or_else(|| AppError::NotAuthenticated.into())
    }
}

impl<S: Sync> FromRequestParts<S> for Anyone {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(anyone(parts.extensions.get(), Once::fresh())))
    }
}

/// The context of whoever the request's own layer found, nobody in particular included.
pub(crate) fn context(extensions: &Extensions, incoming: Option<&Incoming>, once: Once) -> Context {
    match extensions.get::<Arc<User>>() {
        Some(user) => Context {
            ahead: extensions.get().cloned().unwrap_or_default(),
            ..Context::of_user(user, request_id(incoming), ip(incoming), once)
        },
        None => anyone(incoming, once),
    }
}

fn anyone(incoming: Option<&Incoming>, once: Once) -> Context {
    Context { channel: Channel::Api, ip_address: ip(incoming), once, ..Context::of_system(request_id(incoming)) }
}

fn request_id(incoming: Option<&Incoming>) -> String {
    incoming.map(|incoming| incoming.request_id.to_string()).unwrap_or_default()
}

fn ip(incoming: Option<&Incoming>) -> Option<String> {
    incoming.and_then(|incoming| incoming.ip.as_deref()).map(str::to_owned)
}
