//! Records of the table's stream: a row before and after a committed change. Only appointments and
//! notifications are read; [`STREAMED_KINDS`] is the filter of the stream.

use crate::error::ReadError;
use crate::item::{Entity, Item, from_item, kind};
use domain::appointment::Appointment;
use domain::notification::Notification;

/// The kinds of rows whose changes are read. The event filter in `template.yaml` must name the same.
pub const STREAMED_KINDS: [&str; 2] = [Appointment::KIND, Notification::KIND];

/// A committed change of one row.
#[derive(Debug, Clone)]
pub enum TableChange {
    Appointment {
        /// `None` for a new row.
        before: Option<Box<Appointment>>,
        after: Box<Appointment>,
    },
    Notification {
        /// `None` for a new row.
        before: Option<Box<Notification>>,
        after: Box<Notification>,
    },
}

impl TableChange {
    /// Parses the old and new image of a row; the old image of a new row is empty. `None` for rows of other kinds
    /// and for deleted rows.
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

/// `None` for an empty image.
fn read<E: Entity>(before: Item) -> Result<Option<Box<E>>, ReadError> {
    if before.is_empty() { Ok(None) } else { from_item(before).map(|row| Some(Box::new(row))) }
}
