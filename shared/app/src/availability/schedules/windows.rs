//! Manages dated windows, which the API calls schedules.

use super::change::{self, AvailabilityDraft, AvailabilityRow, RowMetadata};
use super::period_slots::{self, PeriodWithSlots};
use crate::App;
use crate::support::change::ChangeConditions;
use crate::support::context::{Context, Outcome};
use crate::support::error::AppError;
use domain::horizon::expect_calendar_day;
use domain::ids::{DoctorId, RoomId, WindowId};
use domain::schedule::{AvailabilityPeriod, Source, Window};
use domain::time::{EndTime, Instant, LocalDate, LocalTime};
use domain::violation::Rule;
use domain::weekly_rule::WeeklyRule;
use store::keys::EntityRef;
use store::schedule::Timetable;

/// The editable fields of a window.
#[derive(Debug, Clone)]
pub struct WindowDraft {
    pub doctor: DoctorId,
    pub room: RoomId,
    /// Local day of the clinic.
    pub date: LocalDate,
    pub start_time: LocalTime,
    pub end_time: EndTime,
    pub slot_minutes: u16,
    /// Whether the doctor's weekly rules don't apply on this day.
    pub instead_of_rules: bool,
}

impl WindowDraft {
    /// A date that stays as it is may be old.
    fn expect_date(&self, before: Option<&Window>, now: Instant) -> Result<(), AppError> {
        if before.is_some_and(|before| before.date == self.date) {
            return Ok(());
        }
        expect_calendar_day(self.date, now.utc_day()).map_err(|rule| AppError::invalid("date", rule))
    }
}

impl AvailabilityDraft for WindowDraft {
    type Row = Window;

    fn doctor(&self) -> DoctorId {
        self.doctor
    }

    fn room(&self) -> RoomId {
        self.room
    }

    fn to_row(&self, metadata: RowMetadata<WindowId>) -> Result<Window, AppError> {
        let window = Window {
            id: metadata.id,
            doctor: self.doctor,
            room: self.room,
            clinic: metadata.clinic,
            zone: metadata.zone,
            date: self.date,
            start_time: self.start_time,
            end_time: self.end_time,
            slot_minutes: self.slot_minutes,
            instead_of_rules: self.instead_of_rules,
            created_at: metadata.created_at,
            updated_at: metadata.updated_at,
            version: metadata.version,
        };
        // A window within the hour that a daylight-saving change skips has no length.
        if window.period().interval().is_none() {
            return Err(AppError::invalid("end_time", Rule::EndNotAfterStart));
        }
        if !window.period().has_slot() {
            return Err(AppError::invalid("slot_minutes", Rule::NoSlot));
        }
        Ok(window)
    }
}

impl AvailabilityRow for Window {
    type Id = WindowId;
    const MODEL: &'static str = "schedule";
    const AUDIT_PLAINTEXT: &'static [&'static str] =
        &["doctor", "room", "date", "start_time", "end_time", "slot_minutes", "instead_of_rules"];

    fn entity_ref(id: WindowId) -> EntityRef {
        EntityRef::Window(id)
    }

    fn metadata(&self) -> RowMetadata<WindowId> {
        let Self { id, clinic, zone, created_at, updated_at, version, .. } = *self;
        RowMetadata { id, clinic, zone, created_at, updated_at, version }
    }

    fn doctor(&self) -> DoctorId {
        self.doctor
    }

    fn source(&self) -> Source {
        Source::Window(self.id)
    }

    fn as_timetable(&self) -> Timetable {
        Timetable { windows: vec![self.clone()], rules: Vec::new() }
    }

    fn days(&self) -> (LocalDate, LocalDate) {
        (self.date.pred_opt().unwrap_or(self.date), self.date.succ_opt().unwrap_or(self.date))
    }

    /// Without regard to other windows that replace rules: none of them has to stay for the sake of this one.
    fn first_overlap(&self, others: &Timetable) -> Option<AvailabilityPeriod> {
        let mine = self.period();
        let window = others.windows.iter().map(Self::period).find(|other| other.overlaps(&mine));
        let (from, to) = self.days();
        let counts = |period: &AvailabilityPeriod| !self.instead_of_rules || period.date != self.date;
        let of_rule =
            |rule: &WeeklyRule| rule.periods_between(from, to).filter(counts).find(|other| other.overlaps(&mine));
        window.or_else(|| others.rules.iter().find_map(of_rule))
    }

    fn replaces_rules_on(&self) -> Option<LocalDate> {
        self.instead_of_rules.then_some(self.date)
    }
}

/// Returns a window with its slots.
///
/// # Errors
/// [`AppError::NotFound`], also outside the caller's clinics.
pub async fn get_schedule(app: &App, ctx: &Context, id: WindowId) -> Result<PeriodWithSlots, AppError> {
    let window = change::get::<Window>(app, ctx, id).await?;
    period_slots::window_with_slots(app, window).await
}

/// # Errors
/// [`AppError::AlreadyExists`] where the window overlaps other availability of the doctor; [`AppError::InUse`] where it
/// replaces rules and would strand appointments, unless forced; [`AppError::Validation`].
pub async fn create_schedule(
    app: &App,
    ctx: &Context,
    draft: &WindowDraft,
    conditions: ChangeConditions,
) -> Result<Outcome<PeriodWithSlots>, AppError> {
    draft.expect_date(None, app.now())?;
    let outcome = change::create(app, ctx, draft, conditions).await?;
    Ok(Outcome { value: get_schedule(app, ctx, outcome.value).await?, replayed: outcome.replayed })
}

/// Creates a window with a given id unless it exists. Returns whether it was created.
pub async fn import_schedule(app: &App, ctx: &Context, id: WindowId, draft: &WindowDraft) -> Result<bool, AppError> {
    change::create_with_id(app, ctx, id, draft).await
}

/// # Errors
/// [`AppError::InUse`] if the change would strand appointments, unless forced; the errors of [`create_schedule`].
pub async fn update_schedule(
    app: &App,
    ctx: &Context,
    id: WindowId,
    conditions: ChangeConditions,
    next: impl Fn(&Window) -> Result<WindowDraft, AppError> + Send + Sync,
) -> Result<PeriodWithSlots, AppError> {
    let next = |before: &Window| {
        let draft = next(before)?;
        draft.expect_date(Some(before), app.now())?;
        Ok(draft)
    };
    change::update(app, ctx, id, conditions, next).await?;
    get_schedule(app, ctx, id).await
}

/// # Errors
/// [`AppError::InUse`] if the deletion would strand appointments, unless forced.
pub async fn delete_schedule(
    app: &App,
    ctx: &Context,
    id: WindowId,
    conditions: ChangeConditions,
) -> Result<(), AppError> {
    change::delete::<Window>(app, ctx, id, conditions).await
}
