//! Handlers and API types for weekly rules.

use crate::hours::{self, Hours};
use app::availability::schedules::{self, RuleDraft, RuleFilter};
use app::{App, AppError};
use axum::extract::State;
use domain::ids::{ClinicId, DoctorId, Id as _, RoomId, RuleId};
use domain::time::parse_date;
use domain::violation::{Rule, Violations};
use domain::weekly_rule::{INTERVAL_WEEKS, Weekdays, WeeklyRule};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use web::{
    Caller, Created, ForceParams, IfMatch, Input, List, NoContent, Paging, Params, Patch, PathId, Problem, Versioned,
};

/// The data of a weekly rule.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct RuleBody {
    /// Id of the doctor. It can't change.
    #[schema(format = "uuid")]
    doctor: String,
    /// Id of the room.
    #[schema(format = "uuid")]
    room: String,
    /// Days of the week, 1 = Monday to 7 = Sunday.
    #[schema(min_items = 1, max_items = 7, example = json!([1, 4]))]
    weekdays: Vec<i64>,
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
    /// First local day, `YYYY-MM-DD`.
    #[schema(format = Date, example = "2027-01-04")]
    valid_from: String,
    /// Last local day, included; unlimited if left out.
    #[serde(default)]
    #[schema(format = Date)]
    valid_until: Option<String>,
    /// Every how many weeks the rule applies, counted from the week of `valid_from`; weeks begin on Monday.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 8, default = 1)]
    interval_weeks: Option<i64>,
}

impl RuleBody {
    fn draft(self) -> Result<RuleDraft, Violations> {
        let mut v = Violations::default();
        let doctor = v.take("doctor", DoctorId::read(&self.doctor));
        let room = v.take("room", RoomId::read(&self.room));
        let weekdays = v.take("weekdays", Weekdays::parse(&self.weekdays));
        let hours = Hours::parse(&mut v, &self.start_time, &self.end_time, self.slot_minutes);
        let valid_from = v.take("valid_from", parse_date(&self.valid_from));
        let valid_until = v.take_optional("valid_until", self.valid_until.as_deref().map(parse_date).transpose());
        if valid_from.zip(valid_until).is_some_and(|(first, last)| last < first) {
            v.add("valid_until", Rule::EndNotAfterStart);
        }
        let (least, most) = INTERVAL_WEEKS;
        let weeks = u8::try_from(self.interval_weeks.unwrap_or(1)).ok().filter(|weeks| (least..=most).contains(weeks));
        let weeks = v.take("interval_weeks", weeks.ok_or(Rule::Range(i64::from(least), i64::from(most))));
        let required = doctor.zip(room).zip(weekdays).zip(hours).zip(valid_from).zip(weeks);
        v.finish(required.map(|(((((doctor, room), weekdays), hours), valid_from), interval_weeks)| RuleDraft {
            doctor,
            room,
            weekdays,
            start_time: hours.start_time,
            end_time: hours.end_time,
            slot_minutes: hours.slot_minutes,
            valid_from,
            valid_until,
            interval_weeks,
        }))
    }
}

impl From<&WeeklyRule> for RuleBody {
    fn from(rule: &WeeklyRule) -> Self {
        Self {
            doctor: rule.doctor.to_string(),
            room: rule.room.to_string(),
            weekdays: rule.weekdays.numbers().collect(),
            start_time: hours::format_time(rule.start_time),
            end_time: hours::format_time(rule.end_time),
            slot_minutes: Some(i64::from(rule.slot_minutes)),
            valid_from: rule.valid_from.to_string(),
            valid_until: rule.valid_until.map(|last| last.to_string()),
            interval_weeks: Some(i64::from(rule.interval_weeks)),
        }
    }
}

/// A weekly rule: the recurring availability of a doctor in a room.
#[derive(Clone, Serialize, ToSchema)]
pub struct RuleView {
    #[schema(format = "uuid")]
    id: String,
    #[serde(flatten)]
    body: RuleBody,
    /// Id of the room's clinic.
    #[schema(format = "uuid")]
    clinic: String,
    /// Increases by one with each change.
    version: u64,
}

impl From<&WeeklyRule> for RuleView {
    fn from(rule: &WeeklyRule) -> Self {
        Self { id: rule.id.to_string(), body: rule.into(), clinic: rule.clinic.to_string(), version: rule.version }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RuleParams {
    /// Id of the doctor.
    #[param(format = "uuid")]
    doctor: Option<String>,
    /// Id of the room.
    #[param(format = "uuid")]
    room: Option<String>,
    /// Id of the clinic.
    #[param(format = "uuid")]
    clinic: Option<String>,
}

impl RuleParams {
    fn filter(&self) -> Result<RuleFilter, Violations> {
        let mut v = Violations::default();
        let doctor = v.take_optional("doctor", self.doctor.as_deref().map(DoctorId::read).transpose());
        let room = v.take_optional("room", self.room.as_deref().map(RoomId::read).transpose());
        let clinic = v.take_optional("clinic", self.clinic.as_deref().map(ClinicId::read).transpose());
        v.finish(Some(RuleFilter { doctor, room, clinic }))
    }
}

/// Lists weekly rules, oldest first.
#[utoipa::path(get, path = "/api/schedules/rules/", tag = "schedules", params(RuleParams),
    responses((status = 200, body = List<RuleView>)), extensions(("x-access" = json!("operator"))))]
