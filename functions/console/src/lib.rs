//! The console: the pages for the people of a clinic. Rust renders them, htmx replaces parts of them.
//!
//! The console is a client of the API that runs on the server. It has no right to the table: it calls the API's
//! functions through the port [`api::Api`], with the user's own token, address and request id. So roles, clinics, audit,
//! idempotency, versions and throttles stay where they are.
//!
//! | To learn about | read |
//! |---|---|
//! | the way of a request | [`service()`], [`routes`], [`request`] |
//! | the calls of the API, typed | [`api`] |
//! | the same in AWS | [`aws`] |
//! | cookies, renewal, the check of a form's origin | [`session`] |
//! | links behind a stage | [`links`] |
//! | the layout of a page, and its parts | [`page`], [`parts`] |
//! | one screen | [`screens`] |
//! | texts, colours, dates | [`words`], [`colours`], [`dates`] |
//! | the script and the style sheet | [`assets`] |

pub mod answer;
pub mod api;
pub mod assets;
pub mod aws;
pub mod colours;
pub mod dates;
pub mod fields;
pub mod links;
pub mod page;
pub mod parts;
pub mod request;
pub mod routes;
pub mod screens;
mod service;
pub mod session;
pub mod words;

pub use service::{Clock, Console, service};
