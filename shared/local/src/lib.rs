//! All of citas in one process, without AWS and Twilio: what `cargo dev` and the tests run. Everything is real from
//! the HTTP request down to the table's conditions:
//!
//! | Instead of | there is |
//! |---|---|
//! | DynamoDB | [`database`]: an embedded one, behind the real SDK |
//! | its stream, and EventBridge | [`stream`], [`kept_events`] |
//! | API Gateway and Lambda | [`gateway`]: plain HTTP in, the event that a function gets out |
//! | Twilio | [`fake_twilio`]: refuses, fails and calls back as the real one |
//! | Secrets Manager | [`memory_secrets`] |
//! | the system's clock | [`clock`]: one that runs from another date, one that stands still |
//!
//! [`functions`] lists every function; [`system`] puts all of it together. [`observer`] tells the test kit which
//! function calls which service. Nothing here is linked into a deployed function or into `citas`.

pub mod clock;
pub mod database;
pub mod fake_twilio;
pub mod functions;
pub mod gateway;
pub mod kept_events;
pub mod memory_secrets;
pub mod observer;
pub mod protocol;
pub mod stream;
pub mod system;
