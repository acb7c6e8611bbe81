//! The ledger of erased patients, without personal data, and the pending work of erasures.

use crate::item::Entity;
use crate::keys::Key;
use domain::actor::Actor;
use domain::ids::{AppointmentId, PatientId};
use domain::phone::MatchKey;
use domain::text::Note;
use domain::time::Instant;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// An entry of the ledger. It is also archived outside the table, to repeat the erasure after a restore.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Erasure {
    /// The id of the erased patient, which no longer identifies anybody.
    pub patient: PatientId,
    pub at: Instant,
    /// A text that doesn't identify the patient.
    pub reason: Note<500>,
    pub by: Actor,
}

impl Entity for Erasure {
    const KIND: &'static str = "erasure";

    fn key(&self) -> Key {
        Key::erasure(self.patient)
    }
}

/// The rows of an erased patient that still have to be overwritten. Written in the transaction of the erasure
/// and deleted when the work is done, so that an erasure interrupted by a crash is resumed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PendingErasure {
    pub patient: PatientId,
    /// The phone numbers under which messages of or about the patient may be stored.
    pub numbers: BTreeSet<MatchKey>,
    pub created_at: Instant,
    /// Where the pass over the patient's appointments continues. `None` at its beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<ErasureProgress>,
}

/// How far a pass over the appointments of an erased patient has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErasureProgress {
    /// The last appointment that was checked.
    pub after: AppointmentId,
    /// Whether the pass has found nothing to overwrite so far.
    pub is_clean: bool,
}

impl Entity for PendingErasure {
    const KIND: &'static str = "remains";

    fn key(&self) -> Key {
        Key::pending_erasure(self.created_at, self.patient)
    }
}
