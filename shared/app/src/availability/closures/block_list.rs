//! Lists blocks: all of them, or those that close the time of a doctor, a room or a clinic.

use super::ClosureRecord as _;
use super::doctor_zone::zone_of_doctor;
use crate::App;
use crate::availability::room_timetable::timetable_of_room;
use crate::support::concurrency::try_join_bounded;
use crate::support::context::Context;
use crate::support::error::AppError;
use crate::support::listing::{self, PageRequest, Reading, Slice};
use domain::clinic::Room;
use domain::closure::{Block, BlockTarget};
use domain::ids::{ClinicId, DoctorId, RoomId};
use domain::time::{Days, Instant, Interval, LAST_DAY, LocalDate, TimeDelta, Zone};
use domain::weekly_rule::WeeklyRule;
use std::collections::{BTreeMap, BTreeSet};
use store::keys::Key;
use store::patterns;
use store::schedule::Timetable;

/// Filter of a list of blocks.
#[derive(Debug, Clone, Copy, Default)]
pub struct BlockFilter {
    /// Blocks that close the time of this doctor, room or clinic. A doctor's include those of the rooms and clinics in
    /// which the doctor has hours, a room's those of its clinic, a clinic's those of its rooms and of the doctors who
    /// have hours there.
    pub of: Option<BlockTarget>,
    /// First local day.
    pub from: Option<LocalDate>,
    /// Last local day.
    pub to: Option<LocalDate>,
}

/// A list of all blocks reads so many rows at once where days are given: most may lie before the first day.
const ROWS_PER_READ: usize = 250;
/// How far ahead hours are looked for, at least.
const DAYS_OF_HOURS: Days = Days::new(366);

impl BlockFilter {
    fn includes(&self, block: &Block) -> bool {
        let zone = block.zone.unwrap_or_else(Zone::utc);
        let day = |date: LocalDate| zone.day(date);
        let begins = |to: LocalDate| day(to).is_none_or(|last| block.start < last.end());
        let ends = |from: LocalDate| day(from).is_none_or(|first| first.start() < block.end);
        self.to.is_none_or(begins) && self.from.is_none_or(ends)
    }

    /// Before the first day begins in any time zone.
    fn earliest_end(&self) -> Option<Instant> {
        let day = self.from.and_then(|from| Zone::utc().day(from));
        day.map(|day: Interval| day.start().plus(-TimeDelta::hours(24)))
    }

    /// The days on which hours of doctors count: from yesterday on, and those of the filter.
    fn days_of_hours(&self, now: Instant) -> (LocalDate, LocalDate) {
        let today = now.utc_day();
        let yesterday = today.pred_opt().unwrap_or(today);
        let last = today.checked_add_days(DAYS_OF_HOURS).unwrap_or(LAST_DAY);
        (self.from.map_or(yesterday, |from| from.min(yesterday)), self.to.map_or(last, |to| to.max(last)))
    }
}

/// Lists blocks by start.
pub async fn list_blocks(
    app: &App,
    ctx: &Context,
    filter: BlockFilter,
    page: &PageRequest,
) -> Result<Slice<Block>, AppError> {
    let keep = |block: &Block| block.is_visible(&ctx.scope) && filter.includes(block);
    let mut slice = match filter.of {
        Some(of) => {
            let mut blocks = blocks_of(app, &closing(app, ctx, of, &filter).await?, filter.earliest_end()).await?;
            blocks.retain(keep);
            let key = |block: &Block| format!("{}#{}", block.start.sortable(), block.id);
            let mut rows: Vec<(String, Block)> = blocks.into_iter().map(|block| (key(&block), block)).collect();
            rows.sort_by(|(one, _), (other, _)| one.cmp(other));
            listing::paginate(rows, page)
        }
        None if filter.from.is_some() || filter.to.is_some() => {
            let reading = Reading { min_rows: ROWS_PER_READ, until_found: true };
            listing::list_reading(app, &[patterns::blocks()], reading, page, keep).await?
        }
        None => listing::list(app, &[patterns::blocks()], page, keep).await?,
    };
    add_zones(app, ctx, &mut slice.rows).await?;
    Ok(slice)
}

