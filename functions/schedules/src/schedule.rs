//! Dated windows: what clients send and see, and the handlers.

use app::schedules::{self, Opening, ScheduleFilter, WindowDraft};
use app::{App, AppError};
use axum::extract::State;
use domain::availability::{Slot, Taken};
use domain::ids::{ClinicId, DoctorId, Id as _, RoomId, WindowId};
use domain::schedule::Window;
use domain::time::{LocalDate, LocalTime, Zone, parse_date, parse_time};
use domain::violation::{Rule, Violations};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use web::{Caller, Created, IfMatch, Input, List, NoContent, Params, Patch, PathId, Problem, Shown};

/// At most this many days at once.
const MAX_DAYS: i64 = 31;

/// A window, as clients write one.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ScheduleBody {
    /// Id of the doctor.
    doctor: String,
    /// Id of the room.
    room: String,
    /// The local day, `YYYY-MM-DD`.
    #[schema(format = Date, example = "2027-01-18")]
    date: String,
    /// Local time at which it opens, `HH:MM[:SS]`.
    #[schema(example = "09:00")]
    start_time: String,
    /// Local time at which it closes.
    #[schema(example = "13:00")]
    end_time: String,
    /// Length of a slot.
    #[serde(default)]
    #[schema(minimum = 5, maximum = 240, default = 30)]
    slot_minutes: Option<i64>,
}

impl ScheduleBody {
    fn draft(self) -> Result<WindowDraft, Violations> {
        let mut v = Violations::default();
        let doctor = v.take("doctor", DoctorId::read(&self.doctor));
        let room = v.take("room", RoomId::read(&self.room));
        let date = v.take("date", parse_date(&self.date));
        let start_time = v.take("start_time", parse_time(&self.start_time));
        let end_time = v.take("end_time", parse_time(&self.end_time));
        let slot = u16::try_from(self.slot_minutes.unwrap_or(30)).ok().filter(|minutes| (5..=240).contains(minutes));
        let slot_minutes = v.take("slot_minutes", slot.ok_or(Rule::Range(5, 240)));
        if start_time.zip(end_time).is_some_and(|(start, end)| end <= start) {
            v.add("end_time", Rule::EndNotAfterStart);
        }
        let required = doctor.zip(room).zip(date).zip(start_time.zip(end_time)).zip(slot_minutes);
        v.finish(required.map(|((((doctor, room), date), (start_time, end_time)), slot_minutes)| WindowDraft {
            doctor,
            room,
            date,
            start_time,
            end_time,
            slot_minutes,
        }))
    }
}

fn shown(time: LocalTime) -> String {
    time.format("%H:%M:%S").to_string()
}

impl From<&Window> for ScheduleBody {
    fn from(window: &Window) -> Self {
        Self {
            doctor: window.doctor.to_string(),
            room: window.room.to_string(),
            date: window.date.to_string(),
            start_time: shown(window.start_time),
            end_time: shown(window.end_time),
            slot_minutes: Some(i64::from(window.slot_minutes)),
        }
    }
}

/// A window, as clients see one.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ScheduleView {
    /// Its id.
    id: String,
    #[serde(flatten)]
    body: ScheduleBody,
    /// The doctor's name.
    doctor_name: String,
    /// Id of the room's clinic.
    clinic: String,
    /// The clinic's name.
    clinic_name: String,
    /// The room's name.
    room_name: String,
    /// Where it comes from: `window` or `rule`.
    source: &'static str,
    /// The weekly rule that it comes from.
    rule: Option<String>,
    /// How many slots are free.
    free_slots: usize,
    /// Its slots, in order.
    slots: Vec<SlotView>,
    /// One more with each change.
    version: u64,
}

/// A slot.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SlotView {
    /// From when, with the clinic's offset.
    #[schema(format = DateTime)]
    start_datetime: String,
    /// Until when.
    #[schema(format = DateTime)]
    end_datetime: String,
    /// Whether it can be booked.
    available: bool,
    /// Why not: `booked`, `blocked`, `past` or `room_busy`.
    reason: Option<&'static str>,
}

