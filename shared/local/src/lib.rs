//! The whole system in one process, without AWS and Twilio: `cargo dev` and the tests run it. All code from the HTTP
//! request to the table's conditions is the production code:
//!
//! | Instead of | there is |
//! |---|---|
//! | DynamoDB | [`database`]: an embedded one, reached through the real SDK |
//! | DynamoDB Streams, and EventBridge | [`stream`], [`memory_events`] |
//! | API Gateway and Lambda | [`gateway`]: converts HTTP requests into the events that functions get |
//! | Twilio | [`fake_twilio`]: refuses, fails and calls back as the real one does |
//! | Secrets Manager | [`memory_secrets`] |
//! | the system's clock | [`clock`]: a shifted clock and a fixed clock |
//!
//! [`functions`] lists every function; [`system`] assembles the parts. [`observer`] reports to the test kit which
//! function calls which service. No deployed function links this crate, nor does `citas`.

pub mod clock;
pub mod database;
pub mod fake_twilio;
pub mod functions;
pub mod gateway;
pub mod memory_events;
pub mod memory_secrets;
pub mod observer;
pub mod protocol;
pub mod stream;
pub mod system;
