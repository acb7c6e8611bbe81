//! Sealing the audit trail, so that whoever changes it afterwards is found out.
//!
//! Every shard's trail is cut into windows of a quarter of an hour. Ten minutes after its end a window
//! is sealed: a Merkle root over its rows, chained to the seal before and signed. Why ten: a write takes
//! the time of its row anew with each attempt, isn't sent once that is five minutes old
//! ([`store::transaction::STALE_AFTER`]), and AWS takes no request whose signature is older than five
//! minutes. So nothing comes late, and what is found in a sealed window later was not there.
//!
//! | Question | File |
//! |---|---|
//! | what does a seal say of rows? | [`contents`] |
//! | what is wrong with a day, by its rows and seals alone? | [`inspection`] |
//! | and in a table? | [`verification`] |
//!
//! A seal counts once the archive has it: first it goes there, then into the table. Whatever the archive
//! had before is the one that counts, so a trail that was rolled back to be sealed anew gets its first
//! seals again, and doesn't match them. Both are safe to do twice, late, or next to each other.

pub mod contents;
pub mod inspection;
#[cfg(test)]
mod tampering_tests;
pub mod verification;

use crate::App;
use crate::support::error::AppError;
use crate::support::ports::SecretName;
use contents::{Leaf, seal};
use domain::time::{Days, Instant, LocalDate, LocalTime, TimeDelta};
use identity::keys::PublicKey;
use identity::seal::SealKey;
use serde::{Deserialize, Serialize};
use store::keys::SHARDS;
use store::seal::SealRow;
use store::{Purpose, Transaction, patterns};

/// A window, in seconds.
pub const WINDOW: i64 = 15 * 60;
/// So long after its end a window is sealed, at the earliest.
pub const SEALED_AFTER: TimeDelta = TimeDelta::minutes(10);
/// So long after its end a window ought to be sealed at the latest: a run of the job may have failed.
pub const SEALED_BY: TimeDelta = TimeDelta::minutes(45);
/// At most so many seals of a shard in one run. What is left over is for the next; after an outage one
/// seal is about all that is left of a day.
const MOST_SEALS: usize = 16;

/// A seal as the archive has it: with the key that verifies it, for people without any secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Archived {
    /// The seal.
    pub seal: SealRow,
    /// The Ed25519 public key in base64url.
    pub public_key: String,
}

/// What a run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sealed {
    /// Seals that were made.
    pub seals: u64,
    /// For how long the oldest part of the trail that isn't sealed has been there, in seconds.
    pub unsealed_seconds: i64,
}

/// The end of the last window that is over at an instant.
#[must_use]
pub fn last_window_end(at: Instant) -> Instant {
    Instant::from_unix(at.unix() - at.unix().rem_euclid(WINDOW)).unwrap_or(at)
}

/// The beginning of a UTC day.
#[must_use]
pub fn day_start(day: LocalDate) -> Instant {
    Instant::from_utc(day.and_time(LocalTime::MIN).and_utc())
}

/// The end of a UTC day.
#[must_use]
pub fn day_end(day: LocalDate) -> Instant {
    day_start(day.checked_add_days(Days::new(1)).unwrap_or(day))
}

/// Seals what is due, of all shards. One that can't be sealed doesn't stop the others, and is said aloud.
///
/// # Errors
/// What reading says.
pub async fn seal_due(app: &App) -> Result<Sealed, AppError> {
    let mut done = Sealed::default();
    let Some(after) = app.tuning.seal_after else { return Ok(done) };
    let due = last_window_end(app.now().plus(-after));
    for shard in 0..SHARDS {
        let mut last = last_seal(app, shard).await?;
        if let Err(error) = seal_shard(app, shard, due, &mut last, &mut done.seals).await {
            tracing::error!(shard, %error, "the audit trail could not be sealed");
        }
        let until = last.map_or_else(|| beginning(due), |seal| seal.to);
        done.unsealed_seconds = done.unsealed_seconds.max(app.now().since(until).num_seconds());
    }
    Ok(done)
}

/// Where a trail that has no seals yet begins to be sealed: with the day of the first window that is due.
fn beginning(due: Instant) -> Instant {
    day_start(due.plus(TimeDelta::seconds(-WINDOW)).utc_day())
}

