//! Appointments whose time is held for a patient who asked for another: a pointer each, by which the
//! scheduled job finds the holds that have run out.

use crate::item::Entity;
use crate::keys::Key;
use crate::transaction::{Purpose, Transaction};
use domain::appointment::Appointment;
use domain::ids::AppointmentId;
use domain::time::Instant;
use serde::{Deserialize, Serialize};

/// A hold.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Hold {
    /// The appointment.
    pub appointment: AppointmentId,
    /// Until when its time stays taken.
    pub until: Instant,
}

impl Entity for Hold {
    const KIND: &'static str = "hold";

    fn key(&self) -> Key {
        Key::hold(self.until, self.appointment)
    }
}

/// Adds to a change of an appointment: the pointer comes and goes with `hold_until`.
pub fn follow(transaction: &mut Transaction, before: &Appointment, after: &Appointment) {
    if before.hold_until == after.hold_until {
        return;
    }
    if let Some(until) = before.hold_until {
        transaction.delete(Purpose::Append, Key::hold(until, before.id));
    }
    if let Some(until) = after.hold_until {
        transaction.overwrite(Purpose::Append, &Hold { appointment: after.id, until });
    }
}
