//! Guards: what a booking has to know of a doctor, a room or a patient besides the agenda.

use crate::item::{Entity, number};
use crate::keys::{Key, Resource};
use crate::transaction::{Change, Role, Transaction};
use serde::{Deserialize, Serialize};

/// A guard. A booking's transaction checks that it still is what was read, so a change of the
/// calendar, which raises the version, and a booking that didn't see it can't both happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guard {
    /// Whose.
    pub resource: Resource,
    /// Whether it can be booked.
    pub active: bool,
    /// One more with each change of the calendar or of `active`.
    pub calendar_version: u64,
}

impl Guard {
    /// The guard of something new.
    #[must_use]
    pub fn new(resource: Resource) -> Self {
        Self { resource, active: true, calendar_version: 1 }
    }

    /// Adds to a booking: this guard is active and as it was read.
    pub fn hold(&self, transaction: &mut Transaction) {
        transaction.check(
            Role::Guard(self.resource),
            self.key(),
            "active = :active AND calendar_version = :read",
            &[
                (":active", aws_sdk_dynamodb::types::AttributeValue::Bool(true)),
                (":read", number(self.calendar_version)),
            ],
        );
    }

    /// Adds to a change of the calendar: bookings that saw the old one fail.
    pub fn raise(&self, transaction: &mut Transaction, active: bool) {
        transaction.update(
            Role::Guard(self.resource),
            self.key(),
            Change {
                update: "SET active = :active, calendar_version = calendar_version + :one",
                condition: Some("calendar_version = :read"),
                names: &[],
                values: &[
                    (":active", aws_sdk_dynamodb::types::AttributeValue::Bool(active)),
                    (":one", number(1)),
                    (":read", number(self.calendar_version)),
                ],
            },
        );
    }
}

impl Entity for Guard {
    const KIND: &'static str = "guard";

    fn key(&self) -> Key {
        Key::guard(self.resource)
    }
}
