//! Pointers to the appointments that need attention. The worklist and its counts are read from them alone.

use crate::item::Entity;
use crate::keys::Key;
use crate::transaction::{Purpose, Transaction};
use domain::appointment::Appointment;
use domain::attention::Attention;
use domain::ids::{AppointmentId, ClinicId};
use domain::time::Instant;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppointmentAttention {
    pub appointment: AppointmentId,
    pub clinic: ClinicId,
    pub start: Instant,
    /// Until when the time is held for a patient who asked for another.
    pub hold_until: Option<Instant>,
    /// Why, at least one reason.
    pub attention: Vec<Attention>,
}

impl AppointmentAttention {
    /// The pointer that an appointment should have.
    #[must_use]
    pub fn of(appointment: &Appointment) -> Option<Self> {
        appointment.needs_attention.then(|| Self {
            appointment: appointment.id,
            clinic: appointment.clinic,
            start: appointment.start,
            hold_until: appointment.hold_until,
            attention: appointment.reasons(),
        })
    }
}

impl Entity for AppointmentAttention {
    const KIND: &'static str = "attention";

    fn key(&self) -> Key {
        Key::attention(self.clinic, self.start, self.appointment)
    }
}

/// Writes the change of the pointer that follows from a change of the appointment.
pub(crate) fn save_pointer(transaction: &mut Transaction, before: Option<&Appointment>, after: &Appointment) {
    let old = before.and_then(AppointmentAttention::of);
    match (old, AppointmentAttention::of(after)) {
        (old, Some(new)) if old.as_ref() != Some(&new) => transaction.overwrite(Purpose::Append, &new),
        (Some(old), None) => transaction.delete(Purpose::Append, old.key()),
        _ => {}
    }
}
