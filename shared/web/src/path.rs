//! Extractors of the ids in a path. A malformed id is a 404 like an unknown one, and only after the body was checked.
//! So extraction never fails: a malformed id becomes one that no entity has.

use axum::extract::{FromRequestParts, RawPathParams};
use domain::attention::{AttentionKind, EntryId};
use domain::ids::{Id, InboundId};
use http::request::Parts;
use std::convert::Infallible;

#[derive(Debug, Clone, Copy)]
pub struct PathId<I>(pub I);

/// Two ids, in the order of the path.
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

/// An id, and the number of one of its parts, counted from 0. A malformed number becomes one that no part has.
#[derive(Debug, Clone, Copy)]
pub struct PathPart<I>(pub I, pub usize);

impl<I: Id, S: Send + Sync> FromRequestParts<S> for PathPart<I> {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let texts = texts(parts, state).await;
        let number = texts.get(1).filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
        Ok(Self(id(&texts, 0), number.and_then(|text| text.parse().ok()).unwrap_or(usize::MAX)))
    }
}

/// The id of an entry of the worklist.
#[derive(Debug, Clone, Copy)]
pub struct PathEntry(pub EntryId);

impl<S: Send + Sync> FromRequestParts<S> for PathEntry {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let nothing = EntryId { kind: AttentionKind::Inbound, subject: InboundId::nil().uuid() };
        let texts = texts(parts, state).await;
        Ok(Self(texts.first().and_then(|text| EntryId::parse(text)).unwrap_or(nothing)))
    }
}

async fn texts<S: Send + Sync>(parts: &mut Parts, state: &S) -> Vec<String> {
    match RawPathParams::from_request_parts(parts, state).await {
        Ok(params) => params.iter().map(|(_, value)| value.to_owned()).collect(),
        Err(_) => Vec::new(),
    }
}

fn id<I: Id>(texts: &[String], number: usize) -> I {
    texts.get(number).and_then(|text| I::parse(text)).unwrap_or_else(I::nil)
}
