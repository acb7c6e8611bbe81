//! Dated windows, and what doctors have on offer: what clients send and see, and the handlers.

use crate::hours::{self, Hours};
use crate::period;
use app::availability::schedules::{self, Offering, ScheduleFilter, WindowDraft};
use app::support::listing::whole;
use app::{App, AppError};
use axum::extract::State;
use domain::availability::{Slot, Taken};
use domain::ids::{ClinicId, DoctorId, Id as _, RoomId, WindowId};
use domain::schedule::{Opening, Source, Window};
use domain::time::{LocalDate, Zone, parse_date};
use domain::violation::{Rule, Violations};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use web::{
    Caller, Created, ForceParams, IfMatch, Input, List, NoContent, Paging, Params, Patch, PathId, Problem, Shown,
};

/// A window, as clients write one.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct ScheduleBody {
    /// Id of the doctor.
    #[schema(format = "uuid")]
    doctor: String,
    /// Id of the room.
    #[schema(format = "uuid")]
    room: String,
    /// The local day, `YYYY-MM-DD`.
    #[schema(format = Date, example = "2027-01-18")]
    date: String,
    /// Local time at which it opens, `HH:MM[:SS]`.
    #[schema(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$", example = "09:00")]
    start_time: String,
    /// Local time at which it closes.
    #[schema(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$", example = "13:00")]
    end_time: String,
    /// Length of a slot.
    #[serde(default)]
    #[schema(minimum = 5, maximum = 240, default = 30)]
    slot_minutes: Option<i64>,
}

impl ScheduleBody {
    /// What it says.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn draft(self) -> Result<WindowDraft, Violations> {
        let mut v = Violations::default();
        let doctor = v.take("doctor", DoctorId::read(&self.doctor));
        let room = v.take("room", RoomId::read(&self.room));
        let date = v.take("date", parse_date(&self.date));
        let hours = Hours::read(&mut v, &self.start_time, &self.end_time, self.slot_minutes);
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

impl From<&Opening> for ScheduleBody {
    fn from(opening: &Opening) -> Self {
        Self {
            doctor: opening.doctor.to_string(),
            room: opening.room.to_string(),
            date: opening.date.to_string(),
            start_time: hours::shown(opening.start_time),
            end_time: hours::shown(opening.end_time),
            slot_minutes: Some(i64::from(opening.slot_minutes)),
        }
    }
}

/// An opening of a day, as clients see one.
#[derive(Clone, Serialize, ToSchema)]
pub struct ScheduleView {
    /// Id of the window, or of the rule, that it comes from.
    #[schema(format = "uuid")]
    id: String,
    #[serde(flatten)]
    body: ScheduleBody,
    /// The doctor's name.
    doctor_name: String,
    /// Id of the room's clinic.
    #[schema(format = "uuid")]
    clinic: String,
    /// The clinic's name.
    clinic_name: String,
    /// The room's name.
    room_name: String,
    /// What it comes from: `window` or `rule`.
    #[schema(pattern = "^(window|rule)$")]
    source: &'static str,
    /// The weekly rule that it comes from.
    #[schema(format = "uuid")]
    rule: Option<String>,
    /// How many slots are free.
    free_slots: usize,
    /// Its slots, in order.
    slots: Vec<SlotView>,
    /// One more with each change of the window or rule.
    version: u64,
}

/// A slot.
#[derive(Clone, Serialize, ToSchema)]
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
    #[schema(pattern = "^(booked|blocked|past|room_busy)$")]
    reason: Option<&'static str>,
}

impl SlotView {
    fn new(slot: Slot, zone: Zone) -> Self {
        Self {
            start_datetime: zone.rfc3339(slot.interval.start()),
            end_datetime: zone.rfc3339(slot.interval.end()),
            available: slot.taken.is_none(),
            reason: slot.taken.map(|taken| match taken {
                Taken::Past => "past",
                Taken::Blocked => "blocked",
                Taken::Booked => "booked",
                Taken::RoomBusy => "room_busy",
            }),
        }
    }
}

