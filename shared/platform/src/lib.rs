//! Where does the outside world come in? Here: `app` says in its ports what it needs, and this crate
//! has the real thing for each of them, set up from the environment.
//!
//! | To learn about | read |
//! |---|---|
//! | which environment variables there are | [`settings`] |
//! | what happens before the first request | [`mod@start`] |
//! | what a function reaches besides the table | [`reach`] |
//! | where secrets are read, how often, and how a laptop does without AWS | [`secrets`] |
//! | what Twilio's secret consists of | [`twilio_secret`] |
//! | how a message gets to Twilio | [`messenger`] |
//! | under which address the API is known outside | [`public_url`] |
//! | how events get to EventBridge | [`events`] |
//! | where seals of the audit trail and the ledger of erasures are kept besides the table | [`archive`] |
//! | how DynamoDB is connected to, whom that trusts, and what is given up when | [`dynamodb`], [`aws`], [`https`] |
//! | what is logged | [`telemetry`] |
//! | what time it is | [`clock`] |
//!
//! Nothing here decides anything about appointments or patients, and nothing here may let a secret or a
//! patient's data into a log line, an error or a `Debug` output.

pub mod archive;
pub mod aws;
pub mod clock;
pub mod dynamodb;
pub mod events;
pub mod https;
pub mod messenger;
pub mod public_url;
pub mod reach;
pub mod secrets;
pub mod settings;
pub mod start;
pub mod telemetry;
pub mod twilio_secret;

pub use reach::{Reach, TableOnly};
pub use settings::Settings;
pub use start::{StartError, start};
