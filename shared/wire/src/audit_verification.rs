//! The verification of a day's audit trail against its seals.

use crate::values::DateTime;
use crate::{Params, View};
use app::audit::seals::inspection::SealFinding;
use app::audit::seals::verification::DayVerification;
use domain::time::LocalDate;
use identity::keys::PublicKey;

/// The result of verifying a day's audit trail.
#[derive(Clone, View)]
pub struct AuditVerification {
    /// UTC day.
    date: LocalDate,
    /// Whether all sealed rows are unchanged and no row is unsealed that should be sealed by now.
    is_whole: bool,
    /// Until when the trail is sealed. Later rows can't be verified yet.
    sealed_until: Option<DateTime>,
    /// Number of sealed rows.
    rows: usize,
    /// Number of rows that are not sealed yet.
    unsealed_rows: usize,
    /// Number of seals.
    seals: usize,
    /// The Ed25519 keys that the seals were verified with, the signing key first. Keep a copy outside of AWS for
    /// `cargo citas audit verify`.
    public_keys: Vec<SealKeyView>,
    /// All problems found; empty if `is_whole`.
    problems: Vec<AuditProblem>,
}

impl AuditVerification {
    /// `keys` are those that the seals were verified with.
    #[must_use]
    pub fn new(verification: DayVerification, keys: &[PublicKey]) -> Self {
        Self {
            date: verification.day,
            is_whole: verification.is_intact(),
            sealed_until: verification.sealed_until.map(DateTime::utc),
            rows: verification.rows,
            unsealed_rows: verification.unsealed_rows,
            seals: verification.seals,
            public_keys: keys.iter().map(SealKeyView::from).collect(),
            problems: verification.findings.into_iter().map(AuditProblem::from).collect(),
        }
    }
}

/// A public key that verifies seals.
#[derive(Clone, View)]
pub struct SealKeyView {
    kid: String,
    /// The public key in base64url.
    x: String,
}

impl From<&PublicKey> for SealKeyView {
    fn from(key: &PublicKey) -> Self {
        Self { kid: key.kid().into(), x: key.x().into() }
    }
}

/// A problem with a time window of the trail.
#[derive(Clone, View)]
pub struct AuditProblem {
    /// Number of the day's partition.
    shard: u8,
    window_start: DateTime,
    window_end: DateTime,
    /// `deleted`, `inserted`, `replaced`, `reordered`, `edited`, `seal_missing`, `bad_seal`, `bad_signature`,
    /// `broken_chain`, `not_sealed` (older than the first seal) or `too_many_rows` (too many for one request).
    #[field(example = "edited")]
    problem: &'static str,
}

impl From<SealFinding> for AuditProblem {
    fn from(finding: SealFinding) -> Self {
        Self {
            shard: finding.shard,
            window_start: DateTime::utc(finding.from),
            window_end: DateTime::utc(finding.to),
            problem: finding.problem.name(),
        }
    }
}

#[derive(Debug, Params)]
pub struct VerificationParams {
    /// UTC day; today by default.
    pub date: Option<LocalDate>,
}
