//! Guards: the state of a doctor, a room or a patient that a booking checks in addition to the agenda.

use crate::item::{Entity, number};
use crate::keys::{Key, Resource};
use crate::transaction::{Purpose, Transaction};
use aws_sdk_dynamodb::types::AttributeValue;
use domain::closure::Closures;
use domain::time::Interval;
use serde::{Deserialize, Serialize};

/// A guard. The transaction of a booking checks that it is unchanged since it was read. A change to the calendar
/// increments its version, so such a change and a booking that didn't see it can't both succeed.
///
/// The closures of a doctor or a room are *inside* the guard, like the entries in a day of the agenda. With a
/// separate read, a block that is created between the two reads could be missed. A guard is derived from the
/// profile, the blocks and the holidays, by `app::availability::calendar::guards`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guard {
    pub resource: Resource,
    /// Whether the resource can be booked.
    pub active: bool,
    /// Incremented with each change of the calendar or of `active`.
    pub calendar_version: u64,
    /// The closures that haven't ended.
    #[serde(default, skip_serializing_if = "Closures::is_empty")]
    pub closed: Closures,
}

impl Guard {
    /// The guard of a new resource.
    #[must_use]
    pub fn new(resource: Resource) -> Self {
        Self { resource, active: true, calendar_version: 1, closed: Closures::default() }
    }

    /// Whether the resource is inactive or closed at some time of `wanted`.
    #[must_use]
    pub fn rejects(&self, wanted: Interval) -> bool {
        !self.active || self.closed.overlaps(wanted)
    }

    /// Adds the condition that the guard is active and unchanged since it was read.
    pub fn check_unchanged(&self, transaction: &mut Transaction) {
        transaction.check(
            Purpose::Guard(self.resource),
            self.key(),
            "active = :active AND calendar_version = :read",
            &[(":active", AttributeValue::Bool(true)), (":read", number(self.calendar_version))],
        );
    }

    /// Adds the condition that the guard is unchanged since it was read.
    pub fn check_version(&self, transaction: &mut Transaction) {
        transaction.check(
            Purpose::Guard(self.resource),
            self.key(),
            "calendar_version = :read",
            &[(":read", number(self.calendar_version))],
        );
    }

    /// Replaces the guard, so that concurrent bookings that read the old one fail. Returns the new one.
    #[expect(clippy::return_self_not_must_use, reason = "the row is what counts; few callers need the value")]
    pub fn replace(self, transaction: &mut Transaction, active: bool, closed: Closures) -> Self {
        let after = Self { active, closed, calendar_version: self.calendar_version + 1, ..self };
        let read = [(":read", number(self.calendar_version))];
        transaction.replace_where(Purpose::Guard(self.resource), &after, "calendar_version = :read", &read);
        after
    }

    /// Increments the version only, so that concurrent bookings that read the old one fail.
    pub fn bump_version(self, transaction: &mut Transaction) {
        let (active, closed) = (self.active, self.closed.clone());
        self.replace(transaction, active, closed);
    }
}

impl Entity for Guard {
    const KIND: &'static str = "guard";

    fn key(&self) -> Key {
        Key::guard(self.resource)
    }
}
