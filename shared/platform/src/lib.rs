//! Implements `app`'s ports for a deployment, configured from the environment.
//!
//! | To learn about | read |
//! |---|---|
//! | environment variables | [`settings`] |
//! | what happens before the first request | [`mod@start`] |
//! | which ports a function uses besides the table | [`capabilities`] |
//! | where secrets are read, how often, and how a laptop does without AWS | [`secrets`] |
//! | the JSON of Twilio's secret | [`twilio_secret`] |
//! | sending a message through Twilio | [`messenger`] |
//! | the public address of the API | [`public_url`] |
//! | putting events on EventBridge | [`events`] |
//! | copies of audit seals and of the erasure ledger outside the table | [`archive`] |
//! | connections to DynamoDB, trusted certificates, time-outs and retries | [`dynamodb`], [`aws`], [`https`] |
//! | what is logged | [`telemetry`] |
//! | the system clock | [`clock`] |
//!
//! Nothing here decides anything about appointments or patients, and nothing here may let a secret or a
//! patient's data into a log line, an error or a `Debug` output.

pub mod archive;
pub mod aws;
pub mod capabilities;
pub mod clock;
pub mod dynamodb;
pub mod events;
pub mod https;
pub mod messenger;
pub mod public_url;
pub mod secrets;
pub mod settings;
pub mod start;
pub mod telemetry;
pub mod twilio_secret;

pub use capabilities::{AllPorts, Capabilities, TableAndEvents, TableAndMessages, TableOnly};
pub use settings::Settings;
pub use start::{StartError, start};
