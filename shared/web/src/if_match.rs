//! `If-Match`: the version that a client read, so that it doesn't overwrite what it never saw.

use axum::extract::FromRequestParts;
use http::header::IF_MATCH;
use http::request::Parts;
use std::convert::Infallible;
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::{Object, Required, Type};

/// The version that has to be the current one; `None` where any will do. What isn't one of our
/// entity tags is a version that nothing has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IfMatch(pub Option<u64>);

/// A version that nothing has.
const NEVER: u64 = u64::MAX;

impl<S: Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let mut values = parts.headers.get_all(IF_MATCH).iter();
        let version = match (values.next(), values.next()) {
            (None, _) => None,
            (Some(value), None) => version(value.to_str().unwrap_or_default().trim()),
            (Some(_), Some(_)) => Some(NEVER),
        };
        Ok(Self(version))
    }
}

fn version(tag: &str) -> Option<u64> {
    if tag == "*" {
        return None;
    }
    // Weak tags never match here (RFC 9110, 13.1.1), so `W/` isn't looked for.
    let text = tag.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or_default();
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    Some(if digits { text.parse().unwrap_or(NEVER) } else { NEVER })
}

/// For `params(IfMatch)` of actions; PUT, PATCH and DELETE are documented with it anyway.
impl IntoParams for IfMatch {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![
            ParameterBuilder::new()
                .name("If-Match")
                .parameter_in(ParameterIn::Header)
                .required(Required::False)
                .description(Some("The `ETag` of what was read; a stale one is a 412."))
                .schema(Some(Object::with_type(Type::String)))
                .build(),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_strong_tag_of_ours_is_a_version() {
        assert_eq!(version("*"), None);
        assert_eq!(version("\"3\""), Some(3));
        for other in ["W/\"3\"", "3", "\"\"", "\"+3\"", "\"a\"", "\"3\", \"4\"", "", "\"99999999999999999999\""] {
            assert_eq!(version(other), Some(NEVER), "{other}");
        }
    }
}
