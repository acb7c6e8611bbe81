//! Clinics: what clients send and see, and the handlers.

use crate::room::RoomView;
use app::directory::clinics::{self, ClinicWithRooms};
use app::directory::records::Next;
use app::{App, AppError};
use axum::extract::State;
use domain::clinic::{Clinic, ClinicProfile, ReminderSettings};
use domain::ids::ClinicId;
use domain::phone::{Country, Phone};
use domain::text::Line;
use domain::time::{LocalTime, Zone, parse_time};
use domain::violation::{Rule, Violations};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use web::{Caller, Created, IfMatch, Input, List, NoContent, Paging, Params, Patch, PathId, Problem, Shown};

/// A clinic, as clients write one.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct ClinicBody {
    /// Its name.
    #[schema(max_length = 150, example = "Clínica Norte")]
    name: String,
    /// Where it is; reminders say it.
    #[serde(default)]
    #[schema(max_length = 200)]
    address: Option<String>,
    /// Phone number.
    #[serde(default)]
    #[schema(format = "phone", max_length = 30)]
    phone_number: Option<String>,
    /// The clock on its wall, by its IANA name. It can't change while the clinic has time to give.
    #[schema(format = "time-zone", example = "America/Argentina/Buenos_Aires")]
    timezone: String,
    /// Reminders go out this many calendar days before the appointment …
    #[serde(default)]
    #[schema(minimum = 0, maximum = 14, default = 2)]
    reminder_days_before: Option<i64>,
    /// … at this local time.
    #[serde(default)]
    #[schema(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$", default = "09:00:00")]
    reminder_time: Option<String>,
    /// No message from this local time …
    #[serde(default)]
    #[schema(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$", default = "20:00:00")]
    quiet_from: Option<String>,
    /// … until this one.
    #[serde(default)]
    #[schema(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$", default = "08:00:00")]
    quiet_until: Option<String>,
    /// For how long an appointment's time stays taken after the patient asked for another.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 10080, default = 120)]
    hold_minutes: Option<i64>,
    /// Appointments a doctor may take a day beyond the free ones.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 100, default = 0)]
    overbook_per_day: Option<i64>,
    /// Whether patients get a notice of a new appointment.
    #[serde(default)]
    #[schema(default = false)]
    notify_on_create: Option<bool>,
    /// Whether patients get a notice when staff cancel.
    #[serde(default)]
    #[schema(default = true)]
    notify_on_cancel: Option<bool>,
    /// Whether patients get a notice when staff move an appointment.
    #[serde(default)]
    #[schema(default = true)]
    notify_on_move: Option<bool>,
    /// `false` deactivates.
    #[serde(default)]
    #[schema(default = true)]
    is_active: Option<bool>,
}

impl ClinicBody {
    /// What it says.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn next(self, country: Country) -> Result<Next<ClinicProfile>, Violations> {
        let mut v = Violations::default();
        let name = v.take("name", Line::parse(&self.name));
        let address = v.take_optional("address", Line::optional(self.address.as_deref()));
        let phone_number = v.take_optional("phone_number", Phone::optional(self.phone_number.as_deref(), country));
        let timezone = v.take("timezone", Zone::parse(&self.timezone));
        let standard = ReminderSettings::default();
        let days_before = bounded(&mut v, "reminder_days_before", self.reminder_days_before, 2, 14);
        let mut time = |field, given: Option<&String>, standard| match given {
            Some(text) => v.take(field, parse_time(text)).unwrap_or(standard),
            None => standard,
        };
        let reminders = ReminderSettings {
            days_before: u8::try_from(days_before).unwrap_or(standard.days_before),
            time: time("reminder_time", self.reminder_time.as_ref(), standard.time),
            quiet_from: time("quiet_from", self.quiet_from.as_ref(), standard.quiet_from),
            quiet_until: time("quiet_until", self.quiet_until.as_ref(), standard.quiet_until),
        };
        let hold_minutes = bounded(&mut v, "hold_minutes", self.hold_minutes, 120, 7 * 24 * 60);
        let overbook_per_day = bounded(&mut v, "overbook_per_day", self.overbook_per_day, 0, 100);
        let profile = name.zip(timezone).map(|(name, timezone)| ClinicProfile {
            name,
            address,
            phone_number,
            timezone,
            reminders,
            hold_minutes,
            overbook_per_day,
            notify_on_create: self.notify_on_create.unwrap_or(false),
            notify_on_cancel: self.notify_on_cancel.unwrap_or(true),
            notify_on_move: self.notify_on_move.unwrap_or(true),
        });
        Ok(Next { profile: v.finish(profile)?, is_active: self.is_active.unwrap_or(true) })
    }
}

