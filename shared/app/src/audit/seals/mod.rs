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
use crate::support::job::JobStep;
use crate::support::ports::SecretName;
use contents::{Leaf, SealRange, seal};
use domain::time::{Days, Instant, LocalDate, LocalTime, TimeDelta};
use identity::keys::PublicKey;
use identity::seal::SealKey;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use store::item::key_of;
use store::keys::SHARDS;
use store::seal::SealRow;
use store::{Entity as _, Purpose, Transaction, UnreadableRow, patterns};

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

/// What a run seals. It is kept beside the run, so that it is known of an aborted one too.
#[derive(Debug, Default)]
pub struct SealRun(Mutex<SealProgress>);

#[derive(Debug, Default)]
struct SealProgress {
    seals: u64,
    /// By shard.
    sealed_until: BTreeMap<u8, Instant>,
}

impl SealRun {
    /// How many seals were made.
    #[must_use]
    pub fn seals(&self) -> u64 {
        self.lock().seals
    }

    /// Age of the oldest unsealed part of the trail, in seconds. Shards that couldn't be read are left out.
    #[must_use]
    pub fn unsealed_seconds(&self, now: Instant) -> i64 {
        self.lock().sealed_until.values().map(|until| now.since(*until).num_seconds()).max().unwrap_or(0)
    }

    fn lock(&self) -> MutexGuard<'_, SealProgress> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
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

/// Seals the due windows of all shards. A shard that fails is logged and doesn't stop the others: one whose last seal was
/// altered is not sealed any more, and only its age is told.
///
/// # Errors
/// That of a shard which failed for another reason than an unreadable row.
pub async fn seal_due(app: &App, step: &JobStep<'_>, run: &SealRun) -> Result<(), AppError> {
    let Some(after) = app.tuning.seal_after else { return Ok(()) };
    let due = last_window_end(app.now().plus(-after));
    let (mut trails, mut result) = (Vec::new(), Ok(()));
    let mut note = |shard: u8, error: AppError| {
        tracing::error!(shard, %error, "failed to seal the audit trail");
        if !matches!(error, AppError::Unreadable(_)) {
            result = Err(error);
        }
    };
    // The ages of all shards first, so that they are known where sealing takes too long.
    for shard in 0..SHARDS {
        match step.attempt(read_trail(app, shard, due)).await {
            Ok(trail) => {
                run.lock().sealed_until.insert(shard, trail.sealed_until);
                trails.push(trail);
            }
            Err(error) => note(shard, error),
        }
    }
    for trail in trails {
        let shard = trail.shard;
        if let Err(error) = step.attempt(seal_shard(app, step, run, due, trail)).await {
            note(shard, error);
        }
    }
    result
}

/// How far the trail of a shard is sealed.
struct SealedTrail {
    shard: u8,
    last: Option<SealRow>,
    sealed_until: Instant,
    /// The last seal, if it can't be read: the next one couldn't be chained to it.
    unreadable: Option<UnreadableRow>,
}

/// Where sealing of a trail without seals starts: at the day of the first window that is due.
fn first_start(due: Instant) -> Instant {
    day_start(due.plus(TimeDelta::seconds(-WINDOW)).utc_day())
}

async fn read_trail(app: &App, shard: u8, due: Instant) -> Result<SealedTrail, AppError> {
    let found =
        app.table.map_items(&patterns::seals(shard, None, None).reversed().limit(1), usize::MAX, |item| item).await?;
    let mut trail = SealedTrail { shard, last: None, sealed_until: first_start(due), unreadable: None };
    let Some(item) = found.and_then(|items| items.into_iter().next()) else { return Ok(trail) };
    trail.last = SealRow::read(&item);
    if let Some(seal) = &trail.last {
        trail.sealed_until = seal.to;
    } else {
        let key = key_of(&item);
        trail.sealed_until = key.seal_start().unwrap_or(trail.sealed_until);
        trail.unreadable = Some(UnreadableRow { kind: SealRow::KIND, key });
    }
    Ok(trail)
}

async fn seal_shard(
    app: &App,
    step: &JobStep<'_>,
    run: &SealRun,
    due: Instant,
    mut trail: SealedTrail,
) -> Result<(), AppError> {
    for _ in 0..MAX_SEALS {
        if let Some(row) = trail.unreadable {
            return Err(AppError::Unreadable(row));
        }
        if trail.sealed_until >= due || step.is_over(app.now()) {
            break;
        }
        let keys = seal_keys(app).await?;
        let Some(key) = keys.first() else { break };
        let made = make_seal(app, &trail, due, key).await?;
        let seal = archive_seal(app, made, key, &keys).await?;
        let mut transaction = Transaction::default();
        transaction.create(Purpose::Append, &seal);
        match app.table.transact(transaction).await {
            Ok(()) => {
                run.lock().seals += 1;
                trail = SealedTrail { sealed_until: seal.to, last: Some(seal), ..trail };
            }
            Err(error) => {
                // A concurrent run wrote a seal, or the response was lost: the seal in the table counts.
                let found = read_trail(app, trail.shard, due).await?;
                if found.last == trail.last {
                    return Err(AppError::Busy(error.to_string()));
                }
                trail = found;
            }
        }
        run.lock().sealed_until.insert(trail.shard, trail.sealed_until);
    }
    Ok(())
}

/// Makes the seal of the rows from the end of the last one to the last due window, but at most to the end of the day.
async fn make_seal(app: &App, trail: &SealedTrail, due: Instant, key: &SealKey) -> Result<SealRow, AppError> {
    let (shard, from) = (trail.shard, trail.sealed_until);
    let day = from.utc_day();
    let to = due.min(day_end(day));
    // The first seal of a day also covers rows that sort before it, the last one rows that sort after it.
    let (first, end) = ((from > day_start(day)).then_some(from), (to < day_end(day)).then_some(to));
    let rows = patterns::sealed_rows(day, shard, first, end);
    let mut leaves = app.table.map_items(&rows, usize::MAX, |item| Leaf::of(&item)).await?.unwrap_or_default();
    leaves.retain(|leaf| end.is_none_or(|end| leaf.sk < end.sortable()));
    let range = SealRange { shard, from, to };
    seal(range, &leaves, trail.last.as_ref(), key).ok_or_else(|| AppError::Internal("a seal without digests".into()))
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
