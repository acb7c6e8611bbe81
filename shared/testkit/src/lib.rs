//! What stands in for the outside world? On a laptop and in tests there is no AWS and no Twilio, and
//! still everything is real from the HTTP request down to the table's conditions:
//!
//! | Instead of | there is |
//! |---|---|
//! | DynamoDB | [`database`]: an embedded one, behind the real SDK |
//! | API Gateway and Lambda | [`gateway`]: plain HTTP in, the event that a function gets out |
//! | Twilio | [`fake_twilio`]: refuses, fails and calls back as the real one |
//! | DynamoDB's stream and EventBridge | [`wire::stream`], [`kept_events`] |
//! | Secrets Manager | [`memory_secrets`] |
//! | time | [`clock`]: one that runs from another date, one that stands still |
//! | a network that loses things | [`wire`]: faults by a seeded plan, between the SDK and the table |
//!
//! [`functions`] lists every function; [`system`] puts all of it together, as the local server runs
//! it; [`test_app`] adds an empty table and people who call the API, and [`leaks`] watches that nothing
//! of them gets into the log, [`rights`] that each function does what its role in [`template`] allows.
//!
//! Nothing here is linked into a deployed function.

pub mod clock;
pub mod database;
pub mod fake_twilio;
pub mod functions;
pub mod gateway;
pub mod kept_events;
pub mod leaks;
pub mod memory_secrets;
pub mod rights;
pub mod system;
pub mod template;
pub mod test_app;
pub mod wire;
