//! The JSON body of a request, which a handler takes as [`Input`]. [`wire`] reads it.

use crate::incoming::Incoming;
use crate::problem::{Problem, RequestError};
use crate::{caller, idempotency, json};
use app::{App, Context};
use axum::extract::{FromRequest, Request};
use domain::violation::Violations;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use wire::{ReadContext, ReadError, RequestBody};

/// Maximum length of a body, in bytes.
pub const MAX_BODY: usize = 64 * 1024;

/// The caller and the body. A handler's last argument.
#[derive(Debug)]
pub struct Input<T> {
    /// The caller, and of a POST its idempotency key.
    pub ctx: Context,
    pub body: T,
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

impl<T: RequestBody> FromRequest<App> for Input<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
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
        let body = match T::read(members, ReadContext::of(app)) {
            Ok(body) => Some(body),
            Err(ReadError::Shape(others)) => {
                violations = merged(violations, &others);
                None
            }
            // Values are only reported once everything else is right.
            Err(ReadError::Values(others)) => {
                violations = if violations.is_empty() { others } else { violations };
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
