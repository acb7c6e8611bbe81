//! Weekly rules: the recurring availability of doctors.

use crate::checks::{hours_in_order, validity_in_order};
use crate::schedule::{DEFAULT_SLOT_MINUTES, SlotMinutes};
use crate::values::Bounded;
use crate::{Body, Params, View};
use app::availability::schedules::{RuleDraft, RuleFilter};
use domain::ids::{ClinicId, DoctorId, RoomId, RuleId};
use domain::time::{EndTime, LocalDate, LocalTime};
use domain::weekly_rule::{INTERVAL_WEEKS, Weekdays, WeeklyRule};

/// Every how many weeks a rule applies.
pub type IntervalWeeks = Bounded<u8, { INTERVAL_WEEKS.0 as i64 }, { INTERVAL_WEEKS.1 as i64 }>;

/// The data of a weekly rule.
#[derive(Clone, Body)]
#[check(hours_in_order(start_time, end_time))]
#[check(validity_in_order(valid_from, valid_until))]
pub struct RuleBody {
    /// Id of the doctor. It can't change.
    doctor: DoctorId,
    /// Id of the room.
    room: RoomId,
    /// Days of the week, 1 = Monday to 7 = Sunday.
    #[field(example = [1, 4])]
    weekdays: Weekdays,
    /// Local start time, `HH:MM[:SS]`.
    #[field(example = "09:00")]
    start_time: LocalTime,
    /// Local end time, `HH:MM[:SS]`; `24:00` is the midnight at which the day ends.
    #[field(example = "13:00")]
    end_time: EndTime,
    /// Length of a slot in minutes.
    #[field(default = Bounded::of(DEFAULT_SLOT_MINUTES))]
    slot_minutes: SlotMinutes,
    /// First local day, `YYYY-MM-DD`.
    #[field(example = "2027-01-04")]
    valid_from: LocalDate,
    /// Last local day, included; unlimited if left out.
    valid_until: Option<LocalDate>,
    /// Every how many weeks the rule applies, counted from the week of `valid_from`; weeks begin on Monday.
    #[field(default = Bounded::of(1))]
    interval_weeks: IntervalWeeks,
}

impl From<RuleBody> for RuleDraft {
    fn from(body: RuleBody) -> Self {
        Self {
            doctor: body.doctor,
            room: body.room,
            weekdays: body.weekdays,
            start_time: body.start_time,
            end_time: body.end_time,
            slot_minutes: body.slot_minutes.get(),
            valid_from: body.valid_from,
            valid_until: body.valid_until,
            interval_weeks: body.interval_weeks.get(),
        }
    }
}

impl From<&WeeklyRule> for RuleBody {
    fn from(rule: &WeeklyRule) -> Self {
        Self {
            doctor: rule.doctor,
            room: rule.room,
            weekdays: rule.weekdays.clone(),
            start_time: rule.start_time,
            end_time: rule.end_time,
            slot_minutes: Bounded::of(rule.slot_minutes),
            valid_from: rule.valid_from,
            valid_until: rule.valid_until,
            interval_weeks: Bounded::of(rule.interval_weeks),
        }
    }
}

/// A weekly rule: the recurring availability of a doctor in a room.
#[derive(Clone, View)]
pub struct RuleView {
    id: RuleId,
    #[field(flatten)]
    body: RuleBody,
    /// Id of the room's clinic.
    clinic: ClinicId,
    /// Increases by one with each change.
    version: u64,
}

impl From<&WeeklyRule> for RuleView {
    fn from(rule: &WeeklyRule) -> Self {
        Self { id: rule.id, body: rule.into(), clinic: rule.clinic, version: rule.version }
    }
}

#[derive(Params)]
pub struct RuleParams {
    /// Id of the doctor.
    doctor: Option<DoctorId>,
    /// Id of the room.
    room: Option<RoomId>,
    /// Id of the clinic.
    clinic: Option<ClinicId>,
}

impl From<RuleParams> for RuleFilter {
    fn from(RuleParams { doctor, room, clinic }: RuleParams) -> Self {
        Self { doctor, room, clinic }
    }
}
