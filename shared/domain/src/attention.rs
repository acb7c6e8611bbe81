//! Attention: why a person has to look at an appointment or at a message. What needs attention is in the worklist.

use crate::time::Instant;
use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

/// Why something is in the worklist, and since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attention {
    pub kind: AttentionKind,
    pub since: Instant,
}

/// Most urgent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttentionKind {
    /// An inbound message may report a medical emergency.
    Emergency,
    /// The clinic closed the time of an appointment after the booking.
    Stranded,
    /// The patient asked for another time.
    RescheduleRequested,
    /// A message came from a number that isn't, or isn't any more, the patient's.
    WrongNumber,
    /// An inbound message wasn't understood, or asks for what only staff can do.
    Inbound,
    /// An inbound message came from a number that belongs to nobody.
    NewContact,
    /// A message about an appointment didn't reach the patient.
    MessageFailed,
    /// It isn't known whether a message about an appointment reached the patient.
    MessageUnknown,
    /// An appointment is over, and nobody recorded whether the patient came.
    Unrecorded,
}

impl AttentionKind {
    pub const ALL: [Self; 9] = [
        Self::Emergency,
        Self::Stranded,
        Self::RescheduleRequested,
        Self::WrongNumber,
        Self::Inbound,
        Self::NewContact,
        Self::MessageFailed,
        Self::MessageUnknown,
        Self::Unrecorded,
    ];
    /// The names that API clients see.
    pub const NAMES: &'static [&'static str] = &[
        "emergency",
        "stranded",
        "reschedule_requested",
        "wrong_number",
        "inbound",
        "new_contact",
        "message_failed",
        "message_unknown",
        "unrecorded",
    ];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Emergency => "emergency",
            Self::Stranded => "stranded",
            Self::RescheduleRequested => "reschedule_requested",
            Self::WrongNumber => "wrong_number",
            Self::Inbound => "inbound",
            Self::NewContact => "new_contact",
            Self::MessageFailed => "message_failed",
            Self::MessageUnknown => "message_unknown",
            Self::Unrecorded => "unrecorded",
        }
    }

    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether it concerns an appointment rather than an inbound message.
    #[must_use]
    pub fn is_of_appointment(self) -> bool {
        match self {
            Self::Stranded
            | Self::RescheduleRequested
            | Self::MessageFailed
            | Self::MessageUnknown
            | Self::Unrecorded => true,
            Self::Emergency | Self::WrongNumber | Self::Inbound | Self::NewContact => false,
        }
    }
}

/// The id of an entry of the worklist: why, and the id of the appointment or of the inbound message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct EntryId {
    pub kind: AttentionKind,
    pub subject: Uuid,
}

impl EntryId {
    /// Parses what [`Display`](fmt::Display) writes: `<kind>:<id>`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, subject) = text.split_once(':')?;
        let id = Self { kind: AttentionKind::parse(kind)?, subject: Uuid::try_parse(subject).ok()? };
        (id.to_string() == text).then_some(id)
    }
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind.name(), self.subject)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_an_entry_is_read_as_it_is_written() {
        for kind in AttentionKind::ALL {
            let id = EntryId { kind, subject: Uuid::from_u128(7) };
            assert_eq!(EntryId::parse(&id.to_string()), Some(id));
        }
        let uuid = Uuid::from_u128(7);
        for text in
            [format!("lost:{uuid}"), format!("inbound:{}", uuid.simple()), format!("INBOUND:{uuid}"), uuid.to_string()]
        {
            assert_eq!(EntryId::parse(&text), None, "{text}");
        }
    }
}
