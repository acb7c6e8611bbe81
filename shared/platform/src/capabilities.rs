//! Which ports a function uses besides the table and the secrets, declared by a type ([`Capabilities`]). A port that
//! a function doesn't declare isn't linked into its binary: a receptionist's request doesn't start Twilio's client.
//!
//! The local server and the tests restrict each function to the same ports, so that one which sends without declaring
//! it fails there. The exception is `auth-admin`, which tests call with every port.

use crate::archive::NoArchive;
use crate::events::NoEvents;
use crate::messenger::NoMessenger;
use app::AppParts;
use std::sync::Arc;

/// The ports that a function uses: none, unless overridden.
pub trait Capabilities {
    /// Whether it sends messages, or looks up what became of them.
    const MESSAGES: bool = false;
    /// Whether it emits events.
    const EVENTS: bool = false;
    /// Whether it archives.
    const ARCHIVE: bool = false;
}

/// The table and the secrets alone: most functions.
#[derive(Debug, Clone, Copy)]
pub struct TableOnly;

impl Capabilities for TableOnly {}

#[derive(Debug, Clone, Copy)]
pub struct TableAndMessages;

impl Capabilities for TableAndMessages {
    const MESSAGES: bool = true;
}

#[derive(Debug, Clone, Copy)]
pub struct TableAndEvents;

impl Capabilities for TableAndEvents {
    const EVENTS: bool = true;
}

#[derive(Debug, Clone, Copy)]
pub struct AllPorts;

impl Capabilities for AllPorts {
    const MESSAGES: bool = true;
    const EVENTS: bool = true;
    const ARCHIVE: bool = true;
}

/// Replaces the ports that a function doesn't declare by those that do nothing.
#[must_use]
pub fn restrict<C: Capabilities>(mut parts: AppParts, _: C) -> AppParts {
    if !C::MESSAGES {
        parts.messenger = Arc::new(NoMessenger);
    }
    if !C::EVENTS {
        parts.events = Arc::new(NoEvents);
    }
    if !C::ARCHIVE {
        parts.archive = Arc::new(NoArchive);
    }
    parts
}
