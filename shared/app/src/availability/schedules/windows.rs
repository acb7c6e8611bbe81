//! Dated windows.

use super::change::{self, DoctorTime, Draft, Facts, Terms};
use super::offerings::{self, Offering};
use crate::App;
use crate::support::context::{Context, Done};
use crate::support::error::AppError;
use domain::ids::{DoctorId, RoomId, WindowId};
use domain::schedule::{Source, Window};
use domain::time::{LocalDate, LocalTime};
use domain::violation::Rule;
use store::keys::Thing;
use store::schedule::Timetable;

/// What an ADMIN says of a window.
#[derive(Debug, Clone)]
pub struct WindowDraft {
    /// Whose time.
    pub doctor: DoctorId,
    /// In which room.
    pub room: RoomId,
    /// On which local day.
    pub date: LocalDate,
    /// From when.
    pub start_time: LocalTime,
    /// Until when.
    pub end_time: LocalTime,
    /// Length of a slot.
    pub slot_minutes: u16,
}

impl Draft for WindowDraft {
    type Row = Window;

    fn doctor(&self) -> DoctorId {
        self.doctor
    }

    fn room(&self) -> RoomId {
        self.room
    }

    fn row(&self, facts: Facts<WindowId>) -> Result<Window, AppError> {
        let window = Window {
            id: facts.id,
            doctor: self.doctor,
            room: self.room,
            clinic: facts.clinic,
            zone: facts.zone,
            date: self.date,
            start_time: self.start_time,
            end_time: self.end_time,
            slot_minutes: self.slot_minutes,
            created_at: facts.created_at,
            updated_at: facts.updated_at,
            version: facts.version,
        };
        // A clock change may have swallowed it.
        if window.opening().interval().is_none() {
            return Err(AppError::invalid("end_time", Rule::EndNotAfterStart));
        }
        Ok(window)
    }
}

impl DoctorTime for Window {
    type Id = WindowId;
    const MODEL: &'static str = "schedule";
    const OPEN: &'static [&'static str] = &["doctor", "room", "date", "start_time", "end_time", "slot_minutes"];

    fn thing_of(id: WindowId) -> Thing {
        Thing::Window(id)
    }

    fn facts(&self) -> Facts<WindowId> {
        let Self { id, clinic, zone, created_at, updated_at, version, .. } = *self;
        Facts { id, clinic, zone, created_at, updated_at, version }
    }

    fn doctor(&self) -> DoctorId {
        self.doctor
    }

    fn source(&self) -> Source {
        Source::Window(self.id)
    }

    fn alone(&self) -> Timetable {
        Timetable { windows: vec![self.clone()], rules: Vec::new() }
    }

    fn days(&self) -> (LocalDate, LocalDate) {
        (self.date.pred_opt().unwrap_or(self.date), self.date.succ_opt().unwrap_or(self.date))
    }

    fn overlaps(&self, others: &Timetable) -> bool {
        let (mine, (from, to)) = (self.opening(), self.days());
        others.openings(from, to).iter().any(|other| other.overlaps(&mine))
    }
}

/// Reads a window with its slots.
///
/// # Errors
/// [`AppError::NotFound`], also outside the caller's clinics.
pub async fn get_schedule(app: &App, ctx: &Context, id: WindowId) -> Result<Offering, AppError> {
    let window = change::get::<Window>(app, ctx, id).await?;
    offerings::of_window(app, window).await
}

/// Opens a window.
///
/// # Errors
/// [`AppError::AlreadyExists`] where it overlaps other time of the doctor, [`AppError::Validation`].
pub async fn create_schedule(app: &App, ctx: &Context, draft: &WindowDraft) -> Result<Done<Offering>, AppError> {
    let done = change::create(app, ctx, draft).await?;
    Ok(Done { value: get_schedule(app, ctx, done.value).await?, replayed: done.replayed })
}

/// Opens a window under an id that was chosen for it. Answers whether it wasn't there yet.
///
/// # Errors
/// Those of [`create_schedule`].
pub async fn bring_schedule(app: &App, ctx: &Context, id: WindowId, draft: &WindowDraft) -> Result<bool, AppError> {
    change::create_as(app, ctx, id, draft).await
}

/// Changes a window.
///
/// # Errors
/// [`AppError::InUse`] where it would leave appointments outside, unless forced. Those of
/// [`create_schedule`].
pub async fn update_schedule(
    app: &App,
    ctx: &Context,
    id: WindowId,
    terms: Terms,
    next: impl Fn(&Window) -> Result<WindowDraft, AppError> + Send + Sync,
) -> Result<Offering, AppError> {
    change::update(app, ctx, id, terms, next).await?;
    get_schedule(app, ctx, id).await
}

/// Closes a window.
///
/// # Errors
/// [`AppError::InUse`] where it holds appointments, unless forced.
pub async fn delete_schedule(app: &App, ctx: &Context, id: WindowId, terms: Terms) -> Result<(), AppError> {
    change::delete::<Window>(app, ctx, id, terms).await
}
