//! Why a room is closed at a time: its guard has the closed time, but not its cause.

use crate::App;
use crate::support::error::AppError;
use domain::availability::OutsideCause;
use domain::clinic::Room;
use domain::closure::{Block, BlockTarget, Holiday};
use domain::time::{Interval, TimeDelta, Zone};
use futures_util::future::try_join;
use store::patterns;

/// Reads why the time of an appointment is closed in its room, for the answer that refuses it.
pub(super) async fn cause_of_closure(
    app: &App,
    room: &Room,
    zone: Zone,
    time: Interval,
) -> Result<OutsideCause, AppError> {
    let last = time.end().plus(TimeDelta::seconds(-1));
    let holidays = patterns::holidays(zone.date(time.start()), zone.date(last));
    let blocks = patterns::blocks_of(BlockTarget::Room(room.id), time.start()).eventually_consistent();
    let (holidays, blocks) =
        try_join(app.table.query_all::<Holiday>(&holidays), app.table.query_all::<Block>(&blocks)).await?;
    let is_holiday = holidays.iter().any(|holiday| holiday.clinic.is_none_or(|clinic| clinic == room.profile.clinic));
    let is_blocked = blocks.iter().filter_map(Block::interval).any(|closed| closed.overlaps(time));
    Ok(match (is_holiday, is_blocked) {
        (true, _) => OutsideCause::Holiday,
        (false, true) => OutsideCause::RoomClosed,
        // What closes a room beside its own blocks and the holidays is a block of its clinic.
        (false, false) => OutsideCause::Block,
    })
}
