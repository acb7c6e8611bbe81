//! Availability: availability windows, and the list of a day's availability with slots.

use crate::checks::{any_of_doctor_room_clinic, day_or_period, hours_in_order, period};
use crate::values::{AvailabilitySource, Bounded, DateTime};
use crate::{Body, Params, View};
use app::availability::schedules::{ListedWindow, NotApplying, PeriodWithSlots, ScheduleFilter, WindowDraft};
use domain::availability::{Slot, UnavailableReason};
use domain::closure::Block;
use domain::ids::{BlockId, ClinicId, DoctorId, RoomId, RuleId, WindowId};
use domain::schedule::{AvailabilityPeriod, SLOT_MINUTES, Source, Window};
use domain::text::Note;
use domain::time::{EndTime, LocalDate, LocalTime, Zone};

/// The length of a slot in minutes.
pub type SlotMinutes = Bounded<u16, { SLOT_MINUTES.0 as i64 }, { SLOT_MINUTES.1 as i64 }>;

pub(crate) const DEFAULT_SLOT_MINUTES: u16 = 30;

/// The data of an availability window.
#[derive(Clone, Body)]
#[check(hours_in_order(start_time, end_time))]
pub struct ScheduleBody {
    /// Id of the doctor.
    doctor: DoctorId,
    /// Id of the room.
    room: RoomId,
    /// Local day, `YYYY-MM-DD`.
    #[field(example = "2027-01-18")]
    date: LocalDate,
    /// Local start time, `HH:MM[:SS]`.
    #[field(example = "09:00")]
    start_time: LocalTime,
    /// Local end time, `HH:MM[:SS]`; `24:00` is the midnight at which the day ends.
    #[field(example = "13:00")]
    end_time: EndTime,
    /// Length of a slot in minutes.
    #[field(default = Bounded::of(DEFAULT_SLOT_MINUTES))]
    slot_minutes: SlotMinutes,
    /// `true`: the doctor's weekly rules don't apply on this day.
    #[field(default = false)]
    instead_of_rules: bool,
}

impl From<ScheduleBody> for WindowDraft {
    fn from(body: ScheduleBody) -> Self {
        Self {
            doctor: body.doctor,
            room: body.room,
            date: body.date,
            start_time: body.start_time,
            end_time: body.end_time,
            slot_minutes: body.slot_minutes.get(),
            instead_of_rules: body.instead_of_rules,
        }
    }
}

impl From<&Window> for ScheduleBody {
    fn from(window: &Window) -> Self {
        Self::of(&window.period(), window.instead_of_rules)
    }
}

impl ScheduleBody {
    fn of(period: &AvailabilityPeriod, instead_of_rules: bool) -> Self {
        Self {
            doctor: period.doctor,
            room: period.room,
            date: period.date,
            start_time: period.start_time,
            end_time: period.end_time,
            slot_minutes: Bounded::of(period.slot_minutes),
            instead_of_rules,
        }
    }
}

/// The availability of a doctor in a room on a local day.
#[derive(Clone, View)]
pub struct ScheduleView {
    /// Id of the availability window or weekly rule that it comes from.
    #[field(format = "uuid")]
    pub id: String,
    #[field(flatten)]
    body: ScheduleBody,
    doctor_name: String,
    /// Id of the room's clinic.
    clinic: ClinicId,
    clinic_name: String,
    room_name: String,
    /// Whether it comes from a `window` or a `rule`.
    source: AvailabilitySource,
    /// Id of the weekly rule; `null` for a window.
    rule: Option<RuleId>,
    /// Number of free slots.
    free_slots: usize,
    /// All slots, in order of time.
    slots: Vec<SlotView>,
    /// Increases by one with each change of the window or rule.
    pub version: u64,
}

#[derive(Clone, View)]
pub struct SlotView {
    /// Start, with the clinic's offset.
    start_datetime: DateTime,
    /// End, with the clinic's offset.
    end_datetime: DateTime,
    /// Whether it can be booked.
    available: bool,
    /// Why it can't be booked: `booked`, `blocked`, `past` or `room_busy`; `null` if it can.
    reason: Option<UnavailableReason>,
    /// The block of a `blocked` slot; left out where none closes it, as on a holiday.
    #[field(omit_none)]
    block: Option<SlotBlockView>,
}