impl SlotView {
    fn new(slot: Slot, zone: Zone) -> Self {
        Self {
            start_datetime: zone.rfc3339(slot.interval.start()),
            end_datetime: zone.rfc3339(slot.interval.end()),
            available: slot.taken.is_none(),
            reason: slot.taken.map(|taken| match taken {
                Taken::Booked => "booked",
                Taken::Past => "past",
                Taken::RoomBusy => "room_busy",
            }),
        }
    }
}

impl From<&Opening> for ScheduleView {
    fn from(opening: &Opening) -> Self {
        let window = &opening.window;
        Self {
            id: window.id.to_string(),
            body: window.into(),
            doctor_name: opening.doctor_name.clone(),
            clinic: window.clinic.to_string(),
            clinic_name: opening.clinic_name.clone(),
            room_name: opening.room_name.clone(),
            source: "window",
            rule: None,
            free_slots: opening.slots.iter().filter(|slot| slot.taken.is_none()).count(),
            slots: opening.slots.iter().map(|slot| SlotView::new(*slot, window.zone)).collect(),
            version: window.version,
        }
    }
}

/// Which windows are wanted: of a doctor, a room or a clinic at least, on one or several days.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ScheduleParams {
    /// Id of the doctor.
    doctor: Option<String>,
    /// Id of the room.
    room: Option<String>,
    /// Id of the clinic.
    clinic: Option<String>,
    /// One local day.
    date: Option<String>,
    /// The first of several local days …
    date_from: Option<String>,
    /// … and the last, at most 31 days on.
    date_to: Option<String>,
}

impl ScheduleParams {
    fn filter(self, today: LocalDate) -> Result<ScheduleFilter, Violations> {
        let mut v = Violations::default();
        let doctor = v.take_optional("doctor", self.doctor.as_deref().map(DoctorId::read).transpose());
        let room = v.take_optional("room", self.room.as_deref().map(RoomId::read).transpose());
        let clinic = v.take_optional("clinic", self.clinic.as_deref().map(ClinicId::read).transpose());
        let date = v.take_optional("date", self.date.as_deref().map(parse_date).transpose());
        let from = v.take_optional("date_from", self.date_from.as_deref().map(parse_date).transpose());
        let to = v.take_optional("date_to", self.date_to.as_deref().map(parse_date).transpose());
        if self.doctor.is_none() && self.room.is_none() && self.clinic.is_none() {
            v.add("doctor", Rule::OneNeeded(&["doctor", "room", "clinic"]));
        }
        if date.is_some() && (from.is_some() || to.is_some()) {
            v.add("date", Rule::NotTogetherWith("date_from"));
        }
        let from = date.or(from).or(to).unwrap_or(today);
        let to = date.or(to).unwrap_or(from);
        if to < from {
            v.add("date_to", Rule::EndNotAfterStart);
        } else if to.signed_duration_since(from).num_days() >= MAX_DAYS {
            v.add("date_to", Rule::TooManyDays(MAX_DAYS));
        }
        v.finish(Some(ScheduleFilter { doctor, room, clinic, from, to }))
    }
}

/// Whether visits may be left outside the doctor's time.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ForceParams {
    /// `true`: do it although visits lie there; they are marked as needing attention.
    force: Option<bool>,
}

/// Lists windows with their slots, by date and time.
#[utoipa::path(get, path = "/api/schedules/", tag = "schedules", params(ScheduleParams),
    responses((status = 200, body = List<ScheduleView>)), extensions(("x-access" = json!("operator"))))]
pub async fn list_schedules(
    State(app): State<App>,
    params: Params<ScheduleParams>,
    caller: Caller,
) -> Result<List<ScheduleView>, Problem> {
    let filter = params.0.filter(app.now().utc_day())?;
    let openings = schedules::list_schedules(&app, &caller.0, &filter).await?;
    Ok(List::whole(openings.iter().map(ScheduleView::from).collect()))
}

