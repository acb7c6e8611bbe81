//! The audit trail: who did what to which thing, written in the change's transaction.

use crate::item::Entity;
use crate::keys::{IndexKey, Key, audit_of};
use crate::schema::Index;
use domain::actor::Actor;
use domain::ids::AuditId;
use domain::time::Instant;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One row of the trail.
#[derive(Clone, Serialize, Deserialize)]
pub struct AuditRow {
    /// Its id.
    pub id: AuditId,
    /// When.
    pub at: Instant,
    /// Who.
    pub actor: Actor,
    /// The kind of thing: `patient`, `appointment`, …
    pub model: String,
    /// Its id, as text.
    pub object_id: String,
    /// What was done.
    pub action: AuditAction,
    /// The fields that changed.
    pub changes: BTreeMap<String, FieldChange>,
    /// From which address.
    pub ip_address: Option<String>,
    /// In which request.
    pub request_id: String,
}

domain::opaque!(AuditRow);

/// What was done to a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AuditAction {
    /// Made.
    Create,
    /// Read.
    Read,
    /// Changed.
    Update,
    /// Deactivated or removed.
    Delete,
    /// An action on an appointment.
    Action,
    /// Signed in.
    Login,
    /// Failed to.
    LoginFailed,
    /// Everything about somebody was read at once.
    Export,
    /// Somebody's data was overwritten.
    Erase,
}

/// Old and new value of a field. Personal fields say only that they changed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChange {
    /// Before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old: Option<String>,
    /// After.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new: Option<String>,
}

domain::opaque!(FieldChange);

impl Entity for AuditRow {
    const KIND: &'static str = "audit";

    fn key(&self) -> Key {
        Key::audit(self.at, self.id)
    }

    fn indexes(&self) -> Vec<(Index, IndexKey)> {
        vec![(Index::One, audit_of(&self.object_id, self.at, self.id))]
    }
}
