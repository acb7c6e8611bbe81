//! `cargo citas audit verify`: is the audit trail as it was sealed?
//!
//! It asks the table and nobody else, so it also finds out who can make the API say what they like. Whom
//! it believes is up to the caller: the public keys that were noted down, or the archived seals, which
//! nobody can overwrite and which have their keys with them. For the local server's table it derives the
//! key from the file of secrets.

use crate::archive::{ArchiveError, read_all};
use crate::keys::SECRETS;
use crate::options::AuditOptions;
use crate::target::{Target, TargetError};
use app::audit::seals::verification::{Verdict, extent, verify_day};
use app::audit::seals::{Archived, SEALED_BY};
use app::support::ports::{Clock as _, SecretName, Secrets as _};
use domain::time::{Instant, LocalDate};
use identity::keys::PublicKey;
use identity::seal::SealKey;
use platform::clock::SystemClock;
use platform::secrets::SecretsFile;
use std::fmt;
use store::seal::SealRow;
use store::{Entity as _, ReadError, Table};

/// Why the trail couldn't be looked at.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The table couldn't be opened.
    #[error(transparent)]
    Table(#[from] TargetError),
    /// The table couldn't be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// There is no key.
    #[error("whose seals are to be believed? Name a --public-key, or a folder of archived --seals")]
    NoKey,
    /// That is no key.
    #[error("{0} is no public key: 32 bytes in base64url")]
    Key(String),
    /// The file of secrets couldn't be read.
    #[error("the local server's key: {0}")]
    Secret(String),
    /// The archived seals couldn't be read.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
}

/// What was found.
#[derive(Debug, Default)]
pub struct Report {
    /// Day by day.
    pub days: Vec<Verdict>,
    /// Archived seals that the table doesn't have as they are.
    pub archive: Vec<String>,
}

impl Report {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.archive.is_empty() && self.days.iter().all(Verdict::is_whole)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for finding in self.days.iter().flat_map(|day| &day.findings) {
            let (from, to) = (finding.from.rfc3339(), finding.to.rfc3339());
            writeln!(f, "{}: shard {}, {from} to {to}", finding.problem.name(), finding.shard)?;
        }
        for seal in &self.archive {
            writeln!(f, "not as it was archived: {seal}")?;
        }
        let sum = |of: fn(&Verdict) -> usize| self.days.iter().map(of).sum::<usize>();
        let (rows, seals, later) = (sum(|day| day.rows), sum(|day| day.seals), sum(|day| day.unsealed_rows));
        write!(f, "{} days, {rows} rows under {seals} seals, {later} not sealed yet", self.days.len())
    }
}

/// Looks at the trail of the table that the options name.
///
/// # Errors
/// [`AuditError`].
pub async fn verify(options: &AuditOptions, target: &Target) -> Result<Report, AuditError> {
    let archived =
        options.seals.as_deref().map(|folder| read_all(folder, "archived seal")).transpose()?.unwrap_or_default();
    let keys = keys(options, target, &archived).await?;
    let table = target.table().await?;
    // The local server's job doesn't run while it is off: there nothing is expected after its last seal.
    let now = target.local_folder().is_none().then(|| SystemClock.now());
    verify_table(&table, &keys, &archived, options.date, now).await
}

/// Looks at the trail of a table: one day, or all since the first seal. With `now` everything ought to be
/// sealed that is old enough, without it only what is.
///
/// # Errors
/// [`AuditError::Read`].
pub async fn verify_table(
    table: &Table,
    keys: &[PublicKey],
    archived: &[Archived],
    date: Option<LocalDate>,
    now: Option<Instant>,
) -> Result<Report, AuditError> {
    let sealed = extent(table).await?;
    let now = now.or(sealed.map(|sealed| sealed.to.plus(SEALED_BY))).unwrap_or_else(|| SystemClock.now());
    let oldest = archived.iter().map(|archived| archived.seal.from).min();
    let days = match date {
        Some(date) => (date, date),
        None => {
            let from = sealed.map(|sealed| sealed.from).into_iter().chain(oldest).min().unwrap_or(now);
            let to = sealed.map_or(now, |sealed| sealed.end.max(now));
            (from.utc_day(), to.utc_day())
        }
    };
    let mut report = Report::default();
    for day in days.0.iter_days().take_while(|day| *day <= days.1) {
        report.days.push(verify_day(table, keys, day, now, usize::MAX).await?);
    }
    for Archived { seal, .. } in archived.iter().filter(|of| date.is_none_or(|day| of.seal.from.utc_day() == day)) {
        if table.get::<SealRow>(&seal.key()).await.ok().flatten().as_ref() != Some(seal) {
            report.archive.push(seal.name());
        }
    }
    Ok(report)
}

/// The keys that are believed.
async fn keys(options: &AuditOptions, target: &Target, archived: &[Archived]) -> Result<Vec<PublicKey>, AuditError> {
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
