//! Paging of lists. A handler takes [`Paging`], passes [`Paging::window`] to its use case and wraps the result with
//! [`Paging::list`].

use crate::cursor;
use crate::incoming::Incoming;
use crate::list_tag;
use crate::problem::Problem;
use app::support::listing::{PageRequest, Position, Slice};
use app::{App, AppError};
use axum::extract::{FromRequestParts, MatchedPath};
use axum::response::{IntoResponse, Response};
use domain::ids::Id as _;
use domain::user::User;
use domain::violation::{Rule, Violations};
use http::request::Parts;
use serde::Serialize;
use std::sync::Arc;
use wire::values::Bounded;
use wire::{ReadContext, ReadError};

/// The query parameters of every list.
pub(crate) const PARAMETERS: [&str; 2] = ["page_size", "cursor"];

const DEFAULT_SIZE: usize = 50;
const MAX_SIZE: i64 = 200;

/// The requested page of a list, and what is needed for links to its neighbours.
pub struct Paging {
    window: PageRequest,
    /// Whether the request has a `page_size`.
    sized: bool,
    /// The list that its cursors are valid for: user, route and filters.
    binding: cursor::Binding,
    /// The path as the client sees it.
    path: String,
    /// The query without the cursor.
    query: Vec<(String, String)>,
}

domain::opaque!(Paging);

/// A page of a list.
#[derive(Clone, Serialize, utoipa::ToSchema)]
pub struct List<T> {
    /// The URL of the next page; `null` on the last one.
    #[schema(format = "uri-reference", required)]
    pub next: Option<String>,
    /// The URL of the previous page; `null` on the first one.
    #[schema(format = "uri-reference", required)]
    pub previous: Option<String>,
    /// The rows of this page.
    pub results: Vec<T>,
}

impl<T: Serialize> IntoResponse for List<T> {
    fn into_response(self) -> Response {
        list_tag::response(self.next.as_deref(), self.previous.as_deref(), &self.results)
    }
}

impl Paging {
    #[must_use]
    pub fn window(&self) -> &PageRequest {
        &self.window
    }

    /// For a list that is always short: all of its `length` rows, unless the request has a `page_size`.
    #[must_use]
    pub fn window_of(&self, length: usize) -> PageRequest {
        let size = if self.sized { self.window.size } else { length };
        PageRequest { size, ..self.window.clone() }
    }

    /// For an answer without pages, which the parameter `with` asks for.
    ///
    /// # Errors
    /// The request has a `page_size` or a `cursor`.
    pub fn refuse_with(&self, with: &'static str) -> Result<(), Problem> {
        let mut violations = Violations::default();
        for (name, given) in [("page_size", self.sized), ("cursor", self.window.from.is_some())] {
            if given {
                violations.add(name, Rule::NotTogetherWith(with));
            }
        }
        Ok(violations.check()?)
    }

    /// For a list whose rows cost more than others.
    ///
    /// # Errors
    /// The request has a `page_size` of more than `rows`.
    pub fn expect_at_most(&self, rows: usize) -> Result<(), Problem> {
        let mut violations = Violations::default();
        if self.window.size > rows {
            violations.add("page_size", Rule::Range(1, i64::try_from(rows).unwrap_or(MAX_SIZE)));
        }
        Ok(violations.check()?)
    }

    /// # Errors
    /// The secret of cursors can't be read.
    pub async fn list<T>(self, app: &App, slice: Slice<T>) -> Result<List<T>, Problem> {
        let next = self.link(app, slice.next.as_ref()).await?;
        let previous = self.link(app, slice.previous.as_ref()).await?;
        Ok(List { next, previous, results: slice.rows })
    }

    /// The URL of another page: the same path and filters with another cursor. It is relative to the host, because a
    /// function doesn't know for sure under which host name its clients reach it.
    async fn link(&self, app: &App, position: Option<&Position>) -> Result<Option<String>, AppError> {
        let Some(position) = position else { return Ok(None) };
        let cursor = cursor::seal(app, &self.binding, position).await?;
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(&self.query).append_pair("cursor", &cursor);
        Ok(Some(format!("{}?{}", self.path, query.finish())))
    }
}

#[derive(wire::Params)]
struct Size {
    page_size: Option<Bounded<u8, 1, MAX_SIZE>>,
}

/// The requested size of a page.
///
/// # Errors
/// An invalid `page_size`.
pub(crate) fn size(query: &[(&str, &str)], context: ReadContext) -> Result<Option<usize>, Violations> {
    let given: Vec<_> = query.iter().copied().filter(|(name, _)| *name == "page_size").collect();
    let size: Size = wire::read_parameters(&given, context).map_err(ReadError::into_violations)?;
    Ok(size.page_size.map(|size| usize::from(size.get())))
}

impl FromRequestParts<App> for Paging {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let pairs = form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
        let mut query: Vec<(String, String)> = pairs.into_owned().collect();
        let pairs: Vec<(&str, &str)> = query.iter().map(|(name, value)| (&**name, &**value)).collect();
        let size = size(&pairs, ReadContext::of(app))?;
        let cursors = query.extract_if(.., |(name, _)| name == "cursor").map(|(_, value)| value);
        let cursor = cursors.last().filter(|text| !text.is_empty());

        let route = parts.extensions.get::<MatchedPath>().map(MatchedPath::as_str).unwrap_or_default();
        let user = parts.extensions.get::<Arc<User>>().map(|user| user.id.uuid());
        let filters = query.iter().filter(|(name, _)| name != "page_size");
        let binding = cursor::Binding::new(user, route, parts.uri.path(), filters);
        let from = match cursor {
            Some(text) => Some(cursor::open(app, &binding, &text).await?),
            None => None,
        };
        let prefix = parts.extensions.get::<Incoming>().map(|incoming| &*incoming.prefix).unwrap_or_default();
        let path = format!("{prefix}{}", parts.uri.path());
        let window = PageRequest { size: size.unwrap_or(DEFAULT_SIZE), from };
        Ok(Self { window, sized: size.is_some(), binding, path, query })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_1_to_200_rows() {
        let of = |text| size(&[("page_size", text)], ReadContext::example());
        assert_eq!(size(&[], ReadContext::example()), Ok(None));
        assert_eq!(of(""), Ok(None));
        assert_eq!(of(" 200 "), Ok(Some(200)));
        for wrong in ["0", "201", "-1"] {
            assert_eq!(of(wrong), Err(Violations::of("page_size", Rule::Range(1, 200))), "{wrong}");
        }
        assert_eq!(of("many"), Err(Violations::of("page_size", Rule::Type)));
    }
}