/// A number between 0 and `max`, or the standard one where none is given.
fn bounded(v: &mut Violations, field: &str, given: Option<i64>, standard: u32, max: u32) -> u32 {
    let Some(number) = given else { return standard };
    let fits = u32::try_from(number).ok().filter(|number| *number <= max);
    v.take(field, fits.ok_or(Rule::Range(0, i64::from(max)))).unwrap_or(standard)
}

fn shown(time: LocalTime) -> Option<String> {
    Some(time.format("%H:%M:%S").to_string())
}

impl From<&Clinic> for ClinicBody {
    fn from(clinic: &Clinic) -> Self {
        let profile = &clinic.profile;
        Self {
            name: profile.name.as_str().to_owned(),
            address: profile.address.as_ref().map(|line| line.as_str().to_owned()),
            phone_number: profile.phone_number.as_ref().map(|phone| phone.as_str().to_owned()),
            timezone: profile.timezone.name().to_owned(),
            reminder_days_before: Some(i64::from(profile.reminders.days_before)),
            reminder_time: shown(profile.reminders.time),
            quiet_from: shown(profile.reminders.quiet_from),
            quiet_until: shown(profile.reminders.quiet_until),
            hold_minutes: Some(i64::from(profile.hold_minutes)),
            overbook_per_day: Some(i64::from(profile.overbook_per_day)),
            notify_on_create: Some(profile.notify_on_create),
            notify_on_cancel: Some(profile.notify_on_cancel),
            notify_on_move: Some(profile.notify_on_move),
            is_active: Some(clinic.is_active),
        }
    }
}

/// A clinic, as clients see one.
#[derive(Clone, Serialize, ToSchema)]
pub struct ClinicView {
    /// Its id.
    #[schema(format = "uuid")]
    id: String,
    #[serde(flatten)]
    body: ClinicBody,
    /// Its active rooms, by name.
    rooms: Vec<RoomView>,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    updated_at: String,
    /// One more with each change.
    version: u64,
}

impl From<&ClinicWithRooms> for ClinicView {
    fn from(found: &ClinicWithRooms) -> Self {
        let clinic = &found.clinic;
        Self {
            id: clinic.id.to_string(),
            body: clinic.into(),
            rooms: found.rooms.iter().map(RoomView::from).collect(),
            created_at: clinic.created_at.rfc3339(),
            updated_at: clinic.updated_at.rfc3339(),
            version: clinic.version,
        }
    }
}

/// Which clinics are wanted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ClinicParams {
    /// `false` lists those that were deactivated.
    is_active: Option<bool>,
}

/// Lists clinics by name.
#[utoipa::path(get, path = "/api/clinics/clinics/", tag = "clinics", params(ClinicParams),
    responses((status = 200, body = List<ClinicView>)), extensions(("x-access" = json!("operator"))))]
pub async fn list_clinics(
    State(app): State<App>,
    params: Params<ClinicParams>,
    caller: Caller,
    page: Paging,
) -> Result<List<ClinicView>, Problem> {
    let is_active = params.0.is_active.unwrap_or(true);
    let slice = clinics::list_clinics(&app, &caller.0, is_active, page.window()).await?;
    page.list(&app, slice.map(|clinic| ClinicView::from(&clinic))).await
}

