//! Guards: what a booking has to know of a doctor, a room or a patient besides the agenda.

use crate::item::{Entity, number};
use crate::keys::{Key, Resource};
use crate::transaction::{Purpose, Transaction};
use aws_sdk_dynamodb::types::AttributeValue;
use domain::closure::Closures;
use domain::time::Interval;
use serde::{Deserialize, Serialize};

/// A guard. A booking's transaction checks that it still is what was read, so a change of the
/// calendar, which raises the version, and a booking that didn't see it can't both happen.
///
/// What closes a doctor or a room stands *inside* it, like the entries inside an agenda's day: read
/// next to it, a block could be missed that came between the two reads. It is derived: from the
/// profile, the blocks and the holidays, by `app::sweeps`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guard {
    /// Whose.
    pub resource: Resource,
    /// Whether it can be booked.
    pub active: bool,
    /// One more with each change of the calendar or of `active`.
    pub calendar_version: u64,
    /// When it is closed, as far as that isn't over.
    #[serde(default, skip_serializing_if = "Closures::is_empty")]
    pub closed: Closures,
}

impl Guard {
    /// The guard of something new.
    #[must_use]
    pub fn new(resource: Resource) -> Self {
        Self { resource, active: true, calendar_version: 1, closed: Closures::default() }
    }

    /// Whether it lets nobody in at some time of `wanted`.
    #[must_use]
    pub fn closes(&self, wanted: Interval) -> bool {
        !self.active || self.closed.touch(wanted)
    }

    /// Adds to a booking: this guard is active and as it was read.
    pub fn hold(&self, transaction: &mut Transaction) {
        transaction.check(
            Purpose::Guard(self.resource),
            self.key(),
            "active = :active AND calendar_version = :read",
            &[(":active", AttributeValue::Bool(true)), (":read", number(self.calendar_version))],
        );
    }

    /// Adds to a change of the calendar: bookings that saw the old one fail. Answers the new one.
    pub fn raise(self, transaction: &mut Transaction, active: bool, closed: Closures) -> Self {
        let after = Self { active, closed, calendar_version: self.calendar_version + 1, ..self };
        let read = [(":read", number(self.calendar_version))];
        transaction.replace_where(Purpose::Guard(self.resource), &after, "calendar_version = :read", &read);
        after
    }

    /// Adds to a change of the calendar that leaves the guard as it is: bookings that saw the old one
    /// fail.
    pub fn touch(self, transaction: &mut Transaction) {
        let (active, closed) = (self.active, self.closed.clone());
        self.raise(transaction, active, closed);
    }
}

impl Entity for Guard {
    const KIND: &'static str = "guard";

    fn key(&self) -> Key {
        Key::guard(self.resource)
    }
}
