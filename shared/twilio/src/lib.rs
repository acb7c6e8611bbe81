//! Twilio's side of a WhatsApp conversation: send a message, look up what was sent, and read and
//! verify what Twilio posts back. *What happened to my POST?* is the question this crate is built
//! around: Twilio has no idempotent send, so [`SendError`] keeps "certainly not accepted",
//! "refused" and "nobody knows" apart, and only the first may be tried again.
//!
//! | Going out | Coming in |
//! |---|---|
//! | [`Client::create_message`] sends a [`NewMessage`] | [`signature::verify`] proves that Twilio wrote it |
//! | [`Client::list_messages`] settles an unknown outcome | [`Form`] holds the decoded parameters |
//! | [`errors`] says what an error code asks of us | [`InboundMessage`], [`StatusCallback`] give them names |
//! | | [`twiml`] is what a webhook answers |
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
pub mod message;
mod response;
pub mod secret;
pub mod send_error;
mod sid;
pub mod signature;
pub mod status;
pub mod twiml;

pub use callback::{CallbackError, StatusCallback};
pub use client::Client;
pub use config::{Config, ConfigError, Credentials, Timeouts};
pub use errors::ErrorClass;
pub use form::{Form, FormError};
pub use inbound::{InboundError, InboundMessage, OptOutType};
pub use list::{Direction, ListError, MessageQuery, MessageRecord};
pub use message::{Accepted, Content, NewMessage};
pub use secret::Secret;
pub use send_error::{NotAcceptedCause, SendError, UnknownCause};
pub use signature::{AuthToken, SignatureError};
pub use status::MessageStatus;
