//! Handlers and API types for clinics.

use crate::room::RoomView;
use app::directory::clinics::{self, ClinicWithRooms};
use app::directory::records::RecordDraft;
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
use web::{Caller, Created, IfMatch, Input, List, NoContent, Paging, Params, Patch, PathId, Problem, Versioned};

/// The data of a clinic.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct ClinicBody {
    #[schema(max_length = 150, example = "Clínica Norte")]
    name: String,
    /// Postal address; reminders contain it.
    #[serde(default)]
    #[schema(max_length = 200)]
    address: Option<String>,
    #[serde(default)]
    #[schema(format = "phone", max_length = 30)]
    phone_number: Option<String>,
    /// IANA name of the time zone. It can't change while the clinic has future appointments, availability windows or
    /// weekly rules.
    #[schema(format = "time-zone", example = "America/Argentina/Buenos_Aires")]
    timezone: String,
    /// How many calendar days before the appointment its reminder is sent.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 14, default = 2)]
    reminder_days_before: Option<i64>,
    /// Local time at which reminders are sent.
    #[serde(default)]
    #[schema(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$", default = "09:00:00")]
    reminder_time: Option<String>,
    /// Local time from which no reminders and notices are sent.
    #[serde(default)]
    #[schema(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$", default = "20:00:00")]
    quiet_from: Option<String>,
    /// Local time until which no reminders and notices are sent.
    #[serde(default)]
    #[schema(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$", default = "08:00:00")]
    quiet_until: Option<String>,
    /// Minutes for which an appointment's slot stays reserved after the patient asked for another time.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 10080, default = 120)]
    hold_minutes: Option<i64>,
    /// How many appointments may be overbooked ("sobreturnos") per doctor and day.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 100, default = 0)]
    overbook_per_day: Option<i64>,
    /// Whether patients get a notice about a new appointment.
    #[serde(default)]
    #[schema(default = false)]
    notify_on_create: Option<bool>,
    /// Whether patients get a notice when staff cancel an appointment.
    #[serde(default)]
    #[schema(default = true)]
    notify_on_cancel: Option<bool>,
    /// Whether patients get a notice when staff move an appointment.
    #[serde(default)]
    #[schema(default = true)]
    notify_on_move: Option<bool>,
    #[serde(default)]
    #[schema(default = true)]
    is_active: Option<bool>,
}

impl ClinicBody {
    /// Validates the body.
    ///
    /// # Errors
    /// All violations, by field.
    pub fn parse(self, country: Country) -> Result<RecordDraft<ClinicProfile>, Violations> {
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
        Ok(RecordDraft { profile: v.finish(profile)?, is_active: self.is_active.unwrap_or(true) })
    }
}

/// Returns the given number if it is between 0 and `max`, or `standard` if none is given.
fn bounded(v: &mut Violations, field: &str, given: Option<i64>, standard: u32, max: u32) -> u32 {
    let Some(number) = given else { return standard };
    let fits = u32::try_from(number).ok().filter(|number| *number <= max);
    v.take(field, fits.ok_or(Rule::Range(0, i64::from(max)))).unwrap_or(standard)
}

fn format_time(time: LocalTime) -> Option<String> {
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
            reminder_time: format_time(profile.reminders.time),
            quiet_from: format_time(profile.reminders.quiet_from),
            quiet_until: format_time(profile.reminders.quiet_until),
            hold_minutes: Some(i64::from(profile.hold_minutes)),
            overbook_per_day: Some(i64::from(profile.overbook_per_day)),
            notify_on_create: Some(profile.notify_on_create),
            notify_on_cancel: Some(profile.notify_on_cancel),
            notify_on_move: Some(profile.notify_on_move),
            is_active: Some(clinic.is_active),
        }
    }
}

/// A clinic with its active rooms.
#[derive(Clone, Serialize, ToSchema)]
pub struct ClinicView {
    #[schema(format = "uuid")]
    id: String,
    #[serde(flatten)]
    body: ClinicBody,
    /// Active rooms, sorted by name.
    rooms: Vec<RoomView>,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    updated_at: String,
    /// Increases by one with each change.
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

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ClinicParams {
    /// `false` lists the deactivated clinics. `true` by default.
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

/// Creates a clinic.
#[utoipa::path(post, path = "/api/clinics/clinics/", tag = "clinics", request_body = ClinicBody,
    responses((status = 201, body = ClinicView)), extensions(("x-access" = json!("admin"))))]
pub async fn create_clinic(State(app): State<App>, input: Input<ClinicBody>) -> Result<Created<ClinicView>, Problem> {
    let done = clinics::create_clinic(&app, &input.ctx, input.body.parse(app.country)?).await?;
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
) -> Result<Versioned<ClinicView>, Problem> {
    let found = clinics::get_clinic(&app, &caller.0, id.0).await?;
    Ok(Versioned::new(found.clinic.version, ClinicView::from(&found)))
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
) -> Result<Versioned<ClinicView>, Problem> {
    let next = input.body.parse(app.country)?;
    save_clinic(&app, &input.ctx, id.0, if_match, |_| Ok(next.clone())).await
}

/// Updates the given fields of a clinic.
#[utoipa::path(patch, path = "/api/clinics/clinics/{id}/", tag = "clinics", params(("id" = String, Path)),
    request_body = ClinicBody, responses((status = 200, body = ClinicView)),
    extensions(("x-access" = json!("admin")),
        ("x-conflicts" = json!(["in_use"]))))]
pub async fn update_clinic(
    State(app): State<App>,
    id: PathId<ClinicId>,
    if_match: IfMatch,
    input: Input<Patch<ClinicBody>>,
) -> Result<Versioned<ClinicView>, Problem> {
    let country = app.country;
    let next = |before: &Clinic| Ok(input.body.apply_to(&ClinicBody::from(before))?.parse(country)?);
    save_clinic(&app, &input.ctx, id.0, if_match, next).await
}

async fn save_clinic(
    app: &App,
    ctx: &app::Context,
    id: ClinicId,
    if_match: IfMatch,
    next: impl Fn(&Clinic) -> Result<RecordDraft<ClinicProfile>, AppError> + Send + Sync,
) -> Result<Versioned<ClinicView>, Problem> {
    let found = clinics::update_clinic(app, ctx, id, if_match.0, next).await?;
    Ok(Versioned::new(found.clinic.version, ClinicView::from(&found)))
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
