//! Committed changes, as the table's stream tells them: a row before and after. Only those of appointments and
//! messages are read; [`KINDS`] is what the stream is filtered by.

use crate::error::ReadError;
use crate::item::{Entity, Item, from_item, kind};
use domain::appointment::Appointment;
use domain::notification::Notification;

/// The kinds of rows whose changes are read. The template's filter names the same.
pub const KINDS: [&str; 2] = [Appointment::KIND, Notification::KIND];

/// A committed change of one row.
#[derive(Debug, Clone)]
pub enum Change {
    /// Of an appointment.
    Appointment {
        /// The row before, where there was one.
        before: Option<Box<Appointment>>,
        /// The row after.
        after: Box<Appointment>,
    },
    /// Of a message.
    Notification {
        /// The row before, where there was one.
        before: Option<Box<Notification>>,
        /// The row after.
        after: Box<Notification>,
    },
}

impl Change {
    /// The change between two images of a row, an empty one where there was none; `None` where it is of
    /// another kind, or the row is gone.
    ///
    /// # Errors
    /// [`ReadError::Unreadable`].
    pub fn between(before: Item, after: Item) -> Result<Option<Self>, ReadError> {
        Ok(match kind(&after) {
            Some(Appointment::KIND) => {
                Some(Self::Appointment { before: read(before)?, after: Box::new(from_item(after)?) })
            }
            Some(Notification::KIND) => {
                Some(Self::Notification { before: read(before)?, after: Box::new(from_item(after)?) })
            }
            _ => None,
        })
    }
}

/// The row before: none where the image is empty.
fn read<E: Entity>(before: Item) -> Result<Option<Box<E>>, ReadError> {
    if before.is_empty() { Ok(None) } else { from_item(before).map(|row| Some(Box::new(row))) }
}
