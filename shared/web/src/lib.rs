//! The HTTP layer of all functions: turns a Lambda event into a handler's typed arguments, and the handler's result
//! into a response.
//!
//! A function declares its routes with `#[utoipa::path]` above each handler, collects them in a
//! [`Router`] and passes that to [`serve`]. What applies to all routes is done here, once.
//!
//! | To learn about | read |
//! |---|---|
//! | the way of a request, from event to response | [`mod@service`], [`incoming`] |
//! | authorization, and how a route declares it | [`policy`], [`authorize`] |
//! | the routes of a function | [`router`] |
//! | which row is read ahead, with those of the caller | `prefetch` |
//! | a handler's arguments | [`body`], [`params`], [`paging`], [`caller`], [`path`], [`if_match`] |
//! | reading a body's JSON; the crate [`wire`] reads fields, with all errors at once | `json` |
//! | a handler's results | [`answer`], [`problem`] |
//! | the tag of a list, and `If-None-Match` | `list_tag` |
//! | the texts of problems, in three languages | [`texts`], [`language`] |
//! | repeating a POST safely | `idempotency` |
//! | the OpenAPI document | [`openapi`] |
//! | the event that creates the first ADMIN | [`first_admin`] |
//!
//! ```
//! use web::{App, Caller, Json, Problem, Router, State, routes};
//!
//! /// Shows the caller's id.
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
mod dependents_view;
pub mod first_admin;
mod hash;
mod idempotency;
pub mod if_match;
pub mod incoming;
mod json;
pub mod language;
mod list_tag;
pub mod openapi;
pub mod paging;
pub mod params;
pub mod path;
pub mod policy;
mod prefetch;
pub mod problem;
mod render;
pub mod router;
pub mod service;
pub mod texts;

pub use answer::{Changed, Created, Csv, FileContent, Json, LargeJson, MAX_BODY, NoContent, Versioned};
pub use app::App;
pub use axum::extract::State;
pub use body::Input;
pub use caller::{Anonymous, Caller, CurrentSession};
pub use http::StatusCode;
pub use if_match::IfMatch;
pub use incoming::RequestedUrl;
pub use paging::{List, Paging};
pub use params::Params;
pub use path::{PathEntry, PathId, PathIds, PathPart};
pub use policy::{Access, Policy};
pub use problem::{Problem, RequestError};
pub use router::{Route, Router};
pub use service::{Service, serve, service};
pub use wire::{OptionalBody, Patch, Replacement};

#[doc(hidden)] // for the expansion of `routes!` in other crates
pub use pastey::paste;

#[cfg(test)]
mod tests;
