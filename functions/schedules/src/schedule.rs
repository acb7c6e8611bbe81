//! Handlers and API types for availability: availability windows, and the list of a day's availability with slots.

use crate::hours::{self, Hours};
use crate::period;
use app::availability::schedules::{self, PeriodWithSlots, ScheduleFilter, WindowDraft};
use app::support::listing::paginate;
use app::{App, AppError};
use axum::extract::State;
use domain::availability::{Slot, UnavailableReason};
use domain::ids::{ClinicId, DoctorId, Id as _, RoomId, WindowId};
use domain::schedule::{AvailabilityPeriod, Source, Window};
use domain::time::{LocalDate, Zone, parse_date};
use domain::violation::{Rule, Violations};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use web::{
    Caller, Created, ForceParams, IfMatch, Input, List, NoContent, Paging, Params, Patch, PathId, Problem, Versioned,
};

/// The data of an availability window.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct ScheduleBody {
    /// Id of the doctor.
    #[schema(format = "uuid")]
    doctor: String,
    /// Id of the room.
    #[schema(format = "uuid")]
    room: String,
    /// Local day, `YYYY-MM-DD`.
    #[schema(format = Date, example = "2027-01-18")]
    date: String,
    /// Local start time, `HH:MM[:SS]`.
    #[schema(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$", example = "09:00")]
    start_time: String,
    /// Local end time, `HH:MM[:SS]`.
    #[schema(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$", example = "13:00")]
    end_time: String,
    /// Length of a slot in minutes.
    #[serde(default)]
    #[schema(minimum = 5, maximum = 240, default = 30)]
    slot_minutes: Option<i64>,
}

impl ScheduleBody {
    /// Validates the body.
    ///
    /// # Errors
    /// All violations, by field.
    pub fn draft(self) -> Result<WindowDraft, Violations> {
        let mut v = Violations::default();
        let doctor = v.take("doctor", DoctorId::read(&self.doctor));
        let room = v.take("room", RoomId::read(&self.room));
        let date = v.take("date", parse_date(&self.date));
        let hours = Hours::parse(&mut v, &self.start_time, &self.end_time, self.slot_minutes);
        v.finish(doctor.zip(room).zip(date).zip(hours).map(|(((doctor, room), date), hours)| WindowDraft {
            doctor,
            room,
            date,
            start_time: hours.start_time,
            end_time: hours.end_time,
            slot_minutes: hours.slot_minutes,
        }))
    }
}

impl From<&AvailabilityPeriod> for ScheduleBody {
    fn from(period: &AvailabilityPeriod) -> Self {
        Self {
            doctor: period.doctor.to_string(),
            room: period.room.to_string(),
            date: period.date.to_string(),
            start_time: hours::format_time(period.start_time),
            end_time: hours::format_time(period.end_time),
            slot_minutes: Some(i64::from(period.slot_minutes)),
        }
    }
}

/// The availability of a doctor in a room on a local day.
#[derive(Clone, Serialize, ToSchema)]
pub struct ScheduleView {
    /// Id of the availability window or weekly rule that it comes from.
    #[schema(format = "uuid")]
    id: String,
    #[serde(flatten)]
    body: ScheduleBody,
    doctor_name: String,
    /// Id of the room's clinic.
    #[schema(format = "uuid")]
    clinic: String,
    clinic_name: String,
    room_name: String,
    /// Whether it comes from a `window` or a `rule`.
    #[schema(pattern = "^(window|rule)$")]
    source: &'static str,
    /// Id of the weekly rule; `null` for a window.
    #[schema(format = "uuid")]
    rule: Option<String>,
    /// Number of free slots.
    free_slots: usize,
    /// All slots, in order of time.
    slots: Vec<SlotView>,
    /// Increases by one with each change of the window or rule.
    version: u64,
}

#[derive(Clone, Serialize, ToSchema)]
pub struct SlotView {
    /// Start, with the clinic's offset.
    #[schema(format = DateTime)]
    start_datetime: String,
    /// End, with the clinic's offset.
    #[schema(format = DateTime)]
    end_datetime: String,
    /// Whether it can be booked.
    available: bool,
    /// Why it can't be booked: `booked`, `blocked`, `past` or `room_busy`; `null` if it can.
    #[schema(pattern = "^(booked|blocked|past|room_busy)$")]
    reason: Option<&'static str>,
}

