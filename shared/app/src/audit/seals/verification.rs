//! Verifies a day of a table's audit trail against its seals. Reads only, and needs no [`App`](crate::App) and no
//! private key.

use super::contents::Leaf;
use super::inspection::{Inspection, SealFinding, SealProblem, ShardDay, inspect};
use super::{SEALED_BY, day_end, day_start, last_window_end};
use domain::time::{Instant, LocalDate};
use futures_util::future::{try_join_all, try_join3};
use identity::keys::PublicKey;
use store::item::Item;
use store::keys::SHARDS;
use store::patterns::{Pattern, sealed_rows, seals};
use store::seal::SealRow;
use store::{ReadError, Table};

/// A request verifies at most this many rows of a shard; `cargo citas audit verify` verifies all.
pub const MAX_ROWS: usize = 20_000;

#[derive(Debug, Clone)]
pub struct DayVerification {
    /// A UTC day.
    pub day: LocalDate,
    /// Up to when all shards are sealed; `None` if one has no seals.
    pub sealed_until: Option<Instant>,
    /// How many rows are covered by seals.
    pub rows: usize,
    /// How many rows aren't sealed yet.
    pub unsealed_rows: usize,
    pub seals: usize,
    pub findings: Vec<SealFinding>,
}

impl DayVerification {
    /// Whether there are no findings.
    #[must_use]
    pub fn is_intact(&self) -> bool {
        self.findings.is_empty()
    }
}

/// Verifies a day. A shard with more than `max_rows` rows yields [`SealProblem::TooManyRows`].
pub async fn verify_day(
    table: &Table,
    keys: &[PublicKey],
    day: LocalDate,
    now: Instant,
    max_rows: usize,
) -> Result<DayVerification, ReadError> {
    let shards = try_join_all((0..SHARDS).map(|shard| verify_shard(table, keys, shard, day, now, max_rows))).await?;
    let untils = shards.iter().map(|(inspection, _)| inspection.sealed_until);
    Ok(DayVerification {
        day,
        sealed_until: untils.min().flatten(),
        rows: shards.iter().map(|(inspection, _)| inspection.rows).sum(),
        unsealed_rows: shards.iter().map(|(inspection, _)| inspection.unsealed_rows).sum(),
        seals: shards.iter().map(|(_, seals)| seals).sum(),
        findings: shards.into_iter().flat_map(|(inspection, _)| inspection.findings).collect(),
    })
}

async fn verify_shard(
    table: &Table,
    keys: &[PublicKey],
    shard: u8,
    day: LocalDate,
    now: Instant,
    max_rows: usize,
) -> Result<(Inspection, usize), ReadError> {
    let (start, end) = (day_start(day), day_end(day));
    let items = |pattern: Pattern| async move {
        Ok::<Vec<Item>, ReadError>(table.map_items(&pattern, usize::MAX, |item| item).await?.unwrap_or_default())
    };
    // Read the seals first: no rows are added to a sealed window.
    let (own, before, first) = try_join3(
        items(seals(shard, Some(start), Some(end))),
        items(seals(shard, None, Some(start)).reversed().limit(1)),
        items(seals(shard, None, None).limit(1)),
    )
    .await?;
    let rows = table.map_items(&sealed_rows(day, shard, None, None), max_rows, |item| Leaf::of(&item)).await?;
    let Some(rows) = rows else {
        let finding = SealFinding { shard, from: start, to: end, problem: SealProblem::TooManyRows };
        return Ok((Inspection { findings: vec![finding], ..Inspection::default() }, own.len()));
    };
    let shard_day = ShardDay {
        shard,
        day,
        seals: &own,
        before: before.first(),
        first: first.first(),
        rows: &rows,
        due: last_window_end(now.plus(-SEALED_BY)),
    };
    Ok((inspect(&shard_day, keys), own.len()))
}

/// The time range of a trail that is sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SealedRange {
    /// The start of the first seal of any shard.
    pub from: Instant,
    /// Up to when all shards with seals are sealed.
    pub to: Instant,
    /// The end of the last seal of any shard.
    pub end: Instant,
}

/// Reads the sealed range of a table's trail, from the first and last readable seal of each shard.
pub async fn sealed_range(table: &Table) -> Result<Option<SealedRange>, ReadError> {
    let one = |pattern: Pattern| async move {
        let items = table.map_items(&pattern.limit(1), usize::MAX, |item| item).await?;
        Ok::<_, ReadError>(items.unwrap_or_default().first().and_then(SealRow::read))
    };
    let first = try_join_all((0..SHARDS).map(|shard| one(seals(shard, None, None)))).await?;
    let last = try_join_all((0..SHARDS).map(|shard| one(seals(shard, None, None).reversed()))).await?;
    let ends = || last.iter().flatten().map(|seal| seal.to);
    let from = first.iter().flatten().map(|seal| seal.from).min();
    Ok(from.zip(ends().min().zip(ends().max())).map(|(from, (to, end))| SealedRange { from, to, end }))
}
