//! The reasons for which something needs attention, with what sorts them, and who took which.

use domain::appointment::Appointment;
use domain::attention::{Attention, AttentionKind, EntryId};
use domain::ids::Id as _;
use domain::notification::CHAT_WINDOW;
use domain::time::{Instant, TimeDelta};
use std::collections::BTreeMap;
use store::attention::AppointmentAttention;
use store::inbound::Inbound;
use store::taken_entry::TakenEntry;

/// No patient waits for what happened to be recorded.
const RECORDED_WITHIN: TimeDelta = TimeDelta::days(7);

/// A reason for which something needs attention.
#[derive(Debug, Clone)]
pub(crate) struct WorklistItem {
    pub(crate) reason: Attention,
    /// Until when a person should have looked at it.
    pub(crate) due: Instant,
    pub(crate) subject: WorklistSubject,
}

#[derive(Debug, Clone)]
pub(crate) enum WorklistSubject {
    Appointment(AppointmentAttention),
    Inbound(Box<Inbound>),
}

impl WorklistItem {
    pub(crate) fn of_appointment(pointer: &AppointmentAttention, reason: Attention) -> Self {
        let due = match reason.kind {
            AttentionKind::RescheduleRequested => pointer.hold_until.unwrap_or(pointer.start),
            AttentionKind::Unrecorded => reason.since.plus(RECORDED_WITHIN),
            _ => pointer.start,
        };
        Self { reason, due, subject: WorklistSubject::Appointment(pointer.clone()) }
    }

    pub(crate) fn of_inbound(row: Inbound) -> Self {
        let unknown = Attention { kind: AttentionKind::Inbound, since: row.received_at };
        let reason = row.attention.unwrap_or(unknown);
        let due = match reason.kind {
            AttentionKind::Emergency => reason.since,
            // After that staff can't answer in the chat.
            _ => row.written_or_received_at().plus(CHAT_WINDOW),
        };
        Self { reason, due, subject: WorklistSubject::Inbound(Box::new(row)) }
    }

    pub(crate) fn id(&self) -> EntryId {
        let subject = match &self.subject {
            WorklistSubject::Appointment(pointer) => pointer.appointment.uuid(),
            WorklistSubject::Inbound(row) => row.id().uuid(),
        };
        EntryId { kind: self.reason.kind, subject }
    }

    /// Most urgent first.
    pub(crate) fn sort_key(&self) -> String {
        let class = u8::from(self.reason.kind != AttentionKind::Emergency);
        format!("{class}{}{}{}", self.due.sortable(), self.reason.since.sortable(), self.id())
    }
}

/// The reasons for which an appointment needs attention, as the worklist has them.
pub(crate) fn items_of(appointment: &Appointment) -> Vec<WorklistItem> {
    let Some(pointer) = AppointmentAttention::of(appointment) else { return Vec::new() };
    pointer.attention.iter().map(|reason| WorklistItem::of_appointment(&pointer, *reason)).collect()
}

/// Who took what, by the entry's id.
pub(crate) type Taken = BTreeMap<String, TakenEntry>;

/// Who took an entry; `None` also if it has left the worklist since, and come back.
pub(crate) fn taken_by<'a>(item: &WorklistItem, taken: &'a Taken) -> Option<&'a TakenEntry> {
    taken.get(&item.id().to_string()).filter(|row| row.since == item.reason.since)
}
