//! A client of Twilio's API for WhatsApp messages: sends and lists messages, and verifies and parses webhooks.
//!
//! Twilio has no idempotent send. Therefore [`SendError`] distinguishes "certainly not accepted", "rejected" and
//! "unknown", and only the first may be sent again.
//!
//! | Outbound | Inbound |
//! |---|---|
//! | [`TwilioClient::create_message`] sends a [`NewMessage`] | [`signature::verify`] authenticates a webhook |
//! | [`TwilioClient::list_messages`] resolves an unknown outcome | [`Form`] has the decoded parameters |
//! | [`errors`] classifies error codes | [`InboundMessage`], [`StatusCallback`] give them names |
//! | [`TwilioClient::fetch_media`] gets an attached file | [`twiml`] builds the response to a webhook |
//!
//! The crate knows nothing of patients or appointments. Numbers and texts are personal data: no
//! `Debug` output and no error of this crate contains one, and secrets are redacted too.

pub mod callback;
pub mod client;
pub mod config;
pub mod errors;
pub mod form;
pub mod inbound;
pub mod list;
pub mod media;
pub mod message;
mod response;
pub mod secret;
pub mod send_error;
mod sid;
pub mod signature;
pub mod status;
pub mod twiml;

pub use callback::{CallbackError, StatusCallback};
pub use client::TwilioClient;
pub use config::{ConfigError, Timeouts, TwilioConfig, TwilioCredentials};
pub use errors::ErrorClass;
pub use form::{Form, FormError};
pub use inbound::{AttachedFile, InboundError, InboundMessage, OptOutType};
pub use list::{Direction, ListError, MessageQuery, MessageRecord};
pub use media::{MediaError, MediaFile, MediaRef};
pub use message::{Accepted, Content, NewMessage};
pub use secret::Secret;
pub use send_error::{NotAcceptedCause, SendError, UnknownCause};
pub use signature::{AuthToken, SignatureError};
pub use status::MessageStatus;
