//! Dated windows: in the doctor's partition, where a booking reads them consistently, with a small
//! row that leads from the id alone to that place.

use crate::item::{Entity, number};
use crate::keys::{IndexKey, Key, room_window};
use crate::schema::Index;
use crate::transaction::{Role, Transaction};
use domain::ids::{DoctorId, WindowId};
use domain::schedule::Window;
use domain::time::LocalDate;
use serde::{Deserialize, Serialize};

impl Entity for Window {
    const KIND: &'static str = "window";

    fn key(&self) -> Key {
        Key::window(self.doctor, self.date, self.id)
    }

    fn indexes(&self) -> Vec<(Index, IndexKey)> {
        vec![(Index::One, room_window(self.room, self.date, self.id))]
    }
}

/// Adds to a booking: the window is still the one that was read.
pub fn hold(transaction: &mut Transaction, window: &Window) {
    transaction.check(Role::Calendar, window.key(), "version = :read", &[(":read", number(window.version))]);
}

/// Where a window is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct WindowPlace {
    /// The window.
    pub id: WindowId,
    /// Whose it is.
    pub doctor: DoctorId,
    /// Its day.
    pub date: LocalDate,
}

impl WindowPlace {
    /// The place of a window.
    #[must_use]
    pub fn of(window: &Window) -> Self {
        Self { id: window.id, doctor: window.doctor, date: window.date }
    }
}

impl Entity for WindowPlace {
    const KIND: &'static str = "window_place";

    fn key(&self) -> Key {
        Key::window_place(self.id)
    }
}
