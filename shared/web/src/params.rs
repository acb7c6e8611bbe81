//! Extractor of query parameters into a type, which [`wire`] reads.
//!
//! [`crate::authorize`] refuses unknown and repeated parameters by the route's declaration, so the `params(…)` of a
//! handler must name the type that it takes. Values are decoded and trimmed.

use crate::paging;
use crate::problem::Problem;
use app::App;
use axum::extract::FromRequestParts;
use http::request::Parts;
use std::borrow::Cow;
use utoipa::IntoParams;
use wire::{Fields, ReadContext, ReadError};

#[derive(Debug, Clone)]
pub struct Params<T>(pub T);

impl<T: Fields + IntoParams> FromRequestParts<App> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let pairs: Vec<(Cow<'_, str>, Cow<'_, str>)> =
            form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()).collect();
        let given: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (name.as_ref(), value.as_ref())).collect();
        let (paging, own) = given.into_iter().partition::<Vec<_>, _>(|(name, _)| paging::PARAMETERS.contains(name));
        let context = ReadContext::of(app);
        match wire::read_parameters(&own, context) {
            Ok(params) => Ok(Self(params)),
            Err(ReadError::Shape(violations)) => Err(violations.into()),
            Err(ReadError::Values(violations)) => {
                // Values are only reported once the query is a valid one of a list.
                paging::size(&paging, context)?;
                Err(violations.into())
            }
        }
    }
}
