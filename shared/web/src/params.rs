//! Extractor of query parameters into a type.
//!
//! [`crate::authorize`] refuses unknown and repeated parameters by the route's declaration, so the `params(…)` of a
//! handler must name the type that it takes. Values are decoded and trimmed; `true`, `false`, `1` and `0` are
//! booleans, a list with commas is a `Vec`, and an empty value counts as absent.
//!
//! ```
//! #[derive(Debug, serde::Deserialize, utoipa::IntoParams)]
//! #[into_params(parameter_in = Query)]
//! struct PatientParams {
//!     search: Option<String>,
//!     is_active: Option<bool>,
//! }
//!
//! let web::Params(read) = web::Params::<PatientParams>::parse("search=%20ana&is_active=1").unwrap();
//! assert_eq!((read.search.as_deref(), read.is_active), (Some("ana"), Some(true)));
//! ```

use crate::fields::{self, FieldSource};
use crate::paging;
use crate::problem::Problem;
use axum::extract::FromRequestParts;
use domain::violation::Violations;
use http::request::Parts;
use serde::de::DeserializeOwned;
use std::borrow::Cow;
use utoipa::IntoParams;

#[derive(Debug, Clone)]
pub struct Params<T>(pub T);

impl<T: DeserializeOwned + IntoParams> Params<T> {
    /// # Errors
    /// Every parameter that can't be read, by name.
    pub fn parse(query: &str) -> Result<Self, Violations> {
        let pairs: Vec<(Cow<'_, str>, Cow<'_, str>)> = form_urlencoded::parse(query.as_bytes())
            .filter(|(name, _)| !paging::PARAMETERS.contains(&name.as_ref()))
            .collect();
        let given: Vec<_> =
            pairs.iter().map(|(name, value)| (name.as_ref(), FieldSource::Text(value.trim()))).collect();
        fields::read(&given).map(Self)
    }
}

impl<T: DeserializeOwned + IntoParams, S: Sync> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Ok(Self::parse(parts.uri.query().unwrap_or_default())?)
    }
}