pub async fn list_rules(
    State(app): State<App>,
    params: Params<RuleParams>,
    caller: Caller,
    page: Paging,
) -> Result<List<RuleView>, Problem> {
    let slice = schedules::list_rules(&app, &caller.0, params.0.filter()?, page.window()).await?;
    page.list(&app, slice.map(|rule| RuleView::from(&rule))).await
}

/// Creates a weekly rule.
#[utoipa::path(post, path = "/api/schedules/rules/", tag = "schedules", request_body = RuleBody,
    responses((status = 201, body = RuleView)), extensions(("x-access" = json!("admin")),
        ("x-conflicts" = json!(["already_exists"]))))]
pub async fn create_rule(State(app): State<App>, input: Input<RuleBody>) -> Result<Created<RuleView>, Problem> {
    let done = schedules::create_rule(&app, &input.ctx, &input.body.draft()?).await?;
    let view = RuleView::from(&done.value);
    Ok(Created::new("/api/schedules/rules/", done.value.id, done.value.version, done.replayed, view))
}

/// Reads a weekly rule.
#[utoipa::path(get, path = "/api/schedules/rules/{id}/", tag = "schedules", params(("id" = String, Path)),
    responses((status = 200, body = RuleView)), extensions(("x-access" = json!("operator"))))]
pub async fn get_rule(
    State(app): State<App>,
    id: PathId<RuleId>,
    caller: Caller,
) -> Result<Versioned<RuleView>, Problem> {
    let rule = schedules::get_rule(&app, &caller.0, id.0).await?;
    Ok(Versioned::new(rule.version, RuleView::from(&rule)))
}

/// Replaces a weekly rule.
#[utoipa::path(put, path = "/api/schedules/rules/{id}/", tag = "schedules",
    params(("id" = String, Path), ForceParams), request_body = RuleBody,
    responses((status = 200, body = RuleView)), extensions(("x-access" = json!("admin")),
        ("x-conflicts" = json!(["already_exists", "in_use"]))))]
pub async fn replace_rule(
    State(app): State<App>,
    id: PathId<RuleId>,
    params: Params<ForceParams>,
    if_match: IfMatch,
    input: Input<RuleBody>,
) -> Result<Versioned<RuleView>, Problem> {
    let draft = input.body.draft()?;
    save_rule(&app, &input.ctx, id.0, if_match, &params.0, |_| Ok(draft.clone())).await
}

/// Updates the given fields of a weekly rule.
#[utoipa::path(patch, path = "/api/schedules/rules/{id}/", tag = "schedules",
    params(("id" = String, Path), ForceParams), request_body = RuleBody,
    responses((status = 200, body = RuleView)), extensions(("x-access" = json!("admin")),
        ("x-conflicts" = json!(["already_exists", "in_use"]))))]
pub async fn update_rule(
    State(app): State<App>,
    id: PathId<RuleId>,
    params: Params<ForceParams>,
    if_match: IfMatch,
    input: Input<Patch<RuleBody>>,
) -> Result<Versioned<RuleView>, Problem> {
    let next = |before: &WeeklyRule| Ok(input.body.apply_to(&RuleBody::from(before))?.draft()?);
    save_rule(&app, &input.ctx, id.0, if_match, &params.0, next).await
}

async fn save_rule(
    app: &App,
    ctx: &app::Context,
    id: RuleId,
    if_match: IfMatch,
    params: &ForceParams,
    next: impl Fn(&WeeklyRule) -> Result<RuleDraft, AppError> + Send + Sync,
) -> Result<Versioned<RuleView>, Problem> {
    let rule = schedules::update_rule(app, ctx, id, params.terms(if_match), next).await?;
    Ok(Versioned::new(rule.version, RuleView::from(&rule)))
}

/// Deletes a weekly rule.
#[utoipa::path(delete, path = "/api/schedules/rules/{id}/", tag = "schedules",
    params(("id" = String, Path), ForceParams), responses((status = 204)),
    extensions(("x-access" = json!("admin")),
        ("x-conflicts" = json!(["in_use"]))))]
pub async fn delete_rule(
    State(app): State<App>,
    id: PathId<RuleId>,
    params: Params<ForceParams>,
    if_match: IfMatch,
    caller: Caller,
) -> Result<NoContent, Problem> {
    schedules::delete_rule(&app, &caller.0, id.0, params.0.terms(if_match)).await?;
    Ok(NoContent)
}
