//! Who was erased: a ledger without personal data, and what of an erasure is left to be done.

use crate::item::Entity;
use crate::keys::Key;
use domain::actor::Actor;
use domain::ids::PatientId;
use domain::phone::MatchKey;
use domain::text::Note;
use domain::time::Instant;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A line of the ledger. It is also kept outside the table, to be applied again after a restore.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Erasure {
    /// Who was erased. The id leads nowhere any more.
    pub patient: PatientId,
    /// When.
    pub at: Instant,
    /// Why: in words that don't say who it was.
    pub reason: Note<500>,
    /// By whom.
    pub by: Actor,
}

impl Entity for Erasure {
    const KIND: &'static str = "erasure";

    fn key(&self) -> Key {
        Key::erasure(self.patient)
    }
}

/// What is left to be overwritten. The row is written with the erasure and goes when nothing is left, so
/// that a crash in between is noticed and made good.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Remains {
    /// Of whom.
    pub patient: PatientId,
    /// The numbers at which messages of the patient, and about them, may be kept.
    pub numbers: BTreeSet<MatchKey>,
    /// Since when.
    pub created_at: Instant,
}

impl Entity for Remains {
    const KIND: &'static str = "remains";

    fn key(&self) -> Key {
        Key::remains(self.created_at, self.patient)
    }
}
