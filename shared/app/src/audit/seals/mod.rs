//! Seals the audit trail, so that later changes to it are detected.
//!
//! Each shard's trail is divided into windows of 15 minutes. Ten minutes after its end a window is sealed: a Merkle
//! root over its rows, chained to the previous seal and signed. Ten minutes, because a write takes a new row time
//! with each attempt and isn't sent once that is five minutes old ([`store::transaction::MAX_AGE`]), and AWS
//! accepts no request whose signature is older than five minutes. So no row is added to a window after it is sealed,
//! and a row that is found there later was inserted.
//!
//! | To learn about | read |
//! |---|---|
//! | what a seal states about rows | [`contents`] |
//! | finding what is wrong with a day, from its rows and seals alone | [`inspection`] |
//! | verifying a day of a table | [`verification`] |
//!
//! A seal is written to the archive first and then to the table. If the archive already has a seal of that name, that
//! one counts: a trail that was rolled back to be sealed again gets its original seals, and doesn't match them. Both
//! writes may be repeated, late, or concurrent.

pub mod contents;
pub mod inspection;
#[cfg(test)]
mod tampering_tests;
pub mod verification;

use crate::App;
use crate::support::error::AppError;
use crate::support::ports::SecretName;
use contents::{Leaf, SealRange, seal};
use domain::time::{Days, Instant, LocalDate, LocalTime, TimeDelta};
use identity::keys::PublicKey;
use identity::seal::SealKey;
use serde::{Deserialize, Serialize};
use store::keys::SHARDS;
use store::seal::SealRow;
use store::{Purpose, Transaction, patterns};

/// A window, in seconds.
pub const WINDOW: i64 = 15 * 60;
/// The latest time after its end by which a window ought to be sealed: a run of the job may have failed.
pub const SEALED_BY: TimeDelta = TimeDelta::minutes(45);
/// At most this many seals of a shard are made per run; the next run makes the rest. After an outage one seal covers
/// the rest of a day.
const MAX_SEALS: usize = 16;

/// A seal in the archive: with the public key, so that it can be verified without any secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchivedSeal {
    pub seal: SealRow,
    /// The Ed25519 public key in base64url.
    pub public_key: String,
}

/// The result of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SealRun {
    /// How many seals were made.
    pub seals: u64,
    /// Age of the oldest unsealed part of the trail, in seconds.
    pub unsealed_seconds: i64,
}

/// The end of the last window that is complete at an instant.
#[must_use]
pub fn last_window_end(at: Instant) -> Instant {
    Instant::from_unix(at.unix() - at.unix().rem_euclid(WINDOW)).unwrap_or(at)
}

#[must_use]
pub fn day_start(day: LocalDate) -> Instant {
    Instant::from_utc(day.and_time(LocalTime::MIN).and_utc())
}

#[must_use]
pub fn day_end(day: LocalDate) -> Instant {
    day_start(day.checked_add_days(Days::new(1)).unwrap_or(day))
}

/// Seals the due windows of all shards. A shard that fails is logged and doesn't stop the others.
pub async fn seal_due(app: &App) -> Result<SealRun, AppError> {
    let mut done = SealRun::default();
    let Some(after) = app.tuning.seal_after else { return Ok(done) };
    let due = last_window_end(app.now().plus(-after));
    for shard in 0..SHARDS {
        let mut last = last_seal(app, shard).await?;
        if let Err(error) = seal_shard(app, shard, due, &mut last, &mut done.seals).await {
            tracing::error!(shard, %error, "failed to seal the audit trail");
        }
        let until = last.map_or_else(|| first_start(due), |seal| seal.to);
        done.unsealed_seconds = done.unsealed_seconds.max(app.now().since(until).num_seconds());
    }
    Ok(done)
}

/// Where sealing of a trail without seals starts: at the day of the first window that is due.
fn first_start(due: Instant) -> Instant {
    day_start(due.plus(TimeDelta::seconds(-WINDOW)).utc_day())
}

async fn last_seal(app: &App, shard: u8) -> Result<Option<SealRow>, AppError> {
    let found =
        app.table.map_items(&patterns::seals(shard, None, None).reversed().limit(1), usize::MAX, |item| item).await?;
    let unreadable = || AppError::Internal(format!("the last seal of shard {shard} is unreadable"));
    let last = found.and_then(|items| items.into_iter().next());
    last.map(|item| SealRow::read(&item).ok_or_else(unreadable)).transpose()
}