impl From<&Offering> for ScheduleView {
    fn from(offering: &Offering) -> Self {
        let opening = &offering.opening;
        let (id, source, rule) = match opening.source {
            Source::Window(id) => (id.to_string(), "window", None),
            Source::Rule(id) => (id.to_string(), "rule", Some(id.to_string())),
        };
        Self {
            id,
            body: opening.into(),
            doctor_name: offering.names.doctor.as_str().to_owned(),
            clinic: opening.clinic.to_string(),
            clinic_name: offering.names.clinic.as_str().to_owned(),
            room_name: offering.names.room.as_str().to_owned(),
            source,
            rule,
            free_slots: offering.slots.iter().filter(|slot| slot.taken.is_none()).count(),
            slots: offering.slots.iter().map(|slot| SlotView::new(*slot, opening.zone)).collect(),
            version: offering.version,
        }
    }
}

/// Which openings are wanted: of a doctor, a room or a clinic at least, on one or several days.
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
    /// One local day.
    #[param(format = "date")]
    date: Option<String>,
    /// The first of several local days …
    #[param(format = "date")]
    date_from: Option<String>,
    /// … and the last, at most 31 days on.
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
            None => period::read(&mut v, self.date_from.as_deref(), self.date_to.as_deref(), today, 1),
        };
        v.finish(days.map(|(from, to)| ScheduleFilter { doctor, room, clinic, from, to }))
    }
}

/// Where an opening stands in the list, which is sorted by this: day, time, windows before rules.
fn place(offering: &Offering) -> String {
    let opening = &offering.opening;
    let source = match opening.source {
        Source::Window(id) => format!("0 {id}"),
        Source::Rule(id) => format!("1 {id}"),
    };
    format!("{} {} {source}", opening.date, opening.start_time)
}

/// Lists what doctors have on offer, with slots, by date and time.
#[utoipa::path(get, path = "/api/schedules/", tag = "schedules", params(ScheduleParams),
    responses((status = 200, body = List<ScheduleView>)), extensions(("x-access" = json!("operator"))))]
pub async fn list_schedules(
    State(app): State<App>,
    params: Params<ScheduleParams>,
    caller: Caller,
    page: Paging,
) -> Result<List<ScheduleView>, Problem> {
    let filter = params.0.filter(app.now().utc_day())?;
    let offerings = schedules::list_schedules(&app, &caller.0, &filter).await?;
    let rows = offerings.into_iter().map(|offering| (place(&offering), offering)).collect();
    let slice = whole(rows, page.window());
    page.list(&app, slice.map(|offering| ScheduleView::from(&offering))).await
}

/// Opens a window.
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

/// Reads a window.
#[utoipa::path(get, path = "/api/schedules/{id}/", tag = "schedules", params(("id" = String, Path)),
    responses((status = 200, body = ScheduleView)), extensions(("x-access" = json!("operator"))))]
pub async fn get_schedule(
    State(app): State<App>,
    id: PathId<WindowId>,
    caller: Caller,
) -> Result<Shown<ScheduleView>, Problem> {
    let offering = schedules::get_schedule(&app, &caller.0, id.0).await?;
    Ok(Shown::new(offering.version, ScheduleView::from(&offering)))
}

/// Replaces a window.
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
) -> Result<Shown<ScheduleView>, Problem> {
    let draft = input.body.draft()?;
    change(&app, &input.ctx, id.0, if_match, &params.0, |_| Ok(draft.clone())).await
}

/// Changes the members given.
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
) -> Result<Shown<ScheduleView>, Problem> {
    let next = |before: &Window| Ok(input.body.onto(&ScheduleBody::from(&before.opening()))?.draft()?);
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
    let offering = schedules::update_schedule(app, ctx, id, params.terms(if_match), next).await?;
    Ok(Shown::new(offering.version, ScheduleView::from(&offering)))
}

/// Closes a window.
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
