//! What the functions have in common as an HTTP API: from a Lambda event to a handler's typed
//! arguments, and from its result to an answer.
//!
//! A function declares its routes with `#[utoipa::path]` above each handler, collects them in a
//! [`Router`] and hands that to [`serve`]. Everything that holds for all routes happens here, once.
//!
//! | To learn about | read |
//! |---|---|
//! | the way of a request, from event to answer | [`mod@service`], [`incoming`] |
//! | who may call what; how a route declares it | [`policy`], [`authorize`] |
//! | the routes of a function | [`router`] |
//! | which row a path names, to be read with the caller's | `path_row` |
//! | a handler's arguments | [`body`], [`params`], [`paging`], [`caller`], [`path`], [`if_match`] |
//! | how JSON and parameters become types, and what is said of those that don't | `json`, `members` |
//! | a handler's results | [`answer`], [`problem`] |
//! | the words of a refusal, in three languages | [`texts`], [`language`] |
//! | repeating a POST safely | `once` |
//! | the OpenAPI document | [`openapi`] |
//!
//! ```
//! use web::{App, Caller, Json, Problem, Router, State, routes};
//!
//! /// Says who asks.
//! #[utoipa::path(get, path = "/api/whoami/", tag = "auth", responses((status = 200, body = String)),
//!     extensions(("x-access" = json!("operator"))))]
//! async fn who_am_i(State(_app): State<App>, caller: Caller) -> Result<Json<String>, Problem> {
//!     Ok(Json(format!("{:?}", caller.0.user_id())))
//! }
//!
//! fn router() -> Router {
//!     Router::default().routes(routes!(who_am_i))
//! }
//!
//! assert_eq!(web::Policy::of(&router()).table(), "GET    /api/whoami/  operator  who_am_i\n");
//! ```

pub mod answer;
pub mod authorize;
pub mod body;
pub mod caller;
mod cursor;
mod force;
mod hash;
pub mod if_match;
pub mod incoming;
mod json;
pub mod language;
mod members;
mod once;
pub mod openapi;
pub mod paging;
pub mod params;
pub mod path;
mod path_row;
pub mod policy;
pub mod problem;
mod render;
pub mod router;
pub mod service;
pub mod texts;

pub use answer::{Acted, Created, Json, NoContent, Shown};
pub use app::App;
pub use axum::extract::State;
pub use body::{Input, OptionalBody, Patch};
pub use caller::{Anyone, Caller, OwnSession};
pub use force::ForceParams;
pub use http::StatusCode;
pub use if_match::IfMatch;
pub use incoming::RequestedUrl;
pub use openapi::Id;
pub use paging::{List, Paging};
pub use params::Params;
pub use path::{PathId, PathIds};
pub use policy::{Access, Policy};
pub use problem::{Problem, Refusal};
pub use router::{Route, Router};
pub use service::{Service, serve, service};

#[doc(hidden)] // `routes!` needs it wherever it is used
pub use pastey::paste;

#[cfg(test)]
mod tests;