/// Adds a clinic.
#[utoipa::path(post, path = "/api/clinics/clinics/", tag = "clinics", request_body = ClinicBody,
    responses((status = 201, body = ClinicView)), extensions(("x-access" = json!("admin"))))]
pub async fn create_clinic(State(app): State<App>, input: Input<ClinicBody>) -> Result<Created<ClinicView>, Problem> {
    let done = clinics::create_clinic(&app, &input.ctx, input.body.next(app.country)?).await?;
    let (id, version) = (done.value.clinic.id, done.value.clinic.version);
    Ok(Created::new("/api/clinics/clinics/", id, version, done.replayed, ClinicView::from(&done.value)))
}

/// Reads a clinic.
#[utoipa::path(get, path = "/api/clinics/clinics/{id}/", tag = "clinics", params(("id" = String, Path)),
    responses((status = 200, body = ClinicView)), extensions(("x-access" = json!("operator"))))]
pub async fn get_clinic(
    State(app): State<App>,
    id: PathId<ClinicId>,
    caller: Caller,
) -> Result<Shown<ClinicView>, Problem> {
    let found = clinics::get_clinic(&app, &caller.0, id.0).await?;
    Ok(Shown::new(found.clinic.version, ClinicView::from(&found)))
}

/// Replaces a clinic's data.
#[utoipa::path(put, path = "/api/clinics/clinics/{id}/", tag = "clinics", params(("id" = String, Path)),
    request_body = ClinicBody, responses((status = 200, body = ClinicView)),
    extensions(("x-access" = json!("admin")),
        ("x-conflicts" = json!(["in_use"]))))]
pub async fn replace_clinic(
    State(app): State<App>,
    id: PathId<ClinicId>,
    if_match: IfMatch,
    input: Input<ClinicBody>,
) -> Result<Shown<ClinicView>, Problem> {
    let next = input.body.next(app.country)?;
    change(&app, &input.ctx, id.0, if_match, |_| Ok(next.clone())).await
}

/// Changes the members given.
#[utoipa::path(patch, path = "/api/clinics/clinics/{id}/", tag = "clinics", params(("id" = String, Path)),
    request_body = ClinicBody, responses((status = 200, body = ClinicView)),
    extensions(("x-access" = json!("admin")),
        ("x-conflicts" = json!(["in_use"]))))]
pub async fn update_clinic(
    State(app): State<App>,
    id: PathId<ClinicId>,
    if_match: IfMatch,
    input: Input<Patch<ClinicBody>>,
) -> Result<Shown<ClinicView>, Problem> {
    let country = app.country;
    let next = |before: &Clinic| Ok(input.body.onto(&ClinicBody::from(before))?.next(country)?);
    change(&app, &input.ctx, id.0, if_match, next).await
}

async fn change(
    app: &App,
    ctx: &app::Context,
    id: ClinicId,
    if_match: IfMatch,
    next: impl Fn(&Clinic) -> Result<Next<ClinicProfile>, AppError> + Send + Sync,
) -> Result<Shown<ClinicView>, Problem> {
    let found = clinics::update_clinic(app, ctx, id, if_match.0, next).await?;
    Ok(Shown::new(found.clinic.version, ClinicView::from(&found)))
}

/// Deactivates a clinic.
#[utoipa::path(delete, path = "/api/clinics/clinics/{id}/", tag = "clinics", params(("id" = String, Path)),
    responses((status = 204)), extensions(("x-access" = json!("admin")),
        ("x-conflicts" = json!(["in_use"]))))]
pub async fn deactivate_clinic(
    State(app): State<App>,
    id: PathId<ClinicId>,
    if_match: IfMatch,
    caller: Caller,
) -> Result<NoContent, Problem> {
    clinics::deactivate_clinic(&app, &caller.0, id.0, if_match.0).await?;
    Ok(NoContent)
}
