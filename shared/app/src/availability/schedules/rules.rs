//! Weekly rules.

use super::change::{self, DoctorTime, Draft, Facts, Terms};
use crate::App;
use crate::support::context::{Context, Done};
use crate::support::error::AppError;
use crate::support::listing::{self, Slice};
use domain::ids::{ClinicId, DoctorId, RoomId, RuleId};
use domain::schedule::Source;
use domain::time::{Days, LAST_DAY, LocalDate, LocalTime};
use domain::weekly_rule::{Weekdays, WeeklyRule};
use store::keys::Thing;
use store::patterns;
use store::schedule::Timetable;

/// What an ADMIN says of a rule.
#[derive(Debug, Clone)]
pub struct RuleDraft {
    /// Whose time.
    pub doctor: DoctorId,
    /// In which room.
    pub room: RoomId,
    /// On which days of the week.
    pub weekdays: Weekdays,
    /// From when.
    pub start_time: LocalTime,
    /// Until when.
    pub end_time: LocalTime,
    /// Length of a slot.
    pub slot_minutes: u16,
    /// From which day on.
    pub valid_from: LocalDate,
    /// To which day, included.
    pub valid_until: Option<LocalDate>,
    /// In every how manieth week.
    pub interval_weeks: u8,
}

impl Draft for RuleDraft {
    type Row = WeeklyRule;

    fn doctor(&self) -> DoctorId {
        self.doctor
    }

    fn room(&self) -> RoomId {
        self.room
    }

    fn row(&self, facts: Facts<RuleId>) -> Result<WeeklyRule, AppError> {
        Ok(WeeklyRule {
            id: facts.id,
            doctor: self.doctor,
            room: self.room,
            clinic: facts.clinic,
            zone: facts.zone,
            weekdays: self.weekdays.clone(),
            start_time: self.start_time,
            end_time: self.end_time,
            slot_minutes: self.slot_minutes,
            valid_from: self.valid_from,
            valid_until: self.valid_until,
            interval_weeks: self.interval_weeks,
            created_at: facts.created_at,
            updated_at: facts.updated_at,
            version: facts.version,
        })
    }
}

impl DoctorTime for WeeklyRule {
    type Id = RuleId;
    const MODEL: &'static str = "rule";
    const OPEN: &'static [&'static str] = &[
        "doctor",
        "room",
        "weekdays",
        "start_time",
        "end_time",
        "slot_minutes",
        "valid_from",
        "valid_until",
        "interval_weeks",
    ];

    fn thing_of(id: RuleId) -> Thing {
        Thing::Rule(id)
    }

    fn facts(&self) -> Facts<RuleId> {
        let Self { id, clinic, zone, created_at, updated_at, version, .. } = *self;
        Facts { id, clinic, zone, created_at, updated_at, version }
    }

    fn doctor(&self) -> DoctorId {
        self.doctor
    }

    fn source(&self) -> Source {
        Source::Rule(self.id)
    }

    fn alone(&self) -> Timetable {
        Timetable { windows: Vec::new(), rules: vec![self.clone()] }
    }

    fn days(&self) -> (LocalDate, LocalDate) {
        let last = self.valid_until.and_then(|last| last.checked_add_days(Days::new(1)));
        (self.valid_from.pred_opt().unwrap_or(self.valid_from), last.unwrap_or(LAST_DAY))
    }

    fn overlaps(&self, others: &Timetable) -> bool {
        others.rules.iter().any(|other| WeeklyRule::overlaps(self, other))
            || others.windows.iter().any(|window| self.overlaps_opening(&window.opening()))
    }
}

/// Which rules are wanted.
#[derive(Debug, Clone, Copy, Default)]
pub struct RuleFilter {
    /// Of this doctor.
    pub doctor: Option<DoctorId>,
    /// In this room.
    pub room: Option<RoomId>,
    /// At this clinic.
    pub clinic: Option<ClinicId>,
}

/// Lists rules, oldest first.
///
/// # Errors
/// What reading says.
pub async fn list_rules(
    app: &App,
    ctx: &Context,
    filter: RuleFilter,
    window: &listing::Window,
) -> Result<Slice<WeeklyRule>, AppError> {
    let pattern = match (filter.doctor, filter.room) {
        (Some(doctor), _) => patterns::rules_of_doctor(doctor),
        (None, Some(room)) => patterns::rules_of_room(room),
        (None, None) => patterns::rules(),
    };
    let keep = |rule: &WeeklyRule| {
        ctx.scope.includes(rule.clinic)
            && filter.room.is_none_or(|room| rule.room == room)
            && filter.clinic.is_none_or(|clinic| rule.clinic == clinic)
    };
    listing::list(app, &[pattern], window, keep).await
}

/// Reads a rule.
///
/// # Errors
/// [`AppError::NotFound`], also outside the caller's clinics.
pub async fn get_rule(app: &App, ctx: &Context, id: RuleId) -> Result<WeeklyRule, AppError> {
    change::get(app, ctx, id).await
}

/// Adds a rule.
///
/// # Errors
/// [`AppError::AlreadyExists`] where it ever overlaps other time of the doctor,
/// [`AppError::Validation`].
pub async fn create_rule(app: &App, ctx: &Context, draft: &RuleDraft) -> Result<Done<WeeklyRule>, AppError> {
    let done = change::create(app, ctx, draft).await?;
    Ok(Done { value: get_rule(app, ctx, done.value).await?, replayed: done.replayed })
}

/// Changes a rule.
///
/// # Errors
/// [`AppError::InUse`] where it would leave appointments outside, unless forced. Those of [`create_rule`].
pub async fn update_rule(
    app: &App,
    ctx: &Context,
    id: RuleId,
    terms: Terms,
    next: impl Fn(&WeeklyRule) -> Result<RuleDraft, AppError> + Send + Sync,
) -> Result<WeeklyRule, AppError> {
    change::update(app, ctx, id, terms, next).await?;
    get_rule(app, ctx, id).await
}

/// Removes a rule.
///
/// # Errors
/// [`AppError::InUse`] where it holds appointments, unless forced.
pub async fn delete_rule(app: &App, ctx: &Context, id: RuleId, terms: Terms) -> Result<(), AppError> {
    change::delete::<WeeklyRule>(app, ctx, id, terms).await
}