impl SlotView {
    fn new(slot: Slot, zone: Zone) -> Self {
        Self {
            start_datetime: zone.rfc3339(slot.interval.start()),
            end_datetime: zone.rfc3339(slot.interval.end()),
            available: slot.unavailable.is_none(),
            reason: slot.unavailable.map(|taken| match taken {
                UnavailableReason::Past => "past",
                UnavailableReason::Blocked => "blocked",
                UnavailableReason::Booked => "booked",
                UnavailableReason::RoomBusy => "room_busy",
            }),
        }
    }
}

impl From<&PeriodWithSlots> for ScheduleView {
    fn from(entry: &PeriodWithSlots) -> Self {
        let period = &entry.period;
        let (id, source, rule) = match period.source {
            Source::Window(id) => (id.to_string(), "window", None),
            Source::Rule(id) => (id.to_string(), "rule", Some(id.to_string())),
        };
        Self {
            id,
            body: period.into(),
            doctor_name: entry.names.doctor.as_str().to_owned(),
            clinic: period.clinic.to_string(),
            clinic_name: entry.names.clinic.as_str().to_owned(),
            room_name: entry.names.room.as_str().to_owned(),
            source,
            rule,
            free_slots: entry.slots.iter().filter(|slot| slot.unavailable.is_none()).count(),
            slots: entry.slots.iter().map(|slot| SlotView::new(*slot, period.zone)).collect(),
            version: entry.version,
        }
    }
}

/// Filters: at least one of doctor, room and clinic is required.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ScheduleParams {
    /// Id of the doctor.
    #[param(format = "uuid")]
    doctor: Option<String>,
    /// Id of the room.
    #[param(format = "uuid")]
    room: Option<String>,
    /// Id of the clinic.
    #[param(format = "uuid")]
    clinic: Option<String>,
    /// A local day. Not together with `date_from` or `date_to`; today by default.
    #[param(format = "date")]
    date: Option<String>,
    /// First local day, included.
    #[param(format = "date")]
    date_from: Option<String>,
    /// Last local day, included; at most 31 days.
    #[param(format = "date")]
    date_to: Option<String>,
}

impl ScheduleParams {
    fn filter(self, today: LocalDate) -> Result<ScheduleFilter, Violations> {
        let mut v = Violations::default();
        let doctor = v.take_optional("doctor", self.doctor.as_deref().map(DoctorId::read).transpose());
        let room = v.take_optional("room", self.room.as_deref().map(RoomId::read).transpose());
        let clinic = v.take_optional("clinic", self.clinic.as_deref().map(ClinicId::read).transpose());
        if self.doctor.is_none() && self.room.is_none() && self.clinic.is_none() {
            v.add("doctor", Rule::OneNeeded(&["doctor", "room", "clinic"]));
        }
        let date = v.take_optional("date", self.date.as_deref().map(parse_date).transpose());
        if date.is_some() && (self.date_from.is_some() || self.date_to.is_some()) {
            v.add("date", Rule::NotTogetherWith("date_from"));
        }
        let days = match date {
            Some(date) => Some((date, date)),
            None => period::parse(&mut v, self.date_from.as_deref(), self.date_to.as_deref(), today, 1),
        };
        v.finish(days.map(|(from, to)| ScheduleFilter { doctor, room, clinic, from, to }))
    }
}

/// The key by which the list is sorted: day, time, windows before rules.
fn sort_key(entry: &PeriodWithSlots) -> String {
    let period = &entry.period;
    let source = match period.source {
        Source::Window(id) => format!("0 {id}"),
        Source::Rule(id) => format!("1 {id}"),
    };
    format!("{} {} {source}", period.date, period.start_time)
}

/// Lists the availability of doctors with its slots, by date and time.
#[utoipa::path(get, path = "/api/schedules/", tag = "schedules", params(ScheduleParams),
    responses((status = 200, body = List<ScheduleView>)), extensions(("x-access" = json!("operator"))))]
pub async fn list_schedules(
    State(app): State<App>,
    params: Params<ScheduleParams>,
    caller: Caller,
    page: Paging,
) -> Result<List<ScheduleView>, Problem> {
    let filter = params.0.filter(app.now().utc_day())?;
    let entries = schedules::list_schedules(&app, &caller.0, &filter).await?;
    let rows = entries.into_iter().map(|entry| (sort_key(&entry), entry)).collect();
    let slice = paginate(rows, page.window());
    page.list(&app, slice.map(|entry| ScheduleView::from(&entry))).await
}

