//! The audit trail.

use crate::checks::days_in_order;
use crate::reader::{Accepted, FieldReader};
use crate::values::{ActorType, DateTime};
use crate::{Params, View};
use app::audit::{AuditFilter, MAX_DAYS};
use domain::actor::Actor;
use domain::ids::{AuditId, UserId};
use domain::time::LocalDate;
use domain::violation::Rule;
use std::collections::BTreeMap;
use store::audit::{AuditAction, AuditRow, FieldChange};

/// One row of the audit trail.
#[derive(Clone, View)]
pub struct AuditView {
    id: AuditId,
    /// Id of the user; `null` if the actor is a patient or the system.
    user: Option<UserId>,
    /// `user`, `patient` or `system`.
    actor_type: ActorType,
    /// Kind of the object.
    #[field(example = "appointment")]
    model: String,
    /// Id of the object.
    object_id: String,
    /// `CREATE`, `READ`, `UPDATE`, `DELETE`, `ACTION`, `LOGIN`, `LOGIN_FAILED`, `EXPORT` or `ERASE`.
    #[field(example = "UPDATE")]
    action: &'static str,
    /// The changed fields, by name. Values of personal fields are redacted.
    changes: BTreeMap<String, ChangeView>,
    /// IP address of the caller.
    ip_address: Option<String>,
    /// Id of the request, as in the header `X-Request-Id`.
    request_id: String,
    created_at: DateTime,
}

impl From<AuditRow> for AuditView {
    fn from(row: AuditRow) -> Self {
        let (actor_type, user) = match row.actor {
            Actor::User { id, .. } => (ActorType::User, Some(id)),
            Actor::Patient { .. } => (ActorType::Patient, None),
            Actor::System => (ActorType::System, None),
        };
        let changes = row.changes.into_iter();
        Self {
            id: row.id,
            user,
            actor_type,
            model: row.model,
            object_id: row.object_id,
            action: action_name(row.action),
            changes: changes.map(|(field, change)| (field, change.into())).collect(),
            ip_address: row.ip_address,
            request_id: row.request_id,
            created_at: DateTime::utc(row.at),
        }
    }
}

fn action_name(action: AuditAction) -> &'static str {
    match action {
        AuditAction::Create => "CREATE",
        AuditAction::Read => "READ",
        AuditAction::Update => "UPDATE",
        AuditAction::Delete => "DELETE",
        AuditAction::Action => "ACTION",
        AuditAction::Login => "LOGIN",
        AuditAction::LoginFailed => "LOGIN_FAILED",
        AuditAction::Export => "EXPORT",
        AuditAction::Erase => "ERASE",
    }
}

/// A field before and after.
#[derive(Clone, View)]
pub struct ChangeView {
    old: Option<String>,
    new: Option<String>,
}

impl From<FieldChange> for ChangeView {
    fn from(FieldChange { old, new }: FieldChange) -> Self {
        Self { old, new }
    }
}

#[derive(Params)]
#[check(days_in_order(date_from, date_to))]
#[check(check_period_length(object_id, date_from, date_to))]
pub struct AuditParams {
    /// Kind of the object.
    model: Option<String>,
    /// Id of the object.
    object_id: Option<String>,
    /// Id of the acting user.
    user: Option<UserId>,
    /// First UTC day, included. By default six days before the last day.
    date_from: Option<LocalDate>,
    /// Last UTC day, included; today by default. At most 31 days, unless `object_id` is given.
    date_to: Option<LocalDate>,
}

impl From<AuditParams> for AuditFilter {
    fn from(params: AuditParams) -> Self {
        Self {
            model: params.model,
            object_id: params.object_id,
            user: params.user,
            from: params.date_from,
            to: params.date_to,
        }
    }
}

/// Any number of days may be listed of one object only.
fn check_period_length(
    object_id: Accepted<'_, Option<String>>,
    first: Accepted<'_, Option<LocalDate>>,
    last: Accepted<'_, Option<LocalDate>>,
    reader: &mut FieldReader<'_>,
) {
    if let (Some(None), Some(Some(first)), Some(Some(last))) = (object_id, first, last)
        && last.signed_duration_since(*first).num_days() >= MAX_DAYS
    {
        reader.refuse("date_to", Rule::TooManyDays(MAX_DAYS));
    }
}
