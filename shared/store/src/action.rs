//! The history of an appointment: one row per change, written in the change's transaction.

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

/// One row of the history.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ActionRow {
    /// Its id; later rows have higher ones.
    pub id: ActionId,
    /// The appointment.
    pub appointment: AppointmentId,
    /// What was done.
    pub action: Action,
    /// From where.
    pub from_status: Option<Status>,
    /// To where.
    pub to_status: Status,
    /// By whom.
    pub actor: Actor,
    /// By which way.
    pub channel: Channel,
    /// Why.
    pub reason: Option<Note<500>>,
    /// What else belongs to it: the id of the other appointment, of the message.
    pub payload: BTreeMap<String, String>,
    /// When.
    pub created_at: Instant,
}

impl Entity for ActionRow {
    const KIND: &'static str = "action";

    fn key(&self) -> Key {
        Key::action(self.appointment, self.id)
    }
}
