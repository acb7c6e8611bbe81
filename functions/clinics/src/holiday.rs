//! Handlers and API types for holidays.

use app::availability::closures::holidays::{self, HolidayDraft, HolidayFilter};
use app::{App, AppError};
use axum::extract::State;
use domain::closure::Holiday;
use domain::ids::{ClinicId, HolidayId, Id as _};
use domain::text::Line;
use domain::time::{LAST_DAY, LocalDate, parse_date};
use domain::violation::{Rule, Violations};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use web::{
    Caller, Created, ForceParams, IfMatch, Input, List, NoContent, Paging, Params, Patch, PathId, Problem, Versioned,
};

/// The data of a holiday.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct HolidayBody {
    /// Id of the closed clinic; all clinics are closed if it is left out. It can't change.
    #[serde(default)]
    #[schema(format = "uuid")]
    clinic: Option<String>,
    /// Local day, `YYYY-MM-DD`.
    #[schema(format = Date, example = "2027-05-01")]
    date: String,
    #[schema(max_length = 150, example = "Día del Trabajo")]
    name: String,
}

impl HolidayBody {
    fn draft(self) -> Result<HolidayDraft, Violations> {
        let mut v = Violations::default();
        let clinic = v.take_optional("clinic", self.clinic.as_deref().map(ClinicId::read).transpose());
        let date = v.take("date", parse_date(&self.date));
        let name = v.take("name", Line::parse(&self.name));
        v.finish(date.zip(name).map(|(date, name)| HolidayDraft { clinic, date, name }))
    }
}

impl From<&Holiday> for HolidayBody {
    fn from(holiday: &Holiday) -> Self {
        Self {
            clinic: holiday.clinic.map(|clinic| clinic.to_string()),
            date: holiday.date.to_string(),
            name: holiday.name.as_str().to_owned(),
        }
    }
}

/// A holiday: a local day on which a clinic, or every clinic, is closed.
#[derive(Clone, Serialize, ToSchema)]
pub struct HolidayView {
    #[schema(format = "uuid")]
    id: String,
    #[serde(flatten)]
    body: HolidayBody,
    /// Increases by one with each change.
    version: u64,
}

impl From<&Holiday> for HolidayView {
    fn from(holiday: &Holiday) -> Self {
        Self { id: holiday.id.to_string(), body: holiday.into(), version: holiday.version }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct HolidayParams {
    /// Id of a clinic. Lists its own holidays and those of all clinics.
    #[param(format = "uuid")]
    clinic: Option<String>,
    /// First day, included.
    #[param(format = "date")]
    date_from: Option<String>,
    /// Last day, included.
    #[param(format = "date")]
    date_to: Option<String>,
}

impl HolidayParams {
    fn filter(&self) -> Result<HolidayFilter, Violations> {
        let mut v = Violations::default();
        let clinic = v.take_optional("clinic", self.clinic.as_deref().map(ClinicId::read).transpose());
        let from = v.take_optional("date_from", self.date_from.as_deref().map(parse_date).transpose());
        let to = v.take_optional("date_to", self.date_to.as_deref().map(parse_date).transpose());
        if from.zip(to).is_some_and(|(from, to)| to < from) {
            v.add("date_to", Rule::EndNotAfterStart);
        }
        let first = LocalDate::default();
        v.finish(Some(HolidayFilter { clinic, from: from.unwrap_or(first), to: to.unwrap_or(LAST_DAY) }))
    }
}

/// Lists holidays by date.
#[utoipa::path(get, path = "/api/clinics/holidays/", tag = "clinics", params(HolidayParams),
    responses((status = 200, body = List<HolidayView>)), extensions(("x-access" = json!("operator"))))]
pub async fn list_holidays(
    State(app): State<App>,
    params: Params<HolidayParams>,
    caller: Caller,
    page: Paging,
) -> Result<List<HolidayView>, Problem> {
    let slice = holidays::list_holidays(&app, &caller.0, params.0.filter()?, page.window()).await?;
    page.list(&app, slice.map(|holiday| HolidayView::from(&holiday))).await
}

