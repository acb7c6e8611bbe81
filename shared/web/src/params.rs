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
            form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes())
                .filter(|(name, _)| !paging::PARAMETERS.contains(&name.as_ref()))
                .collect();
        let given: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (name.as_ref(), value.as_ref())).collect();
        Ok(Self(wire::read_parameters(&given, ReadContext::of(app)).map_err(ReadError::into_violations)?))
    }
}
