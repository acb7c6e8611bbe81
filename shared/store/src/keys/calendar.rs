//! Keys of availability windows, weekly rules, blocks and holidays, and of the work that their changes leave.

use super::directory::clinic_partition;
use super::{IndexKey, Key, Resource, index, key, timed};
use domain::closure::BlockTarget;
use domain::ids::{BlockId, ClinicId, DoctorId, HolidayId, RoomId, RuleId, SweepId, WindowId};
use domain::time::{Instant, LocalDate};

pub(crate) const RULE_PREFIX: &str = "RULE#";
pub(crate) const BLOCK_PREFIX: &str = "BLOCK#";

/// The partition of the work that calendar changes left.
pub(crate) const SWEEPS: &str = "SWEEPS";
/// The partition of all weekly rules in GSI2.
pub const RULES: &str = "RULES";
/// The partition of all blocks in GSI2.
pub const BLOCKS: &str = "BLOCKS";
/// The partition of all holidays in GSI2, and in the table that of the holidays for all clinics.
pub const HOLIDAYS: &str = "HOLIDAYS";

/// The prefix of the sort keys of a doctor's windows on a local day.
pub(crate) fn window_prefix(date: LocalDate) -> String {
    format!("WINDOW#{date}")
}

/// The prefix of the sort keys of blocks that end at an instant.
pub(crate) fn block_end_prefix(end: Instant) -> String {
    format!("{BLOCK_PREFIX}{}", end.sortable())
}

/// A reference to an entity whose key contains more than its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntityRef {
    Window(WindowId),
    Rule(RuleId),
    Block(BlockId),
    Holiday(HolidayId),
}

impl Key {
    /// A dated window, in the partition of its doctor.
    #[must_use]
    pub fn window(doctor: DoctorId, date: LocalDate, id: WindowId) -> Self {
        key(Resource::Doctor(doctor).partition(), format!("{}#{id}", window_prefix(date)))
    }

    /// A weekly rule, in the partition of its doctor.
    #[must_use]
    pub fn rule(doctor: DoctorId, id: RuleId) -> Self {
        key(Resource::Doctor(doctor).partition(), format!("{RULE_PREFIX}{id}"))
    }

    /// A block, in the partition of the entity that it closes, sorted by its end so that past ones are skipped.
    #[must_use]
    pub fn block(of: BlockTarget, end: Instant, id: BlockId) -> Self {
        key(blocked_partition(of), format!("{}#{id}", block_end_prefix(end)))
    }

    /// A holiday of one clinic or of all clinics.
    #[must_use]
    pub fn holiday(clinic: Option<ClinicId>, date: LocalDate, id: HolidayId) -> Self {
        key(holidays_partition(clinic), format!("{date}#{id}"))
    }

    /// Pending follow-up work of a change to the calendar.
    #[must_use]
    pub fn sweep(at: Instant, id: SweepId) -> Self {
        key(SWEEPS, timed(at, id))
    }

    /// The lookup row of an entity whose key contains more than its id.
    #[must_use]
    pub fn id_lookup(entity_ref: EntityRef) -> Self {
        let partition = match entity_ref {
            EntityRef::Window(id) => format!("WINDOW#{id}"),
            EntityRef::Rule(id) => format!("RULE#{id}"),
            EntityRef::Block(id) => format!("BLOCK#{id}"),
            EntityRef::Holiday(id) => format!("HOLIDAY#{id}"),
        };
        key(partition, "PLACE")
    }
}

/// The partition of a room's windows in GSI1.
#[must_use]
pub fn room_windows_partition(room: RoomId) -> String {
    format!("ROOM_WINDOWS#{room}")
}

#[must_use]
pub fn room_window_key(room: RoomId, date: LocalDate, id: WindowId) -> IndexKey {
    index(room_windows_partition(room), format!("{date}#{id}"))
}

/// The partition of a room's weekly rules in GSI1.
#[must_use]
pub fn room_rules_partition(room: RoomId) -> String {
    format!("ROOM_RULES#{room}")
}

#[must_use]
pub fn room_rule_key(room: RoomId, id: RuleId) -> IndexKey {
    index(room_rules_partition(room), id.to_string())
}

#[must_use]
pub fn all_rules_key(id: RuleId) -> IndexKey {
    index(RULES, id.to_string())
}

/// The partition of the blocks of a doctor, a room or a clinic, in the table.
#[must_use]
pub fn blocked_partition(of: BlockTarget) -> String {
    match of {
        BlockTarget::Doctor(id) => Resource::Doctor(id).partition(),
        BlockTarget::Room(id) => Resource::Room(id).partition(),
        BlockTarget::Clinic(id) => clinic_partition(id),
    }
}

#[must_use]
pub fn all_blocks_key(start: Instant, id: BlockId) -> IndexKey {
    index(BLOCKS, timed(start, id))
}

/// The partition of the holidays of one clinic, or of those for all clinics, in the table.
#[must_use]
pub fn holidays_partition(clinic: Option<ClinicId>) -> String {
    clinic.map_or_else(|| HOLIDAYS.to_owned(), |clinic| format!("HOLIDAYS#{clinic}"))
}

#[must_use]
pub fn all_holidays_key(date: LocalDate, id: HolidayId) -> IndexKey {
    index(HOLIDAYS, format!("{date}#{id}"))
}
