//! What restricts the messages to a number, whoever has it: an opt-out by the number itself, and patients for whom it is
//! the wrong number. The claim of a message reads it, so that it holds also for patients who get the number later.

use crate::item::Entity;
use crate::keys::Key;
use domain::ids::PatientId;
use domain::phone::MatchKey;
use domain::time::Instant;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberRestrictions {
    /// A number, or a WhatsApp user whose number isn't known.
    pub number: MatchKey,
    /// Set while the number is opted out: no reminder or notice is sent to it for any patient.
    pub opted_out: Option<OptOut>,
    /// The patients for whom it is the wrong number, and since when. Nothing about them is sent to it, and messages from
    /// it don't count as theirs.
    pub quarantine: BTreeMap<PatientId, Instant>,
    /// Incremented with each change; 0 before the first.
    pub version: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OptOut {
    pub since: Instant,
    pub by: OptOutSource,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OptOutSource {
    /// A message from the number.
    Message,
    /// The provider reported it.
    Provider,
}

impl NumberRestrictions {
    /// No restrictions, not yet written.
    #[must_use]
    pub fn none(number: MatchKey) -> Self {
        Self { number, opted_out: None, quarantine: BTreeMap::new(), version: 0 }
    }

    #[must_use]
    pub fn is_quarantined(&self, patient: PatientId) -> bool {
        self.quarantine.contains_key(&patient)
    }
}

impl Entity for NumberRestrictions {
    const KIND: &'static str = "number_restrictions";

    fn key(&self) -> Key {
        Key::number_restrictions(&self.number)
    }
}