/// Opens a window.
#[utoipa::path(post, path = "/api/schedules/", tag = "schedules", request_body = ScheduleBody,
    responses((status = 201, body = ScheduleView)), extensions(("x-access" = json!("admin"))))]
pub async fn create_schedule(
    State(app): State<App>,
    input: Input<ScheduleBody>,
) -> Result<Created<ScheduleView>, Problem> {
    let done = schedules::create_schedule(&app, &input.ctx, &input.body.draft()?).await?;
    let (id, version) = (done.value.window.id, done.value.window.version);
    Ok(Created::new("/api/schedules/", id, version, done.replayed, ScheduleView::from(&done.value)))
}

/// Reads a window.
#[utoipa::path(get, path = "/api/schedules/{id}/", tag = "schedules", params(("id" = String, Path)),
    responses((status = 200, body = ScheduleView)), extensions(("x-access" = json!("operator"))))]
pub async fn get_schedule(
    State(app): State<App>,
    id: PathId<WindowId>,
    caller: Caller,
) -> Result<Shown<ScheduleView>, Problem> {
    let opening = schedules::get_schedule(&app, &caller.0, id.0).await?;
    Ok(Shown::new(opening.window.version, ScheduleView::from(&opening)))
}

/// Replaces a window.
#[utoipa::path(put, path = "/api/schedules/{id}/", tag = "schedules", params(("id" = String, Path), ForceParams),
    request_body = ScheduleBody, responses((status = 200, body = ScheduleView)),
    extensions(("x-access" = json!("admin"))))]
pub async fn replace_schedule(
    State(app): State<App>,
    id: PathId<WindowId>,
    params: Params<ForceParams>,
    if_match: IfMatch,
    input: Input<ScheduleBody>,
) -> Result<Shown<ScheduleView>, Problem> {
    let draft = input.body.draft()?;
    change(&app, &input.ctx, id.0, if_match, &params.0, |_| Ok(draft.clone())).await
}

/// Changes the members given.
#[utoipa::path(patch, path = "/api/schedules/{id}/", tag = "schedules", params(("id" = String, Path), ForceParams),
    request_body = ScheduleBody, responses((status = 200, body = ScheduleView)),
    extensions(("x-access" = json!("admin"))))]
pub async fn update_schedule(
    State(app): State<App>,
    id: PathId<WindowId>,
    params: Params<ForceParams>,
    if_match: IfMatch,
    input: Input<Patch<ScheduleBody>>,
) -> Result<Shown<ScheduleView>, Problem> {
    let next = |before: &Window| Ok(input.body.onto(&ScheduleBody::from(before))?.draft()?);
    change(&app, &input.ctx, id.0, if_match, &params.0, next).await
}

async fn change(
    app: &App,
    ctx: &app::Context,
    id: WindowId,
    if_match: IfMatch,
    params: &ForceParams,
    next: impl Fn(&Window) -> Result<WindowDraft, AppError> + Send + Sync,
) -> Result<Shown<ScheduleView>, Problem> {
    let force = params.force.unwrap_or(false);
    let opening = schedules::update_schedule(app, ctx, id, if_match.0, force, next).await?;
    Ok(Shown::new(opening.window.version, ScheduleView::from(&opening)))
}

/// Closes a window.
#[utoipa::path(delete, path = "/api/schedules/{id}/", tag = "schedules", params(("id" = String, Path), ForceParams),
    responses((status = 204)), extensions(("x-access" = json!("admin"))))]
pub async fn delete_schedule(
    State(app): State<App>,
    id: PathId<WindowId>,
    params: Params<ForceParams>,
    if_match: IfMatch,
    caller: Caller,
) -> Result<NoContent, Problem> {
    schedules::delete_schedule(&app, &caller.0, id.0, if_match.0, params.0.force.unwrap_or(false)).await?;
    Ok(NoContent)
}
