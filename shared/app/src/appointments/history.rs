//! Records changes of appointments in their history and in the audit trail.

use crate::support::change::differences;
use crate::support::unit_of_work::UnitOfWork;
use domain::appointment::Appointment;
use domain::lifecycle::Action;
use domain::text::Note;
use std::collections::BTreeMap;
use store::Purpose;
use store::action::ActionRow;
use store::appointment::save;
use store::audit::{AuditAction, FieldChange};

/// What the history of an appointment records about one action.
#[derive(Debug)]
pub struct HistoryEntry {
    pub action: Action,
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
    "attention",
    "stranded",
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
    "notice",
    "zone",
    "buffer_minutes",
    "patient_name",
    "doctor_name",
    "clinic_name",
    "room_name",
];

/// The flags that change without an action.
const FLAGS: &[&str] = &["needs_attention", "stranded"];

impl UnitOfWork<'_> {
    /// Adds a change of an appointment, with its history row and its audit row. Every change has exactly one of each.
    pub fn record(&mut self, before: Option<&Appointment>, after: &Appointment, entry: HistoryEntry) {
        save(&mut self.transaction, before, after);
        let row = ActionRow {
            id: self.app.new_id(),
            appointment: after.id,
            action: entry.action,
            from_status: before.map(|before| before.status),
            to_status: after.status,
            actor: self.ctx.actor.clone(),
            channel: self.ctx.channel,
            reason: entry.reason,
            payload: entry.payload,
            created_at: self.now,
        };
        self.transaction.create(Purpose::Append, &row);
        let action = if before.is_none() { AuditAction::Create } else { AuditAction::Action };
        self.audit(("appointment", after.id), action, audited_changes(before, after));
    }

    /// Adds a change of the flags of an appointment, which is no action, with its audit row. `after` has what else
    /// changes.
    pub(crate) fn record_flags(&mut self, before: &Appointment, mut after: Appointment) {
        after.updated_at = self.now;
        after.version = before.version + 1;
        save(&mut self.transaction, Some(before), &after);
        let mut changes = differences(Some(before), Some(&after), FLAGS);
        changes.retain(|field, _| FLAGS.contains(&field.as_str()));
        self.audit(("appointment", after.id), AuditAction::Update, changes);
    }
}

/// The changed fields as the audit trail records them.
pub(crate) fn audited_changes(before: Option<&Appointment>, after: &Appointment) -> BTreeMap<String, FieldChange> {
    let mut changes = differences(before, Some(after), AUDIT_PLAINTEXT);
    changes.retain(|field, _| !AUDIT_IGNORED.contains(&field.as_str()));
    changes
}