/// Creates a holiday.
#[utoipa::path(post, path = "/api/clinics/holidays/", tag = "clinics", params(ForceParams),
    request_body = HolidayBody, responses((status = 201, body = HolidayView)),
    extensions(("x-access" = json!("admin")),
        ("x-conflicts" = json!(["in_use"]))))]
pub async fn create_holiday(
    State(app): State<App>,
    params: Params<ForceParams>,
    input: Input<HolidayBody>,
) -> Result<Created<HolidayView>, Problem> {
    let done = holidays::create_holiday(&app, &input.ctx, &input.body.draft()?, params.0.force()).await?;
    let view = HolidayView::from(&done.value);
    Ok(Created::new("/api/clinics/holidays/", done.value.id, done.value.version, done.replayed, view))
}

/// Reads a holiday.
#[utoipa::path(get, path = "/api/clinics/holidays/{id}/", tag = "clinics", params(("id" = String, Path)),
    responses((status = 200, body = HolidayView)), extensions(("x-access" = json!("operator"))))]
pub async fn get_holiday(
    State(app): State<App>,
    id: PathId<HolidayId>,
    caller: Caller,
) -> Result<Versioned<HolidayView>, Problem> {
    let holiday = holidays::get_holiday(&app, &caller.0, id.0).await?;
    Ok(Versioned::new(holiday.version, HolidayView::from(&holiday)))
}

/// Replaces a holiday.
#[utoipa::path(put, path = "/api/clinics/holidays/{id}/", tag = "clinics",
    params(("id" = String, Path), ForceParams), request_body = HolidayBody,
    responses((status = 200, body = HolidayView)), extensions(("x-access" = json!("admin")),
        ("x-conflicts" = json!(["in_use"]))))]
pub async fn replace_holiday(
    State(app): State<App>,
    id: PathId<HolidayId>,
    params: Params<ForceParams>,
    if_match: IfMatch,
    input: Input<HolidayBody>,
) -> Result<Versioned<HolidayView>, Problem> {
    let draft = input.body.draft()?;
    save_holiday(&app, &input.ctx, id.0, if_match, &params.0, |_| Ok(draft.clone())).await
}

/// Updates the given fields of a holiday.
#[utoipa::path(patch, path = "/api/clinics/holidays/{id}/", tag = "clinics",
    params(("id" = String, Path), ForceParams), request_body = HolidayBody,
    responses((status = 200, body = HolidayView)), extensions(("x-access" = json!("admin")),
        ("x-conflicts" = json!(["in_use"]))))]
pub async fn update_holiday(
    State(app): State<App>,
    id: PathId<HolidayId>,
    params: Params<ForceParams>,
    if_match: IfMatch,
    input: Input<Patch<HolidayBody>>,
) -> Result<Versioned<HolidayView>, Problem> {
    let next = |before: &Holiday| Ok(input.body.apply_to(&HolidayBody::from(before))?.draft()?);
    save_holiday(&app, &input.ctx, id.0, if_match, &params.0, next).await
}

async fn save_holiday(
    app: &App,
    ctx: &app::Context,
    id: HolidayId,
    if_match: IfMatch,
    params: &ForceParams,
    next: impl Fn(&Holiday) -> Result<HolidayDraft, AppError> + Send + Sync,
) -> Result<Versioned<HolidayView>, Problem> {
    let holiday = holidays::update_holiday(app, ctx, id, params.terms(if_match), next).await?;
    Ok(Versioned::new(holiday.version, HolidayView::from(&holiday)))
}

/// Deletes a holiday.
#[utoipa::path(delete, path = "/api/clinics/holidays/{id}/", tag = "clinics", params(("id" = String, Path)),
    responses((status = 204)), extensions(("x-access" = json!("admin"))))]
pub async fn delete_holiday(
    State(app): State<App>,
    id: PathId<HolidayId>,
    if_match: IfMatch,
    caller: Caller,
) -> Result<NoContent, Problem> {
    holidays::delete_holiday(&app, &caller.0, id.0, if_match.0).await?;
    Ok(NoContent)
}
