//! Pointers to appointments whose time is held while the patient waits for another one. The scheduled job finds
//! expired holds through them.

use crate::item::Entity;
use crate::keys::Key;
use crate::transaction::{Purpose, Transaction};
use domain::appointment::Appointment;
use domain::ids::AppointmentId;
use domain::time::Instant;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Hold {
    pub appointment: AppointmentId,
    pub until: Instant,
}

impl Entity for Hold {
    const KIND: &'static str = "hold";

    fn key(&self) -> Key {
        Key::hold(self.until, self.appointment)
    }
}

/// Writes the change of the pointer that follows from a change of `hold_until`.
pub(crate) fn save_pointer(transaction: &mut Transaction, before: Option<&Appointment>, after: &Appointment) {
    let old = before.and_then(|before| before.hold_until);
    if old == after.hold_until {
        return;
    }
    if let Some(until) = old {
        transaction.delete(Purpose::Append, Key::hold(until, after.id));
    }
    if let Some(until) = after.hold_until {
        transaction.overwrite(Purpose::Append, &Hold { appointment: after.id, until });
    }
}