async fn seal_shard(
    app: &App,
    shard: u8,
    due: Instant,
    last: &mut Option<SealRow>,
    seals: &mut u64,
) -> Result<(), AppError> {
    for _ in 0..MAX_SEALS {
        let from = last.as_ref().map_or_else(|| first_start(due), |seal| seal.to);
        if from >= due {
            break;
        }
        let keys = seal_keys(app).await?;
        let Some(key) = keys.first() else { break };
        let made = make_seal(app, shard, from, due, last.as_ref(), key).await?;
        let seal = archive_seal(app, made, key, &keys).await?;
        let mut transaction = Transaction::default();
        transaction.create(Purpose::Append, &seal);
        match app.table.transact(transaction).await {
            Ok(()) => {
                *seals += 1;
                *last = Some(seal);
            }
            Err(error) => {
                // A concurrent run wrote a seal, or the response was lost: the seal in the table counts.
                let found = last_seal(app, shard).await?;
                if found == *last {
                    return Err(AppError::Busy(error.to_string()));
                }
                *last = found;
            }
        }
    }
    Ok(())
}

/// Makes the seal of the rows from an instant to the last due window, but at most to the end of the day.
async fn make_seal(
    app: &App,
    shard: u8,
    from: Instant,
    due: Instant,
    last: Option<&SealRow>,
    key: &SealKey,
) -> Result<SealRow, AppError> {
    let day = from.utc_day();
    let to = due.min(day_end(day));
    // The first seal of a day also covers rows that sort before it, the last one rows that sort after it.
    let (first, end) = ((from > day_start(day)).then_some(from), (to < day_end(day)).then_some(to));
    let rows = patterns::sealed_rows(day, shard, first, end);
    let mut leaves = app.table.map_items(&rows, usize::MAX, |item| Leaf::of(&item)).await?.unwrap_or_default();
    leaves.retain(|leaf| end.is_none_or(|end| leaf.sk < end.sortable()));
    let range = SealRange { shard, from, to };
    seal(range, &leaves, last, key).ok_or_else(|| AppError::Internal("a seal without digests".into()))
}

/// Archives a seal. Returns the archived one: an earlier one of the same name counts.
async fn archive_seal(app: &App, made: SealRow, key: &SealKey, keys: &[SealKey]) -> Result<SealRow, AppError> {
    let archived = ArchivedSeal { seal: made.clone(), public_key: key.public().x().to_owned() };
    let text = serde_json::to_string(&archived).map_err(|error| AppError::Internal(error.to_string()))?;
    let kept =
        app.archive.put_if_absent(&made.name(), &text).await.map_err(|error| AppError::Busy(error.to_string()))?;
    if kept == text {
        return Ok(made);
    }
    let foreign = || AppError::Internal(format!("the archive holds an unexpected object as {}", made.name()));
    let seal = serde_json::from_str::<ArchivedSeal>(&kept).map_err(|_| foreign())?.seal;
    let follows = (seal.shard, seal.number, seal.from, &seal.previous)
        == (made.shard, made.number, made.from, &made.previous)
        && seal.from < seal.to
        && seal.to <= made.to;
    let publics: Vec<PublicKey> = keys.iter().map(|key| key.public().clone()).collect();
    if !follows || !contents::is_signed(&seal, &publics) {
        return Err(foreign());
    }
    if seal.to == made.to && seal.root != made.root {
        tracing::error!(shard = seal.shard, from = %seal.from.rfc3339(), "audit trail differs from its archived seal");
    }
    Ok(seal)
}

/// The keys of the secret, separated by blanks, as for tokens. The first one signs.
async fn seal_keys(app: &App) -> Result<Vec<SealKey>, AppError> {
    let secret = app.secrets.get(SecretName::Seals, false).await?;
    let keys = secret.0.split_whitespace().map(|word| SealKey::from_secret(word.as_bytes()));
    keys.collect::<Result<_, _>>().map_err(|error| AppError::Internal(error.to_string()))
}

/// The public keys of the keys that sign seals.
pub async fn public_keys(app: &App) -> Result<Vec<PublicKey>, AppError> {
    Ok(seal_keys(app).await?.iter().map(|key| key.public().clone()).collect())
}
