//! The outcome of a request with an idempotency key, written in the transaction of its effect, so that a repeated
//! request has no second effect. It stores an id and no body: a replay returns the current state of the entity.

use crate::item::Entity;
use crate::keys::Key;
use domain::time::{Instant, TimeDelta};
use serde::{Deserialize, Serialize};

/// How long an outcome is kept.
pub const RETENTION: TimeDelta = TimeDelta::hours(24);

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OutcomeRow {
    /// Hash of user, route and idempotency key.
    pub scope: String,
    /// Hash of the request's body.
    pub fingerprint: String,
    /// Id of the entity that was created or changed.
    pub resource: String,
    pub created_at: Instant,
}

impl Entity for OutcomeRow {
    const KIND: &'static str = "idempotency";

    fn key(&self) -> Key {
        Key::idempotency(&self.scope)
    }

    fn expires_at(&self) -> Option<Instant> {
        Some(self.created_at.plus(RETENTION))
    }
}
