//! What does a function reach besides the table and the secrets? It says so with a type of its own ([`Reach`]), and
//! what it doesn't say isn't linked into it: a receptionist's request doesn't start Twilio's client.
//!
//! The local server and the tests give each function the same ports and no more, so that one which sends without
//! saying so fails there; all but `auth-admin`, which tests call with every port.

use crate::archive::NoArchive;
use crate::events::NoEvents;
use crate::messenger::NoMessenger;
use app::Parts;
use std::sync::Arc;

/// What a function reaches. All nothing, unless said otherwise.
pub trait Reach {
    /// Whether it sends messages, or asks what became of them.
    const MESSAGES: bool = false;
    /// Whether it emits events.
    const EVENTS: bool = false;
    /// Whether it archives.
    const ARCHIVE: bool = false;
}

/// The table and the secrets alone: most functions.
#[derive(Debug, Clone, Copy)]
pub struct TableOnly;

impl Reach for TableOnly {}

/// These parts without the ports that the function doesn't reach.
#[must_use]
pub fn within<R: Reach>(mut parts: Parts) -> Parts {
    if !R::MESSAGES {
        parts.messenger = Arc::new(NoMessenger);
    }
    if !R::EVENTS {
        parts.events = Arc::new(NoEvents);
    }
    if !R::ARCHIVE {
        parts.archive = Arc::new(NoArchive);
    }
    parts
}