/// Creates an availability window.
#[utoipa::path(post, path = "/api/schedules/", tag = "schedules", request_body = ScheduleBody,
    responses((status = 201, body = ScheduleView)), extensions(("x-access" = json!("admin")),
        ("x-conflicts" = json!(["already_exists"]))))]
pub async fn create_schedule(
    State(app): State<App>,
    input: Input<ScheduleBody>,
) -> Result<Created<ScheduleView>, Problem> {
    let done = schedules::create_schedule(&app, &input.ctx, &input.body.draft()?).await?;
    let view = ScheduleView::from(&done.value);
    Ok(Created::new("/api/schedules/", view.id.clone(), view.version, done.replayed, view))
}

/// Reads an availability window.
#[utoipa::path(get, path = "/api/schedules/{id}/", tag = "schedules", params(("id" = String, Path)),
    responses((status = 200, body = ScheduleView)), extensions(("x-access" = json!("operator"))))]
pub async fn get_schedule(
    State(app): State<App>,
    id: PathId<WindowId>,
    caller: Caller,
) -> Result<Versioned<ScheduleView>, Problem> {
    let entry = schedules::get_schedule(&app, &caller.0, id.0).await?;
    Ok(Versioned::new(entry.version, ScheduleView::from(&entry)))
}

/// Replaces an availability window.
#[utoipa::path(put, path = "/api/schedules/{id}/", tag = "schedules", params(("id" = String, Path), ForceParams),
    request_body = ScheduleBody, responses((status = 200, body = ScheduleView)),
    extensions(("x-access" = json!("admin")),
        ("x-conflicts" = json!(["already_exists", "in_use"]))))]
pub async fn replace_schedule(
    State(app): State<App>,
    id: PathId<WindowId>,
    params: Params<ForceParams>,
    if_match: IfMatch,
    input: Input<ScheduleBody>,
) -> Result<Versioned<ScheduleView>, Problem> {
    let draft = input.body.draft()?;
    save_schedule(&app, &input.ctx, id.0, if_match, &params.0, |_| Ok(draft.clone())).await
}

/// Updates the given fields of an availability window.
#[utoipa::path(patch, path = "/api/schedules/{id}/", tag = "schedules", params(("id" = String, Path), ForceParams),
    request_body = ScheduleBody, responses((status = 200, body = ScheduleView)),
    extensions(("x-access" = json!("admin")),
        ("x-conflicts" = json!(["already_exists", "in_use"]))))]
pub async fn update_schedule(
    State(app): State<App>,
    id: PathId<WindowId>,
    params: Params<ForceParams>,
    if_match: IfMatch,
    input: Input<Patch<ScheduleBody>>,
) -> Result<Versioned<ScheduleView>, Problem> {
    let next = |before: &Window| Ok(input.body.apply_to(&ScheduleBody::from(&before.period()))?.draft()?);
    save_schedule(&app, &input.ctx, id.0, if_match, &params.0, next).await
}

async fn save_schedule(
    app: &App,
    ctx: &app::Context,
    id: WindowId,
    if_match: IfMatch,
    params: &ForceParams,
    next: impl Fn(&Window) -> Result<WindowDraft, AppError> + Send + Sync,
) -> Result<Versioned<ScheduleView>, Problem> {
    let entry = schedules::update_schedule(app, ctx, id, params.terms(if_match), next).await?;
    Ok(Versioned::new(entry.version, ScheduleView::from(&entry)))
}

/// Deletes an availability window.
#[utoipa::path(delete, path = "/api/schedules/{id}/", tag = "schedules", params(("id" = String, Path), ForceParams),
    responses((status = 204)), extensions(("x-access" = json!("admin")),
        ("x-conflicts" = json!(["in_use"]))))]
pub async fn delete_schedule(
    State(app): State<App>,
    id: PathId<WindowId>,
    params: Params<ForceParams>,
    if_match: IfMatch,
    caller: Caller,
) -> Result<NoContent, Problem> {
    schedules::delete_schedule(&app, &caller.0, id.0, params.0.terms(if_match)).await?;
    Ok(NoContent)
}
