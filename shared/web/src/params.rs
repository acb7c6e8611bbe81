//! Query parameters as a type.
//!
//! That there are no unknown and no repeated ones is checked for every route from its declaration,
//! so a handler's `params(…)` has to name the type that it takes. Here the values are read: decoded,
//! trimmed, `true`, `false`, `1` and `0` as booleans, comma lists as `Vec`s, and an empty one as if it
//! weren't there.
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

use crate::members::{self, Source};
use crate::paging;
use crate::problem::Problem;
use axum::extract::FromRequestParts;
use domain::violation::Violations;
use http::request::Parts;
use serde::de::DeserializeOwned;
use std::borrow::Cow;
use utoipa::IntoParams;

/// The query parameters.
#[derive(Debug, Clone)]
pub struct Params<T>(pub T);

impl<T: DeserializeOwned + IntoParams> Params<T> {
    /// Reads a query.
    ///
    /// # Errors
    /// Each parameter that can't be read.
    pub fn parse(query: &str) -> Result<Self, Violations> {
        let pairs: Vec<(Cow<'_, str>, Cow<'_, str>)> = form_urlencoded::parse(query.as_bytes())
            .filter(|(name, _)| !paging::PARAMETERS.contains(&name.as_ref()))
            .collect();
        let given: Vec<_> = pairs.iter().map(|(name, value)| (name.as_ref(), Source::Text(value.trim()))).collect();
        members::read(&given).map(Self)
    }
}

impl<T: DeserializeOwned + IntoParams, S: Sync> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Ok(Self::parse(parts.uri.query().unwrap_or_default())?)
    }
}
