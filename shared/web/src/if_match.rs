//! Extractor of the `If-Match` header: the version that a change is conditional on.

use axum::extract::FromRequestParts;
use http::header::IF_MATCH;
use http::request::Parts;
use std::convert::Infallible;
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::{Object, Required, Type};

/// The required version; `None` accepts any. A text that isn't one of our entity tags becomes a version that no
/// resource has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IfMatch(pub Option<u64>);

const NO_SUCH_VERSION: u64 = u64::MAX;

impl<S: Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let mut values = parts.headers.get_all(IF_MATCH).iter();
        let version = match (values.next(), values.next()) {
            (None, _) => None,
            (Some(value), None) => parse_version(value.to_str().unwrap_or_default().trim()),
            (Some(_), Some(_)) => Some(NO_SUCH_VERSION),
        };
        Ok(Self(version))
    }
}

fn parse_version(tag: &str) -> Option<u64> {
    if tag == "*" {
        return None;
    }
    // Weak tags never match here (RFC 9110, 13.1.1), so `W/` isn't looked for.
    let text = tag.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or_default();
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    Some(if digits { text.parse().unwrap_or(NO_SUCH_VERSION) } else { NO_SUCH_VERSION })
}

/// For `params(IfMatch)` of POST actions; the document adds it to PUT, PATCH and DELETE by itself.
impl IntoParams for IfMatch {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![
            ParameterBuilder::new()
                .name("If-Match")
                .parameter_in(ParameterIn::Header)
                .required(Required::False)
                .description(Some("The `ETag` of the version that was read. A stale one is refused with 412."))
                .schema(Some(Object::with_type(Type::String)))
                .build(),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_strong_entity_tags_are_versions() {
        assert_eq!(parse_version("*"), None);
        assert_eq!(parse_version("\"3\""), Some(3));
        for other in ["W/\"3\"", "3", "\"\"", "\"+3\"", "\"a\"", "\"3\", \"4\"", "", "\"99999999999999999999\""] {
            assert_eq!(parse_version(other), Some(NO_SUCH_VERSION), "{other}");
        }
    }
}
