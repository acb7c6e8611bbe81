//! Ids in a path. A malformed one names nothing, just as an unknown one does: both are a 404, and
//! only after the body was looked at. So reading an id never fails; it becomes the id of nobody.

use axum::extract::{FromRequestParts, RawPathParams};
use domain::ids::Id;
use http::request::Parts;
use std::convert::Infallible;

/// The one id in a path.
#[derive(Debug, Clone, Copy)]
pub struct PathId<I>(pub I);

/// The two ids in a path, in the order of the path.
#[derive(Debug, Clone, Copy)]
pub struct PathIds<A, B>(pub A, pub B);

impl<I: Id, S: Send + Sync> FromRequestParts<S> for PathId<I> {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        Ok(Self(id(&texts(parts, state).await, 0)))
    }
}

impl<A: Id, B: Id, S: Send + Sync> FromRequestParts<S> for PathIds<A, B> {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let texts = texts(parts, state).await;
        Ok(Self(id(&texts, 0), id(&texts, 1)))
    }
}

async fn texts<S: Send + Sync>(parts: &mut Parts, state: &S) -> Vec<String> {
    match RawPathParams::from_request_parts(parts, state).await {
        Ok(params) => params.iter().map(|(_, value)| value.to_owned()).collect(),
        Err(_) => Vec::new(),
    }
}

fn id<I: Id>(texts: &[String], number: usize) -> I {
    texts.get(number).and_then(|text| I::parse(text)).unwrap_or_else(I::nobody)
}
