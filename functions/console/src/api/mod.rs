//! The API as the console calls it. Only this module names paths of the API.
//!
//! [`Api`] is the port: in AWS it invokes the API's functions, locally it is the gateway in the same process.
//! [`ApiClient`] adds the user's token, address and request id, and reads answers and problems.

mod calls;
mod client;
mod inbound;
mod model;
mod problem;

pub use client::{ApiClient, Precondition};
pub use inbound::ReplyOutcome;
pub use model::*;
pub use problem::{Conflict, Offer, Problem, ScreenError};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{Request, Response};

/// Calls the API. The caller's address is among the extensions of the request as a [`std::net::SocketAddr`].
pub trait Api: Send + Sync {
    fn call(&self, request: Request<Bytes>) -> BoxFuture<'_, Response<Bytes>>;
}

/// The function of the API that a path belongs to, by its group.
#[must_use]
pub fn function_of(path: &str) -> Option<&str> {
    let group = path.strip_prefix("/api/")?.split(['/', '?']).next()?;
    Some(if group == "worklist" { "notifications" } else { group })
}

/// The functions that the console calls. The template gives their names and the right to invoke them.
pub const FUNCTIONS: [&str; 7] =
    ["appointments", "auth", "clinics", "doctors", "notifications", "patients", "schedules"];
