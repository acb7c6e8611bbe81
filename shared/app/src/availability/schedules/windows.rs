//! Manages dated windows, which the API calls schedules.

use super::change::{self, AvailabilityDraft, AvailabilityRow, RowMetadata};
use super::period_slots::{self, PeriodWithSlots};
use crate::App;
use crate::support::change::ChangeConditions;
use crate::support::context::{Context, Outcome};
use crate::support::error::AppError;
use domain::horizon::expect_calendar_day;
use domain::ids::{DoctorId, RoomId, WindowId};
use domain::schedule::{Source, Window};
use domain::time::{EndTime, Instant, LocalDate, LocalTime};
use domain::violation::Rule;
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
            created_at: metadata.created_at,
            updated_at: metadata.updated_at,
            version: metadata.version,
        };
        // A window within the hour that a daylight-saving change skips has no length.
        if window.period().interval().is_none() {
            return Err(AppError::invalid("end_time", Rule::EndNotAfterStart));
        }
        Ok(window)
    }
}

impl AvailabilityRow for Window {
    type Id = WindowId;
    const MODEL: &'static str = "schedule";
    const AUDIT_PLAINTEXT: &'static [&'static str] =
        &["doctor", "room", "date", "start_time", "end_time", "slot_minutes"];

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

    fn overlaps(&self, others: &Timetable) -> bool {
        let (mine, (from, to)) = (self.period(), self.days());
        others.periods(from, to).iter().any(|other| other.overlaps(&mine))
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
/// [`AppError::AlreadyExists`] where the window overlaps other availability of the doctor; [`AppError::Validation`].
pub async fn create_schedule(
    app: &App,
    ctx: &Context,
    draft: &WindowDraft,
) -> Result<Outcome<PeriodWithSlots>, AppError> {
    draft.expect_date(None, app.now())?;
    let outcome = change::create(app, ctx, draft).await?;
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
