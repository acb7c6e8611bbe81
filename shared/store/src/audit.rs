//! The audit trail: one row per access or change, written in the transaction of the change.

use crate::item::Entity;
use crate::keys::{IndexKey, Key, audit_object_key};
use crate::schema::Index;
use domain::actor::Actor;
use domain::ids::AuditId;
use domain::time::Instant;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A row of the audit trail.
#[derive(Clone, Serialize, Deserialize)]
pub struct AuditRow {
    pub id: AuditId,
    pub at: Instant,
    pub actor: Actor,
    /// The kind of object: `patient`, `appointment`, …
    pub model: String,
    /// The id of the object.
    pub object_id: String,
    pub action: AuditAction,
    /// The changed fields by name.
    pub changes: BTreeMap<String, FieldChange>,
    pub ip_address: Option<String>,
    pub request_id: String,
}

domain::opaque!(AuditRow);

/// The type of an audited action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AuditAction {
    Create,
    Read,
    Update,
    /// Deactivated or removed.
    Delete,
    /// An action on an appointment.
    Action,
    Login,
    LoginFailed,
    /// All data about a patient was exported.
    Export,
    /// The personal data of a patient was erased.
    Erase,
}

/// The old and new value of a field. For personal fields a fixed text replaces both.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChange {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old: Option<String>,
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
        vec![(Index::One, audit_object_key(&self.object_id, self.at, self.id))]
    }
}
