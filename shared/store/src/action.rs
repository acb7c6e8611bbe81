//! The history of an appointment: one row per change, written in the transaction of the change.

use crate::item::Entity;
use crate::keys::Key;
use domain::actor::{Actor, Channel};
use domain::appointment::Status;
use domain::ids::{ActionId, AppointmentId};
use domain::lifecycle::Action;
use domain::text::Note;
use domain::time::Instant;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// An entry of the history of an appointment.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ActionRow {
    /// Later entries have higher ids.
    pub id: ActionId,
    pub appointment: AppointmentId,
    pub action: Action,
    /// `None` for the creation.
    pub from_status: Option<Status>,
    pub to_status: Status,
    pub actor: Actor,
    pub channel: Channel,
    pub reason: Option<Note<500>>,
    /// Related ids, for example of the replacing appointment or of the message.
    pub payload: BTreeMap<String, String>,
    pub created_at: Instant,
}

impl Entity for ActionRow {
    const KIND: &'static str = "action";

    fn key(&self) -> Key {
        Key::action(self.appointment, self.id)
    }
}
