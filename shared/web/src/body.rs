//! The JSON body of a request: [`Input`], and its two special kinds, [`Patch`] and [`OptionalBody`].
//!
//! The type of a body defines which members it has and which are required. A body that doesn't fit is refused with
//! all of its errors at once, each under its member's name:
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
//! assert_eq!(patch.apply_to(&now).unwrap().capacity, None);
//! ```

use crate::fields::{self, FieldSource};
use crate::incoming::Incoming;
use crate::problem::{Problem, RequestError};
use crate::{caller, idempotency, json};
use app::{App, AppError, Context};
use axum::extract::{FromRequest, Request};
use domain::violation::Violations;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::marker::PhantomData;

/// Maximum length of a body, in bytes.
pub const MAX_BODY: usize = 64 * 1024;

/// The caller and the body. A handler's last argument.
#[derive(Debug)]
pub struct Input<T> {
    /// The caller, and of a POST its idempotency key.
    pub ctx: Context,
    pub body: T,
}

pub trait Body: Sized {
    /// Whether a request may have no body at all.
    const OPTIONAL: bool = false;

    fn read(members: Map<String, Value>) -> Result<Self, Violations>;
}

impl<T: DeserializeOwned> Body for T {
    fn read(members: Map<String, Value>) -> Result<Self, Violations> {
        fields::read(&sources(&members))
    }
}

/// A body that may be left out, which counts as `{}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OptionalBody<T>(pub T);

impl<T: DeserializeOwned> Body for OptionalBody<T> {
    const OPTIONAL: bool = true;

    fn read(members: Map<String, Value>) -> Result<Self, Violations> {
        T::read(members).map(Self)
    }
}

/// The body of a PATCH: those members of a `T` that it changes.
#[derive(Clone)]
pub struct Patch<T> {
    members: Map<String, Value>,
    whole: PhantomData<fn() -> T>,
}

impl<T: Serialize + DeserializeOwned> Body for Patch<T> {
    fn read(members: Map<String, Value>) -> Result<Self, Violations> {
        fields::check::<T>(&sources(&members))?;
        Ok(Self { members, whole: PhantomData })
    }
}

impl<T: Serialize + DeserializeOwned> Patch<T> {
    /// `current` with the given members replaced. `null` is a value like any other: it clears an optional member.
    ///
    /// # Errors
    /// [`AppError::Validation`] for a required member that is `null`; [`AppError::Internal`] where `T` isn't a JSON
    /// object.
    pub fn apply_to(&self, current: &T) -> Result<T, AppError> {
        let mut whole = json::to_members(current).map_err(|error| AppError::Internal(error.to_string()))?;
        whole.extend(self.members.iter().map(|(name, value)| (name.clone(), value.clone())));
        Ok(T::read(whole)?)
    }

    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.members.contains_key(name)
    }
}

fn sources(members: &Map<String, Value>) -> Vec<(&str, FieldSource<'_>)> {
    members.iter().map(|(name, value)| (name.as_str(), FieldSource::Json(value))).collect()
}

/// Refuses a body whose `Content-Type` isn't JSON in UTF-8.
pub(crate) fn check_content_type(headers: &HeaderMap) -> Result<(), RequestError> {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut parts = kind.split(';').map(|part| part.trim().to_ascii_lowercase());
    let json = parts.next().is_some_and(|essence| essence == "application/json");
    let utf8 = parts.filter_map(|part| part.strip_prefix("charset=").map(|name| name.trim_matches('"').to_owned()));
    if json && utf8.into_iter().all(|name| name == "utf-8" || name == "utf8") {
        Ok(())
    } else {
        Err(RequestError::UnsupportedMediaType)
    }
}

impl<T: Body> FromRequest<App> for Input<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &App) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let text = axum::body::to_bytes(body, MAX_BODY).await.map_err(|_| RequestError::TooLarge)?;
        let (members, duplicates) = if T::OPTIONAL && text.is_empty() {
            Default::default()
        } else {
            check_content_type(&parts.headers)?;
            json::parse_object(&text)?
        };
        let (key, mut violations) = match idempotency::key_of_request(&parts, &json::canonical(&members)) {
            Ok(key) => (Some(key), duplicates),
            Err(others) => (None, merged(duplicates, &others)),
        };
        let body = match T::read(members) {
            Ok(body) => Some(body),
            Err(others) => {
                violations = merged(violations, &others);
                None
            }
        };
        let (key, body) = violations.finish(key.zip(body))?;
        let incoming = parts.extensions.get::<Incoming>();
        Ok(Self { ctx: caller::context(&parts.extensions, incoming, key), body })
    }
}

fn merged(mut violations: Violations, others: &Violations) -> Violations {
    for violation in others.iter() {
        violations.add(&violation.field, violation.rule.clone());
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn only_json_in_utf_8_is_accepted() {
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
            assert_eq!(check_content_type(&headers).is_ok(), accepted, "{kind}");
        }
        assert!(check_content_type(&HeaderMap::new()).is_err());
    }
}
