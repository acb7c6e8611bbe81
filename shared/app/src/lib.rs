//! The use cases of citas: one function per use case, named after its operation in the API.
//!
//! A use case loads the rows that it needs, lets `domain` decide, writes every change in one transaction and returns
//! the outcome. It does not depend on HTTP: the same function serves a receptionist, a patient's reply and the
//! scheduled job.
//!
//! | To learn about | read |
//! |---|---|
//! | listing, booking and rescheduling appointments, and the other actions | [`appointments`] |
//! | windows, weekly rules, closures, and the effect of their changes on appointments | [`availability`] |
//! | sending each message once, the scheduled job, inbound messages | [`messaging`] |
//! | what a person has to look at | [`worklist`] |
//! | users, sign-in, access tokens | [`accounts`] |
//! | patients, doctors, clinics and rooms | [`directory`] |
//! | the follow-up work of changes that concern many rows | [`sweeps`] |
//! | exports and erasures of a patient's data | [`privacy`] |
//! | the audit trail and its seals | [`audit`] |
//! | domain events for other systems, imports from other systems | [`integration`] |
//! | ports to the outside, units of work, errors, retries, lists | [`support`] |

pub mod accounts;
pub mod appointments;
pub mod audit;
pub mod availability;
pub mod directory;
pub mod integration;
pub mod messaging;
pub mod privacy;
pub mod support;
pub mod sweeps;
pub mod worklist;

pub use support::app::{App, AppParts};
pub use support::context::Context;
pub use support::error::AppError;
