//! The JSON body of a request: [`Input`], and its two special kinds, [`Patch`] and [`OptionalBody`].
//!
//! A body's type says by itself which members there are and which are required. What doesn't fit is
//! answered with everything that is wrong with it, each under its member's name:
//!
//! ```
//! use web::body::Body as _;
//!
//! #[derive(Debug, serde::Serialize, serde::Deserialize)]
//! struct RoomBody {
//!     name: String,
//!     capacity: Option<u8>,
//! }
//!
//! let wrong = serde_json::json!({"capacity": "two", "colour": "red"});
//! let violations = RoomBody::read(wrong.as_object().unwrap().clone()).unwrap_err();
//! let fields: Vec<&str> = violations.iter().map(|violation| violation.field.as_str()).collect();
//! assert_eq!(fields, ["colour", "capacity", "name"]);
//!
//! let now = RoomBody { name: "1".into(), capacity: Some(2) };
//! let change = serde_json::json!({"capacity": null});
//! let patch = web::Patch::<RoomBody>::read(change.as_object().unwrap().clone()).unwrap();
//! assert_eq!(patch.onto(&now).unwrap().capacity, None);
//! ```

use crate::incoming::Incoming;
use crate::members::{self, Source};
use crate::problem::{Problem, Refusal};
use crate::{caller, json, once};
use app::{App, AppError, Context};
use axum::extract::{FromRequest, Request};
use domain::violation::Violations;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::marker::PhantomData;

/// How long a body may be.
pub const MAX_BODY: usize = 64 * 1024;

/// Who asks, and what the body says. A handler's last argument.
#[derive(Debug)]
pub struct Input<T> {
    /// Who asks, by which way; of a POST also what makes it happen once.
    pub ctx: Context,
    /// The body.
    pub body: T,
}

/// What can stand in a body.
pub trait Body: Sized {
    /// Whether it may be left out altogether.
    const OPTIONAL: bool = false;

    /// Reads it.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    fn read(members: Map<String, Value>) -> Result<Self, Violations>;
}

impl<T: DeserializeOwned> Body for T {
    fn read(members: Map<String, Value>) -> Result<Self, Violations> {
        members::read(&sources(&members))
    }
}

/// A body that may be left out: as good as `{}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OptionalBody<T>(pub T);

impl<T: DeserializeOwned> Body for OptionalBody<T> {
    const OPTIONAL: bool = true;

    fn read(members: Map<String, Value>) -> Result<Self, Violations> {
        T::read(members).map(Self)
    }
}

/// Some members of a `T`: what a PATCH changes.
#[derive(Clone)]
pub struct Patch<T> {
    members: Map<String, Value>,
    whole: PhantomData<fn() -> T>,
}

impl<T: Serialize + DeserializeOwned> Body for Patch<T> {
    fn read(members: Map<String, Value>) -> Result<Self, Violations> {
        members::check::<T>(&sources(&members))?;
        Ok(Self { members, whole: PhantomData })
    }
}

impl<T: Serialize + DeserializeOwned> Patch<T> {
    /// `current` with the members that were given in the place of its own. `null` is a value like
    /// any other: it clears what may be empty.
    ///
    /// # Errors
    /// A refusal of what can't be cleared; an internal one where `T` isn't an object in JSON.
    pub fn onto(&self, current: &T) -> Result<T, AppError> {
        let mut whole = json::members_of(current).map_err(|error| AppError::Internal(error.to_string()))?;
        whole.extend(self.members.iter().map(|(name, value)| (name.clone(), value.clone())));
        Ok(T::read(whole)?)
    }

    /// Whether a member was given.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.members.contains_key(name)
    }
}

fn sources(members: &Map<String, Value>) -> Vec<(&str, Source<'_>)> {
    members.iter().map(|(name, value)| (name.as_str(), Source::Json(value))).collect()
}

/// Whether a request says that its body is JSON.
///
/// # Errors
/// [`Refusal::UnsupportedMediaType`].
pub(crate) fn check_type(headers: &HeaderMap) -> Result<(), Refusal> {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut parts = kind.split(';').map(|part| part.trim().to_ascii_lowercase());
    let json = parts.next().is_some_and(|essence| essence == "application/json");
    let utf8 = parts.filter_map(|part| part.strip_prefix("charset=").map(|name| name.trim_matches('"').to_owned()));
    if json && utf8.into_iter().all(|name| name == "utf-8" || name == "utf8") {
        Ok(())
    } else {
        Err(Refusal::UnsupportedMediaType)
    }
}

impl<T: Body> FromRequest<App> for Input<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &App) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let text = axum::body::to_bytes(body, MAX_BODY).await.map_err(|_| Refusal::TooLarge)?;
        let (members, duplicates) = if T::OPTIONAL && text.is_empty() {
            Default::default()
        } else {
            check_type(&parts.headers)?;
            json::object(&text)?
        };
        let (once, mut wrong) = match once::of(&parts, &json::canonical(&members)) {
            Ok(once) => (Some(once), duplicates),
            Err(violations) => (None, merged(duplicates, violations)),
        };
        let body = match T::read(members) {
            Ok(body) => Some(body),
            Err(violations) => {
                wrong = merged(wrong, violations);
                None
            }
        };
        let (once, body) = wrong.finish(once.zip(body))?;
        let incoming = parts.extensions.get::<Incoming>();
        Ok(Self { ctx: caller::context(&parts.extensions, incoming, once), body })
    }
}

fn merged(mut some: Violations, others: Violations) -> Violations {
    for violation in others.iter() {
        some.add(&violation.field, violation.rule.clone());
    }
    some
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn only_json_in_utf_8_is_json() {
        for (kind, accepted) in [
            ("application/json", true),
            ("Application/JSON; charset=UTF-8", true),
            ("application/json; charset=\"utf-8\"", true),
            ("application/json; charset=latin1", false),
            ("application/merge-patch+json", false),
            ("text/json", false),
            ("", false),
        ] {
            let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(kind))]);
            assert_eq!(check_type(&headers).is_ok(), accepted, "{kind}");
        }
        assert!(check_type(&HeaderMap::new()).is_err());
    }
}
