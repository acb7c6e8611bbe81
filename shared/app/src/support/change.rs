//! What every change has in common: it happens once, and it leaves a row in the audit trail.

use crate::App;
use crate::support::attempts::Failure;
use crate::support::context::Context;
use crate::support::error::AppError;
use domain::ids::AuditId;
use domain::time::Instant;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use store::audit::{AuditAction, AuditRow, FieldChange};
use store::idempotency::Outcome;
use store::{Purpose, Transaction};

/// What the audit trail shows instead of a personal value.
pub const PERSONAL: &str = "changed";

/// Adds the outcome. It may take the place of one that has expired and isn't deleted yet.
pub(crate) fn remember(transaction: &mut Transaction, outcome: &Outcome) {
    transaction.create_over_expired(Purpose::Idempotency, outcome, outcome.created_at);
}

/// Adds a row to the audit trail. `now` is the time of this attempt: a transaction that isn't on its way
/// five minutes later is made anew, so that no row lands where the trail is [sealed](crate::audit::seals).
pub fn audit(
    app: &App,
    ctx: &Context,
    transaction: &mut Transaction,
    now: Instant,
    thing: (&str, impl std::fmt::Display),
    action: AuditAction,
    changes: BTreeMap<String, FieldChange>,
) {
    let clock = Arc::clone(&app.clock);
    transaction.stamp(now, move || clock.now());
    transaction.create(Purpose::Append, &row(app, ctx, now, thing, action, changes));
}

/// Leaves a row in the audit trail that says who has read or exported a thing. What can't be noted must
/// not be shown.
///
/// # Errors
/// [`AppError::Busy`].
pub async fn audit_reading(
    app: &App,
    ctx: &Context,
    thing: (&str, impl std::fmt::Display),
    action: AuditAction,
) -> Result<(), AppError> {
    let (model, id) = (thing.0, thing.1.to_string());
    crate::attempt!(_number => async {
        // An answer that was lost may leave two rows; they have one request id.
        let row = row(app, ctx, app.now(), (model, &id), action, BTreeMap::new());
        Ok::<(), Failure>(app.table.put(&row).await?)
    })
}

fn row(
    app: &App,
    ctx: &Context,
    now: Instant,
    thing: (&str, impl std::fmt::Display),
    action: AuditAction,
    changes: BTreeMap<String, FieldChange>,
) -> AuditRow {
    AuditRow {
        id: app.new_id::<AuditId>(),
        at: now,
        actor: ctx.actor.clone().without_patients_name(),
        model: thing.0.to_owned(),
        object_id: thing.1.to_string(),
        action,
        changes,
        ip_address: ctx.ip_address.clone(),
        request_id: ctx.request_id.clone(),
    }
}

/// The fields in which two states of a thing differ. Only those in `open` show their values: of the
/// others, which may be personal, the trail says that they changed, so that erasure stays possible.
#[must_use]
pub fn differences<T: Serialize>(
    before: Option<&T>,
    after: Option<&T>,
    open: &[&str],
) -> BTreeMap<String, FieldChange> {
    let fields = |thing: Option<&T>| match thing.map(serde_json::to_value) {
        Some(Ok(Value::Object(fields))) => fields,
        _ => serde_json::Map::new(),
    };
    let (before, after) = (fields(before), fields(after));
    let names: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    names
        .into_iter()
        .filter(|name| before.get(*name).unwrap_or(&Value::Null) != after.get(*name).unwrap_or(&Value::Null))
        .map(|name| {
            let shown = |value: Option<&Value>| match value {
                None | Some(Value::Null) => None,
                Some(_) if !open.contains(&name.as_str()) => Some(PERSONAL.to_owned()),
                Some(Value::String(text)) => Some(text.clone()),
                Some(other) => Some(other.to_string()),
            };
            (name.clone(), FieldChange { old: shown(before.get(name)), new: shown(after.get(name)) })
        })
        .collect()
}
