//! `cargo citas audit verify`: verifies the audit trail against its seals.
//!
//! It reads the table directly, so it also detects an attacker who controls the API. The operator chooses which keys it
//! trusts: public keys that were noted down, or those in the archived seals, which can't be overwritten. For the local
//! server's table it derives the key from the file of secrets.

use crate::archive::{ArchiveFolderError, read_all};
use crate::keys::SECRETS;
use crate::options::AuditOptions;
use crate::target::{Target, TargetError};
use app::audit::seals::verification::{DayVerification, sealed_range, verify_day};
use app::audit::seals::{ArchivedSeal, SEALED_BY};
use app::support::ports::{Clock as _, SecretName, Secrets as _};
use domain::time::{Instant, LocalDate};
use identity::keys::PublicKey;
use identity::seal::SealKey;
use platform::clock::SystemClock;
use platform::secrets::SecretsFile;
use std::fmt;
use store::seal::SealRow;
use store::{Entity as _, ReadError, Table};

/// Why the trail could not be verified.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    #[error(transparent)]
    Table(#[from] TargetError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("no trusted key: name a --public-key, or a folder of archived --seals")]
    NoKey,
    #[error("{0} is no public key: 32 bytes in base64url")]
    Key(String),
    #[error("the local server's key could not be read: {0}")]
    Secret(String),
    #[error(transparent)]
    Archive(#[from] ArchiveFolderError),
}

/// The results of a verification.
#[derive(Debug, Default)]
pub struct AuditReport {
    pub days: Vec<DayVerification>,
    /// Archived seals that are missing in the table, or differ there.
    pub archive: Vec<String>,
}

impl AuditReport {
    /// Whether every day and every archived seal is valid.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.archive.is_empty() && self.days.iter().all(DayVerification::is_intact)
    }
}

impl fmt::Display for AuditReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for finding in self.days.iter().flat_map(|day| &day.findings) {
            let (from, to) = (finding.from.rfc3339(), finding.to.rfc3339());
            writeln!(f, "{}: shard {}, {from} to {to}", finding.problem.name(), finding.shard)?;
        }
        for seal in &self.archive {
            writeln!(f, "not as it was archived: {seal}")?;
        }
        let sum = |of: fn(&DayVerification) -> usize| self.days.iter().map(of).sum::<usize>();
        let (rows, seals, later) = (sum(|day| day.rows), sum(|day| day.seals), sum(|day| day.unsealed_rows));
        write!(f, "{} days, {rows} rows under {seals} seals, {later} not sealed yet", self.days.len())
    }
}

/// Verifies the trail of the target's table.
pub async fn verify(options: &AuditOptions, target: &Target) -> Result<AuditReport, AuditError> {
    let archived =
        options.seals.as_deref().map(|folder| read_all(folder, "archived seal")).transpose()?.unwrap_or_default();
    let keys = keys(options, target, &archived).await?;
    let table = target.table().await?;
    // The local server's job doesn't run while the server is stopped: nothing is expected after its last seal.
    let now = target.local_folder().is_none().then(|| SystemClock.now());
    verify_table(&table, &keys, &archived, options.date, now).await
}

/// Verifies the trail of a table: one day, or all since the first seal. With `now` all rows that are old enough have to
/// be sealed; without it only those up to the last seal.
pub async fn verify_table(
    table: &Table,
    keys: &[PublicKey],
    archived: &[ArchivedSeal],
    date: Option<LocalDate>,
    now: Option<Instant>,
) -> Result<AuditReport, AuditError> {
    let sealed = sealed_range(table).await?;
    let now = now.or(sealed.map(|sealed| sealed.to.plus(SEALED_BY))).unwrap_or_else(|| SystemClock.now());
    let oldest = archived.iter().map(|archived| archived.seal.from).min();
    let days = if let Some(date) = date {
        (date, date)
    } else {
        let from = sealed.map(|sealed| sealed.from).into_iter().chain(oldest).min().unwrap_or(now);
        let to = sealed.map_or(now, |sealed| sealed.end.max(now));
        (from.utc_day(), to.utc_day())
    };
    let mut report = AuditReport::default();
    for day in days.0.iter_days().take_while(|day| *day <= days.1) {
        report.days.push(verify_day(table, keys, day, now, usize::MAX).await?);
    }
    for ArchivedSeal { seal, .. } in archived.iter().filter(|of| date.is_none_or(|day| of.seal.from.utc_day() == day)) {
        if table.get::<SealRow>(&seal.key()).await.ok().flatten().as_ref() != Some(seal) {
            report.archive.push(seal.name());
        }
    }
    Ok(report)
}

/// The trusted keys.
async fn keys(
    options: &AuditOptions,
    target: &Target,
    archived: &[ArchivedSeal],
) -> Result<Vec<PublicKey>, AuditError> {
    let mut texts = options.public_keys.clone();
    texts.extend(archived.iter().map(|archived| archived.public_key.clone()));
    texts.sort_unstable();
    texts.dedup();
    let named = texts.iter().map(|text| PublicKey::parse(text).ok_or_else(|| AuditError::Key(text.clone())));
    let named = named.collect::<Result<Vec<_>, _>>()?;
    if !named.is_empty() {
        return Ok(named);
    }
    let Some(folder) = target.local_folder() else { return Err(AuditError::NoKey) };
    let secret = |why: String| AuditError::Secret(why);
    let words = SecretsFile::new(folder.join(SECRETS)).get(SecretName::Seals, false).await;
    let words = words.map_err(|error| secret(error.to_string()))?;
    let keys = words.0.split_whitespace().map(|word| SealKey::from_secret(word.as_bytes()));
    let keys = keys.map(|key| key.map(|key| key.public().clone()).map_err(|error| secret(error.to_string())));
    keys.collect()
}
