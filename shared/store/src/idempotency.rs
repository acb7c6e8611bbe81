//! The outcome of a request, kept in the transaction of its effect, so that the same request has
//! one effect. It holds an id, never a body: a replay shows the thing as it is now.

use crate::item::Entity;
use crate::keys::Key;
use domain::time::{Instant, TimeDelta};
use serde::{Deserialize, Serialize};

/// For how long an outcome is kept.
pub const KEPT: TimeDelta = TimeDelta::hours(24);

/// An outcome.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    /// Hash of user, route and key.
    pub scope: String,
    /// Hash of the request's body.
    pub fingerprint: String,
    /// Id of what was made or changed.
    pub resource: String,
    /// When it was made.
    pub created_at: Instant,
}

impl Entity for Outcome {
    const KIND: &'static str = "idempotency";

    fn key(&self) -> Key {
        Key::idempotency(&self.scope)
    }

    fn expires_at(&self) -> Option<Instant> {
        Some(self.created_at.plus(KEPT))
    }
}