/// The block that closes a slot.
#[derive(Clone, View)]
pub struct SlotBlockView {
    id: BlockId,
    /// The reason, for staff.
    reason: Option<Note<500>>,
}

impl SlotView {
    fn new(slot: Slot, zone: Zone, blocks: &[Block]) -> Self {
        let closes = |block: &&Block| block.interval().is_some_and(|closed| closed.overlaps(slot.interval));
        let is_blocked = slot.unavailable == Some(UnavailableReason::Blocked);
        let block = blocks.iter().find(closes).filter(|_| is_blocked);
        Self {
            block: block.map(|block| SlotBlockView { id: block.id, reason: block.reason.clone() }),
            start_datetime: DateTime::new(slot.interval.start(), zone),
            end_datetime: DateTime::new(slot.interval.end(), zone),
            available: slot.unavailable.is_none(),
            reason: slot.unavailable,
        }
    }
}

impl From<&PeriodWithSlots> for ScheduleView {
    fn from(entry: &PeriodWithSlots) -> Self {
        let period = &entry.period;
        let (id, source, rule) = match period.source {
            Source::Window(id) => (id.to_string(), AvailabilitySource::Window, None),
            Source::Rule(id) => (id.to_string(), AvailabilitySource::Rule, Some(id)),
        };
        Self {
            id,
            body: ScheduleBody::of(period, entry.instead_of_rules),
            doctor_name: entry.names.doctor.as_str().to_owned(),
            clinic: period.clinic,
            clinic_name: entry.names.clinic.as_str().to_owned(),
            room_name: entry.names.room.as_str().to_owned(),
            source,
            rule,
            free_slots: entry.slots.iter().filter(|slot| slot.unavailable.is_none()).count(),
            slots: entry.slots.iter().map(|slot| SlotView::new(*slot, period.zone, &entry.blocks)).collect(),
            version: entry.version,
        }
    }
}

/// A dated window as it was made, whether or not it applies.
#[derive(Clone, View)]
pub struct WindowView {
    id: WindowId,
    #[field(flatten)]
    body: ScheduleBody,
    doctor_name: String,
    /// Id of the room's clinic.
    clinic: ClinicId,
    clinic_name: String,
    room_name: String,
    /// Whether at least a part of it applies.
    applies: bool,
    /// Why it doesn't apply: `holiday`, `block`, `room_closed`, `clinic_closed` or `doctor_inactive`; `null` if it does.
    because: Option<NotApplying>,
    /// Increases by one with each change.
    version: u64,
}

impl From<&ListedWindow> for WindowView {
    fn from(ListedWindow { window, names, because }: &ListedWindow) -> Self {
        Self {
            id: window.id,
            body: window.into(),
            doctor_name: names.doctor.as_str().to_owned(),
            clinic: window.clinic,
            clinic_name: names.clinic.as_str().to_owned(),
            room_name: names.room.as_str().to_owned(),
            applies: because.is_none(),
            because: *because,
            version: window.version,
        }
    }
}

/// Filters: at least one of doctor, room and clinic is required.
#[derive(Params)]
#[check(any_of_doctor_room_clinic(doctor, room, clinic))]
#[check(day_or_period(date, date_from, date_to))]
pub struct ScheduleParams {
    /// Id of the doctor.
    doctor: Option<DoctorId>,
    /// Id of the room.
    room: Option<RoomId>,
    /// Id of the clinic.
    clinic: Option<ClinicId>,
    /// A local day. Not together with `date_from` or `date_to`; today by default.
    date: Option<LocalDate>,
    /// First local day, included.
    date_from: Option<LocalDate>,
    /// Last local day, included; at most 31 days.
    date_to: Option<LocalDate>,
}

impl ScheduleParams {
    #[must_use]
    pub fn filter(&self, today: LocalDate) -> ScheduleFilter {
        // Somewhere the local day is a day before or after.
        let only_today = self.date.or(self.date_from).or(self.date_to).is_none();
        let (from, to) = match self.date {
            Some(date) => (date, date),
            None if only_today => (today.pred_opt().unwrap_or(today), today.succ_opt().unwrap_or(today)),
            None => period::<1>(self.date_from, self.date_to, today),
        };
        ScheduleFilter { doctor: self.doctor, room: self.room, clinic: self.clinic, from, to, only_today }
    }
}
