//! The types of the API's requests and responses, one file per noun. Functions, the command line tool and tests use
//! the same types.
//!
//! A type declares itself: what a field accepts, what errors it gives, how it is written as JSON and how the OpenAPI
//! document describes it follow from its type ([`field`], [`values`]). A field that doesn't fit is refused together
//! with all others, each under its name:
//!
//! ```
//! use wire::values::Bounded;
//!
//! /// The data of a room.
//! #[derive(Clone, wire::Body)]
//! struct RoomBody {
//!     #[field(example = "Consultorio 1")]
//!     name: domain::text::Line<100>,
//!     /// How many appointments may take place at the same time.
//!     #[field(default = Bounded::of(1))]
//!     capacity: Bounded<u16, 1, 50>,
//! }
//!
//! let context = wire::ReadContext::example();
//! let wrong = serde_json::json!({"capacity": "two", "colour": "red"});
//! let violations = wire::read_body::<RoomBody>(wrong.as_object().unwrap(), context).unwrap_err().into_violations();
//! let fields: Vec<&str> = violations.iter().map(|violation| violation.field.as_str()).collect();
//! assert_eq!(fields, ["colour", "name", "capacity"]);
//! ```
//!
//! | Part | in |
//! |---|---|
//! | What a field's type has to define | `field.rs` |
//! | The types of fields | `values/` |
//! | The given values, and how all errors are collected | `source.rs`, `reader.rs` |
//! | A change of some fields | `patch.rs` |
//! | JSON objects and their schemas | `members.rs` |
//! | Spreadsheets | `sheet/` |
//! | The API types | one file per noun |

extern crate self as wire;

pub mod action;
pub mod appointment;
pub mod audit;
pub mod audit_verification;
pub mod block;
mod body;
mod checks;
pub mod clinic;
pub mod contact;
pub mod doctor;
pub mod export;
pub mod field;
pub mod first_admin;
mod force;
pub mod health;
pub mod holiday;
pub mod inbound;
pub mod listed_appointment;
pub mod listed_patient;
pub mod members;
pub mod notification;
mod parameters;
mod patch;
pub mod patient;
pub mod preview;
pub mod quick_reply;
mod reader;
pub mod room;
pub mod rule;
pub mod schedule;
pub mod sheet;
pub mod sign_in;
pub mod slot;
mod source;
pub mod specialty;
pub mod thread;
pub mod user;
pub mod values;
pub mod worklist;

pub use body::{OptionalBody, Replacement, RequestBody};
pub use field::{FieldError, FieldInput, FieldValue, Schemas};
pub use force::{AffectedAppointmentView, AffectedView, ForceParams};
pub use members::Members;
pub use parameters::parameter;
pub use patch::Patch;
pub use reader::{Accepted, FieldReader, Fields, ReadContext, ReadError, read_body, read_parameters};
pub use source::FieldSource;
pub use wire_derive::{Body, Params, View};
