//! The blocks and holidays that close availability: guards have only the merged closures that aren't over.

use crate::App;
use crate::support::concurrency::try_join_bounded;
use crate::support::error::AppError;
use domain::closure::{Block, BlockTarget, Closures, Holiday};
use domain::ids::ClinicId;
use domain::schedule::AvailabilityPeriod;
use domain::time::{Instant, Interval, LocalDate};
use std::collections::{BTreeMap, BTreeSet};
use store::patterns;

/// Why a window doesn't apply: the first that is true.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotApplying {
    DoctorInactive,
    ClinicClosed,
    RoomClosed,
    Holiday,
    Block,
}

/// What closes the time of some periods.
#[derive(Debug, Default)]
pub(super) struct ClosureCauses {
    /// By start.
    blocks: Vec<Block>,
    /// `None` for the holidays of all clinics.
    holidays: BTreeSet<(Option<ClinicId>, LocalDate)>,
}

fn targets(period: &AvailabilityPeriod) -> [BlockTarget; 3] {
    [BlockTarget::Doctor(period.doctor), BlockTarget::Room(period.room), BlockTarget::Clinic(period.clinic)]
}

impl ClosureCauses {
    /// Reads the blocks that end after the first of the periods begins.
    pub(super) async fn read_blocks(app: &App, periods: &[AvailabilityPeriod]) -> Result<Self, AppError> {
        let mut first: BTreeMap<BlockTarget, Instant> = BTreeMap::new();
        for (period, open) in periods.iter().filter_map(|period| Some((period, period.interval()?))) {
            for target in targets(period) {
                let start = first.entry(target).or_insert(open.start());
                *start = (*start).min(open.start());
            }
        }
        let reads = first.into_iter().map(|(target, start)| async move {
            let blocks: Vec<Block> = app.table.query_all(&patterns::blocks_of(target, start)).await?;
            Ok::<_, AppError>(blocks)
        });
        let mut blocks = try_join_bounded(reads).await?.concat();
        blocks.sort_by_key(|block| (block.start, block.id));
        Ok(Self { blocks, ..Self::default() })
    }

    /// Reads the blocks and the holidays.
    pub(super) async fn read(app: &App, periods: &[AvailabilityPeriod]) -> Result<Self, AppError> {
        let mut causes = Self::read_blocks(app, periods).await?;
        let Some(from) = periods.iter().map(|period| period.date).min() else { return Ok(causes) };
        let clinics: BTreeSet<ClinicId> = periods.iter().map(|period| period.clinic).collect();
        let reads = clinics.into_iter().map(Some).chain([None]).map(|clinic| async move {
            let holidays: Vec<Holiday> = app.table.query_all(&patterns::holidays_of(clinic, from)).await?;
            Ok::<_, AppError>(holidays)
        });
        let holidays = try_join_bounded(reads).await?.concat();
        causes.holidays = holidays.iter().map(|holiday| (holiday.clinic, holiday.date)).collect();
        Ok(causes)
    }

    /// The blocks that close a part of a period, by start.
    pub(super) fn blocks(&self, period: &AvailabilityPeriod) -> impl Iterator<Item = &Block> {
        let (targets, open) = (targets(period), period.interval());
        let closes = move |closed: Interval| open.is_some_and(|open| open.overlaps(closed));
        let concerns = move |block: &&Block| targets.contains(&block.of) && block.interval().is_some_and(closes);
        self.blocks.iter().filter(concerns)
    }

    /// Whether blocks close all of a period.
    pub(super) fn are_blocking(&self, period: &AvailabilityPeriod) -> bool {
        let closed = Closures::of(self.blocks(period).filter_map(Block::interval));
        period.interval().is_some_and(|open| closed.contains(open))
    }

    pub(super) fn has_holiday(&self, period: &AvailabilityPeriod) -> bool {
        [Some(period.clinic), None].iter().any(|clinic| self.holidays.contains(&(*clinic, period.date)))
    }
}
