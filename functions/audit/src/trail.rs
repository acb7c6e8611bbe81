//! The audit trail: what clients see, and the handler.

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

/// One row of the trail.
#[derive(Clone, Serialize, ToSchema)]
pub struct AuditView {
    /// Its id.
    #[schema(format = "uuid")]
    id: String,
    /// Id of the user, where a user did it.
    #[schema(format = "uuid")]
    user: Option<String>,
    /// `user`, `patient` or `system`.
    #[schema(pattern = "^(user|patient|system)$")]
    actor_type: &'static str,
    /// The kind of thing.
    #[schema(example = "appointment")]
    model: String,
    /// Its id.
    object_id: String,
    /// What was done to it.
    #[schema(example = "UPDATE")]
    action: &'static str,
    /// The fields that changed. Personal ones say only that they did.
    changes: BTreeMap<String, ChangeView>,
    /// From which address.
    ip_address: Option<String>,
    /// In which request.
    request_id: String,
    #[schema(format = DateTime)]
    created_at: String,
}

/// A field before and after.
#[derive(Clone, Serialize, ToSchema)]
pub struct ChangeView {
    /// Before.
    old: Option<String>,
    /// After.
    new: Option<String>,
}

fn action(action: AuditAction) -> &'static str {
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
            action: action(row.action),
            changes: changes.map(|(field, change)| (field, ChangeView { old: change.old, new: change.new })).collect(),
            ip_address: row.ip_address,
            request_id: row.request_id,
            created_at: row.at.rfc3339(),
        }
    }
}

/// Which rows are wanted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AuditParams {
    /// The kind of thing.
    model: Option<String>,
    /// Id of the thing.
    object_id: Option<String>,
    /// Id of the user who did it.
    #[param(format = "uuid")]
    user: Option<String>,
    /// From this UTC day; six days before the last one if left out …
    #[param(format = "date")]
    date_from: Option<String>,
    /// … to this one, at most 31 days; today if left out.
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

/// Lists the trail, latest first.
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
