//! What the audit trail records about a change, or about reading a record.

use crate::App;
use crate::support::context::Context;
use crate::support::error::AppError;
use crate::support::retry::AttemptError;
use domain::ids::AuditId;
use domain::time::Instant;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Display;
use store::audit::{AuditAction, AuditRow, FieldChange};

/// The conditions under which a change may be committed.
#[derive(Debug, Clone, Copy, Default)]
pub struct ChangeConditions {
    /// The version that the client has read.
    pub if_match: Option<u64>,
    /// Whether the change may leave appointments stranded.
    pub force: bool,
    /// Whether the change is only tried, to learn which appointments it would leave stranded.
    pub dry_run: bool,
}

impl From<Option<u64>> for ChangeConditions {
    fn from(if_match: Option<u64>) -> Self {
        Self { if_match, ..Self::default() }
    }
}

/// Replaces personal values in the audit trail.
pub const REDACTED: &str = "changed";

/// Writes an audit row for reading or exporting a record. The caller must not return the record if this fails.
pub async fn audit_read(
    app: &App,
    ctx: &Context,
    (model, id): (&str, impl Display),
    action: AuditAction,
) -> Result<(), AppError> {
    let id = id.to_string();
    crate::retry!(_number => async {
        // A lost answer can result in two rows with the same request id.
        let row = audit_row(app, ctx, app.now(), (model, &id), action);
        Ok::<(), AttemptError>(app.table.put(&row).await?)
    })
}

/// A row of the audit trail, without changed fields.
pub(crate) fn audit_row(
    app: &App,
    ctx: &Context,
    at: Instant,
    (model, id): (&str, impl Display),
    action: AuditAction,
) -> AuditRow {
    AuditRow {
        id: app.new_id::<AuditId>(),
        at,
        actor: ctx.actor.clone().without_patients_name(),
        model: model.to_owned(),
        object_id: id.to_string(),
        action,
        changes: BTreeMap::new(),
        ip_address: ctx.ip_address.clone(),
        request_id: ctx.request_id.clone(),
    }
}

/// Returns the fields in which two states of a record differ. Only fields in `plaintext` keep their values. The others
/// may be personal, so their values are [redacted](REDACTED): the trail is immutable, and erasure must stay possible.
#[must_use]
pub fn differences<T: Serialize>(
    before: Option<&T>,
    after: Option<&T>,
    plaintext: &[&str],
) -> BTreeMap<String, FieldChange> {
    let fields = |record: Option<&T>| match record.map(serde_json::to_value) {
        Some(Ok(Value::Object(fields))) => fields,
        _ => serde_json::Map::new(),
    };
    let (before, after) = (fields(before), fields(after));
    let names: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    names
        .into_iter()
        .filter(|name| before.get(*name).unwrap_or(&Value::Null) != after.get(*name).unwrap_or(&Value::Null))
        .map(|name| {
            let audited = |value: Option<&Value>| match value {
                None | Some(Value::Null) => None,
                Some(_) if !plaintext.contains(&name.as_str()) => Some(REDACTED.to_owned()),
                Some(Value::String(text)) => Some(text.clone()),
                Some(other) => Some(other.to_string()),
            };
            (name.clone(), FieldChange { old: audited(before.get(name)), new: audited(after.get(name)) })
        })
        .collect()
}
