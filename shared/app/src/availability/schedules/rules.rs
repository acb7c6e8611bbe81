//! Manages weekly rules.

use super::change::{self, AvailabilityDraft, AvailabilityRow, RowMetadata};
use crate::App;
use crate::support::change::ChangeConditions;
use crate::support::context::{Context, Outcome};
use crate::support::error::AppError;
use crate::support::listing::{self, Slice};
use domain::horizon::expect_calendar_day;
use domain::ids::{ClinicId, DoctorId, RoomId, RuleId};
use domain::schedule::{AvailabilityPeriod, Source, Window};
use domain::time::{Days, EndTime, Instant, LAST_DAY, LocalDate, LocalTime};
use domain::violation::{Rule, Violations};
use domain::weekly_rule::{Weekdays, WeeklyRule};
use store::keys::EntityRef;
use store::patterns;
use store::schedule::Timetable;

/// The editable fields of a weekly rule.
#[derive(Debug, Clone)]
pub struct RuleDraft {
    pub doctor: DoctorId,
    pub room: RoomId,
    pub weekdays: Weekdays,
    pub start_time: LocalTime,
    pub end_time: EndTime,
    pub slot_minutes: u16,
    pub valid_from: LocalDate,
    /// Inclusive.
    pub valid_until: Option<LocalDate>,
    /// 1 is every week, 2 every second week.
    pub interval_weeks: u8,
}

impl RuleDraft {
    /// Dates that stay as they are may be old.
    fn expect_dates(&self, before: Option<&WeeklyRule>, now: Instant) -> Result<(), AppError> {
        let mut violations = Violations::default();
        let mut expect = |field, day: LocalDate, present: Option<LocalDate>| {
            if present != Some(day) {
                violations.take(field, expect_calendar_day(day, now.utc_day()));
            }
        };
        expect("valid_from", self.valid_from, before.map(|before| before.valid_from));
        if let Some(last) = self.valid_until {
            expect("valid_until", last, before.and_then(|before| before.valid_until));
        }
        Ok(violations.check()?)
    }
}

impl AvailabilityDraft for RuleDraft {
    type Row = WeeklyRule;

    fn doctor(&self) -> DoctorId {
        self.doctor
    }

    fn room(&self) -> RoomId {
        self.room
    }

    fn to_row(&self, metadata: RowMetadata<RuleId>) -> Result<WeeklyRule, AppError> {
        let rule = WeeklyRule {
            id: metadata.id,
            doctor: self.doctor,
            room: self.room,
            clinic: metadata.clinic,
            zone: metadata.zone,
            weekdays: self.weekdays.clone(),
            start_time: self.start_time,
            end_time: self.end_time,
            slot_minutes: self.slot_minutes,
            valid_from: self.valid_from,
            valid_until: self.valid_until,
            interval_weeks: self.interval_weeks,
            created_at: metadata.created_at,
            updated_at: metadata.updated_at,
            version: metadata.version,
        };
        // A clock change may shorten one period, so several are looked at.
        if rule.first_periods().next().is_none() {
            return Err(AppError::invalid("weekdays", Rule::NeverApplies));
        }
        if !rule.first_periods().any(|period| period.has_slot()) {
            return Err(AppError::invalid("slot_minutes", Rule::NoSlot));
        }
        Ok(rule)
    }
}

impl AvailabilityRow for WeeklyRule {
    type Id = RuleId;
    const MODEL: &'static str = "rule";
    const AUDIT_PLAINTEXT: &'static [&'static str] = &[
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

    fn entity_ref(id: RuleId) -> EntityRef {
        EntityRef::Rule(id)
    }

    fn metadata(&self) -> RowMetadata<RuleId> {
        let Self { id, clinic, zone, created_at, updated_at, version, .. } = *self;
        RowMetadata { id, clinic, zone, created_at, updated_at, version }
    }

    fn doctor(&self) -> DoctorId {
        self.doctor
    }

    fn source(&self) -> Source {
        Source::Rule(self.id)
    }

    fn as_timetable(&self) -> Timetable {
        Timetable { windows: Vec::new(), rules: vec![self.clone()] }
    }

    fn days(&self) -> (LocalDate, LocalDate) {
        let last = self.valid_until.and_then(|last| last.checked_add_days(Days::new(1)));
        (self.valid_from.pred_opt().unwrap_or(self.valid_from), last.unwrap_or(LAST_DAY))
    }

    fn first_overlap(&self, others: &Timetable) -> Option<AvailabilityPeriod> {
        let rule = others.rules.iter().find_map(|other| Self::first_overlap(self, other));
        let window = || others.windows.iter().find(|window| self.overlaps_window(window)).map(Window::period);
        rule.or_else(window)
    }
}

/// Filter of a list of weekly rules.
#[derive(Debug, Clone, Copy, Default)]
pub struct RuleFilter {
    pub doctor: Option<DoctorId>,
    pub room: Option<RoomId>,
    pub clinic: Option<ClinicId>,
}

/// Lists rules, oldest first.
pub async fn list_rules(
    app: &App,
    ctx: &Context,
    filter: RuleFilter,
    page: &listing::PageRequest,
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
    listing::list(app, &[pattern], page, keep).await
}

/// # Errors
/// [`AppError::NotFound`], also outside the caller's clinics.
pub async fn get_rule(app: &App, ctx: &Context, id: RuleId) -> Result<WeeklyRule, AppError> {
    change::get(app, ctx, id).await
}

/// # Errors
/// [`AppError::AlreadyExists`] where the rule ever overlaps other availability of the doctor; [`AppError::Validation`].
pub async fn create_rule(app: &App, ctx: &Context, draft: &RuleDraft) -> Result<Outcome<WeeklyRule>, AppError> {
    draft.expect_dates(None, app.now())?;
    let outcome = change::create(app, ctx, draft, ChangeConditions::default()).await?;
    Ok(Outcome { value: get_rule(app, ctx, outcome.value).await?, replayed: outcome.replayed })
}

/// # Errors
/// [`AppError::InUse`] if the change would strand appointments, unless forced; the errors of [`create_rule`].
pub async fn update_rule(
    app: &App,
    ctx: &Context,
    id: RuleId,
    conditions: ChangeConditions,
    next: impl Fn(&WeeklyRule) -> Result<RuleDraft, AppError> + Send + Sync,
) -> Result<WeeklyRule, AppError> {
    let next = |before: &WeeklyRule| {
        let draft = next(before)?;
        draft.expect_dates(Some(before), app.now())?;
        Ok(draft)
    };
    change::update(app, ctx, id, conditions, next).await?;
    get_rule(app, ctx, id).await
}

/// # Errors
/// [`AppError::InUse`] if the deletion would strand appointments, unless forced.
pub async fn delete_rule(app: &App, ctx: &Context, id: RuleId, conditions: ChangeConditions) -> Result<(), AppError> {
    change::delete::<WeeklyRule>(app, ctx, id, conditions).await
}
