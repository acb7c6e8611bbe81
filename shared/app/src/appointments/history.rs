//! Records changes of appointments in their history and in the audit trail.

use crate::App;
use crate::support::change::{audit, differences};
use crate::support::context::Context;
use domain::appointment::{Appointment, Status};
use domain::lifecycle::Action;
use domain::text::Note;
use domain::time::Instant;
use std::collections::BTreeMap;
use store::action::ActionRow;
use store::audit::{AuditAction, FieldChange};
use store::{Purpose, Transaction};

/// What the history of an appointment records about one action.
#[derive(Debug)]
pub struct HistoryEntry {
    pub action: Action,
    pub from_status: Option<Status>,
    pub reason: Option<Note<500>>,
    /// Details of the action, such as the id of the new appointment.
    pub payload: BTreeMap<String, String>,
}

/// The fields of an appointment whose values the audit trail may contain in plain text.
const AUDIT_PLAINTEXT: &[&str] = &[
    "patient",
    "doctor",
    "clinic",
    "room",
    "start",
    "end",
    "status",
    "overbook",
    "confirmed_at",
    "confirmed_via",
    "rescheduled_from",
    "rescheduled_to",
    "hold_until",
    "needs_attention",
];

/// The fields of an appointment that the audit trail leaves out: bookkeeping that every change updates, and copies
/// of records that are referenced by id.
const AUDIT_IGNORED: &[&str] = &[
    "id",
    "version",
    "created_at",
    "updated_at",
    "status_at",
    "created_by",
    "reminder",
    "zone",
    "buffer_minutes",
    "patient_name",
    "doctor_name",
    "clinic_name",
    "room_name",
];

/// Adds the history row and the audit row of a change. Every change has exactly one of each.
pub fn record_history(
    app: &App,
    ctx: &Context,
    transaction: &mut Transaction,
    before: Option<&Appointment>,
    after: &Appointment,
    entry: HistoryEntry,
    now: Instant,
) {
    let row = ActionRow {
        id: app.new_id(),
        appointment: after.id,
        action: entry.action,
        from_status: entry.from_status,
        to_status: after.status,
        actor: ctx.actor.clone(),
        channel: ctx.channel,
        reason: entry.reason,
        payload: entry.payload,
        created_at: now,
    };
    transaction.create(Purpose::Append, &row);
    let changes = audited_changes(before, after);
    let action = if before.is_none() { AuditAction::Create } else { AuditAction::Action };
    audit(app, ctx, transaction, now, ("appointment", after.id), action, changes);
}

/// The changed fields as the audit trail records them.
pub(crate) fn audited_changes(before: Option<&Appointment>, after: &Appointment) -> BTreeMap<String, FieldChange> {
    let mut changes = differences(before, Some(after), AUDIT_PLAINTEXT);
    changes.retain(|field, _| !AUDIT_IGNORED.contains(&field.as_str()));
    changes
}