async fn last_seal(app: &App, shard: u8) -> Result<Option<SealRow>, AppError> {
    let found =
        app.table.items(&patterns::seals(shard, None, None).reversed().limit(1), usize::MAX, |item| item).await?;
    let unreadable = || AppError::Internal(format!("the last seal of shard {shard} is no seal"));
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
    for _ in 0..MOST_SEALS {
        let from = last.as_ref().map_or_else(|| beginning(due), |seal| seal.to);
        if from >= due {
            break;
        }
        let keys = keys(app).await?;
        let Some(key) = keys.first() else { break };
        let made = make(app, shard, from, due, last.as_ref(), key).await?;
        let seal = archive(app, made, key, &keys).await?;
        let mut transaction = Transaction::default();
        transaction.create(Purpose::Append, &seal);
        match app.table.transact(transaction).await {
            Ok(()) => {
                *seals += 1;
                *last = Some(seal);
            }
            Err(error) => {
                // Another run was faster, or the answer was lost: what is there counts.
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

/// The seal of the stretch from an instant to what is due, or to the end of its day.
async fn make(
    app: &App,
    shard: u8,
    from: Instant,
    due: Instant,
    last: Option<&SealRow>,
    key: &SealKey,
) -> Result<SealRow, AppError> {
    let day = from.utc_day();
    let to = due.min(day_end(day));
    // The first seal of a day is about whatever sorts before, too, and the last about what sorts behind.
    let (first, end) = ((from > day_start(day)).then_some(from), (to < day_end(day)).then_some(to));
    let rows = patterns::sealed_rows(day, shard, first, end);
    let mut leaves = app.table.items(&rows, usize::MAX, |item| Leaf::of(&item)).await?.unwrap_or_default();
    leaves.retain(|leaf| end.is_none_or(|end| leaf.sk < end.sortable()));
    seal(shard, from, to, &leaves, last, key).ok_or_else(|| AppError::Internal("a seal without digests".into()))
}

/// Hands a seal to the archive. Answers the one that is there: if there was one before, that counts.
async fn archive(app: &App, made: SealRow, key: &SealKey, keys: &[SealKey]) -> Result<SealRow, AppError> {
    let archived = Archived { seal: made.clone(), public_key: key.public().x().to_owned() };
    let text = serde_json::to_string(&archived).map_err(|error| AppError::Internal(error.to_string()))?;
    let kept = app.archive.keep(&made.name(), &text).await.map_err(|error| AppError::Busy(error.to_string()))?;
    if kept == text {
        return Ok(made);
    }
    let foreign = || AppError::Internal(format!("the archive holds something else as {}", made.name()));
    let seal = serde_json::from_str::<Archived>(&kept).map_err(|_| foreign())?.seal;
    let follows = (seal.shard, seal.number, seal.from, &seal.previous)
        == (made.shard, made.number, made.from, &made.previous)
        && seal.from < seal.to
        && seal.to <= made.to;
    let publics: Vec<PublicKey> = keys.iter().map(|key| key.public().clone()).collect();
    if !follows || !contents::is_signed(&seal, &publics) {
        return Err(foreign());
    }
    if seal.to == made.to && seal.root != made.root {
        tracing::error!(shard = seal.shard, from = %seal.from.rfc3339(), "the audit trail is not what was sealed before");
    }
    Ok(seal)
}

/// The keys of the secret, the one that signs first: words with blanks between them, as for tokens.
async fn keys(app: &App) -> Result<Vec<SealKey>, AppError> {
    let secret = app.secrets.get(SecretName::Seals, false).await?;
    let keys = secret.0.split_whitespace().map(|word| SealKey::from_secret(word.as_bytes()));
    keys.collect::<Result<_, _>>().map_err(|error| AppError::Internal(error.to_string()))
}

/// The public halves of the keys that seals are signed with.
///
/// # Errors
/// [`AppError::Internal`] where the secret can't be read.
pub async fn public_keys(app: &App) -> Result<Vec<PublicKey>, AppError> {
    Ok(keys(app).await?.iter().map(|key| key.public().clone()).collect())
}