/// What may be blocked so that the time of a doctor, a room or a clinic is closed.
async fn closing(
    app: &App,
    ctx: &Context,
    of: BlockTarget,
    filter: &BlockFilter,
) -> Result<BTreeSet<BlockTarget>, AppError> {
    let (from, to) = filter.days_of_hours(app.now());
    let mut targets = BTreeSet::from([of]);
    match of {
        BlockTarget::Doctor(doctor) => {
            let hours = Timetable::read(&app.table, doctor, from, to).await?;
            let places = hours_between(&hours, from, to).filter(|hours| ctx.scope.includes(hours.clinic));
            targets.extend(places.flat_map(|hours| [BlockTarget::Clinic(hours.clinic), BlockTarget::Room(hours.room)]));
        }
        BlockTarget::Room(room) => {
            let room = app.table.get::<Room>(&Key::room(room)).await?;
            targets.extend(room.map(|room| BlockTarget::Clinic(room.profile.clinic)));
        }
        BlockTarget::Clinic(clinic) if ctx.scope.includes(clinic) => {
            let rooms: Vec<Room> = app.table.query_all(&patterns::rooms_of_clinic(clinic)).await?;
            let hours = try_join_bounded(rooms.iter().map(|room| timetable_of_room(app, room.id, from, to))).await?;
            targets.extend(rooms.iter().map(|room| BlockTarget::Room(room.id)));
            for hours in hours {
                targets.extend(hours_between(&hours, from, to).map(|hours| BlockTarget::Doctor(hours.doctor)));
            }
        }
        BlockTarget::Clinic(_) => {}
    }
    Ok(targets)
}

/// Who has hours where.
struct Hours {
    doctor: DoctorId,
    room: RoomId,
    clinic: ClinicId,
}

/// The windows between two days, and the rules that are valid between them.
fn hours_between(timetable: &Timetable, from: LocalDate, to: LocalDate) -> impl Iterator<Item = Hours> {
    let windows = timetable.windows.iter().filter(move |window| from <= window.date && window.date <= to);
    let windows = windows.map(|window| Hours { doctor: window.doctor, room: window.room, clinic: window.clinic });
    let is_valid = move |rule: &&WeeklyRule| rule.valid_from <= to && rule.valid_until.is_none_or(|last| from <= last);
    let rules = timetable.rules.iter().filter(is_valid);
    windows.chain(rules.map(|rule| Hours { doctor: rule.doctor, room: rule.room, clinic: rule.clinic }))
}

/// The blocks of some doctors, rooms and clinics that end after an instant.
async fn blocks_of(app: &App, targets: &BTreeSet<BlockTarget>, after: Option<Instant>) -> Result<Vec<Block>, AppError> {
    let after = after.or_else(|| Instant::from_unix(0)).unwrap_or_else(|| app.now());
    let reads = targets.iter().map(|of| async move {
        let blocks: Vec<Block> = app.table.query_all(&patterns::blocks_of(*of, after)).await?;
        Ok::<_, AppError>(blocks)
    });
    Ok(try_join_bounded(reads).await?.concat())
}

/// Gives a time zone to blocks of doctors from before such blocks had one.
async fn add_zones(app: &App, ctx: &Context, blocks: &mut [Block]) -> Result<(), AppError> {
    let mut zones: BTreeMap<DoctorId, Option<Zone>> = BTreeMap::new();
    for block in blocks.iter_mut().filter(|block| block.zone.is_none()) {
        let BlockTarget::Doctor(doctor) = block.of else { continue };
        let zone = match zones.get(&doctor) {
            Some(zone) => *zone,
            None => zone_of_doctor(app, &ctx.scope, doctor).await?,
        };
        zones.insert(doctor, zone);
        block.zone = zone;
    }
    Ok(())
}
