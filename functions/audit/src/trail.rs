//! Handler and API types for the audit trail.

use app::App;
use app::audit::{self, AuditFilter, MAX_DAYS};
use axum::extract::State;
use domain::actor::Actor;
use domain::ids::{Id as _, UserId};
use domain::time::parse_date;
use domain::violation::{Rule, Violations};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::audit::{AuditAction, AuditRow};
use utoipa::{IntoParams, ToSchema};
use web::{List, Paging, Params, Problem};

/// One row of the audit trail.
#[derive(Clone, Serialize, ToSchema)]
pub struct AuditView {
    #[schema(format = "uuid")]
    id: String,
    /// Id of the user; `null` if the actor is a patient or the system.
    #[schema(format = "uuid")]
    user: Option<String>,
    /// `user`, `patient` or `system`.
    #[schema(pattern = "^(user|patient|system)$")]
    actor_type: &'static str,
    /// Kind of the object.
    #[schema(example = "appointment")]
    model: String,
    /// Id of the object.
    object_id: String,
    /// `CREATE`, `READ`, `UPDATE`, `DELETE`, `ACTION`, `LOGIN`, `LOGIN_FAILED`, `EXPORT` or `ERASE`.
    #[schema(example = "UPDATE")]
    action: &'static str,
    /// The changed fields, by name. Values of personal fields are redacted.
    changes: BTreeMap<String, ChangeView>,
    /// IP address of the caller.
    ip_address: Option<String>,
    /// Id of the request, as in the header `X-Request-Id`.
    request_id: String,
    #[schema(format = DateTime)]
    created_at: String,
}

/// A field before and after.
#[derive(Clone, Serialize, ToSchema)]
pub struct ChangeView {
    old: Option<String>,
    new: Option<String>,
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

impl From<AuditRow> for AuditView {
    fn from(row: AuditRow) -> Self {
        let (actor_type, user) = match &row.actor {
            Actor::User { id, .. } => ("user", Some(id.to_string())),
            Actor::Patient { .. } => ("patient", None),
            Actor::System => ("system", None),
        };
        let changes = row.changes.into_iter();
        Self {
            id: row.id.to_string(),
            user,
            actor_type,
            model: row.model,
            object_id: row.object_id,
            action: action_name(row.action),
            changes: changes.map(|(field, change)| (field, ChangeView { old: change.old, new: change.new })).collect(),
            ip_address: row.ip_address,
            request_id: row.request_id,
            created_at: row.at.rfc3339(),
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AuditParams {
    /// Kind of the object.
    model: Option<String>,
    /// Id of the object.
    object_id: Option<String>,
    /// Id of the acting user.
    #[param(format = "uuid")]
    user: Option<String>,
    /// First UTC day, included. By default six days before the last day.
    #[param(format = "date")]
    date_from: Option<String>,
    /// Last UTC day, included; today by default. At most 31 days, unless `object_id` is given.
    #[param(format = "date")]
    date_to: Option<String>,
}

impl AuditParams {
    fn filter(self) -> Result<AuditFilter, Violations> {
        let mut v = Violations::default();
        let user = v.take_optional("user", self.user.as_deref().map(UserId::read).transpose());
        let from = v.take_optional("date_from", self.date_from.as_deref().map(parse_date).transpose());
        let to = v.take_optional("date_to", self.date_to.as_deref().map(parse_date).transpose());
        if let Some((from, to)) = from.zip(to) {
            if to < from {
                v.add("date_to", Rule::EndNotAfterStart);
            } else if to.signed_duration_since(from).num_days() >= MAX_DAYS && self.object_id.is_none() {
                v.add("date_to", Rule::TooManyDays(MAX_DAYS));
            }
        }
        v.finish(Some(AuditFilter { model: self.model, object_id: self.object_id, user, from, to }))
    }
}

/// Lists the audit trail, newest first.
#[utoipa::path(get, path = "/api/audit/", tag = "audit", params(AuditParams),
    responses((status = 200, body = List<AuditView>)), extensions(("x-access" = json!("admin"))))]
pub async fn list_audit(
    State(app): State<App>,
    params: Params<AuditParams>,
    page: Paging,
) -> Result<List<AuditView>, Problem> {
    let slice = audit::list_audit(&app, &params.0.filter()?, page.window()).await?;
    page.list(&app, slice.map(AuditView::from)).await
}
