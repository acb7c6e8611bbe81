//! Handlers and API types for doctors.

use app::directory::doctors::{self, DoctorFilter};
use app::directory::records::RecordDraft;
use app::{App, AppError};
use axum::extract::State;
use domain::doctor::{Doctor, DoctorProfile};
use domain::email::Email;
use domain::ids::{ClinicId, DoctorId, Id as _, SpecialtyId};
use domain::phone::{Country, Phone};
use domain::text::Line;
use domain::violation::{Rule, Violations};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::{IntoParams, ToSchema};
use web::{Caller, Created, IfMatch, Input, List, NoContent, Paging, Params, Patch, PathId, Problem, Versioned};

const MAX_SPECIALTIES: usize = 20;

/// The data of a doctor.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct DoctorBody {
    #[schema(max_length = 100, example = "Héctor")]
    first_name: String,
    #[schema(max_length = 100, example = "Núñez")]
    last_name: String,
    /// Ids of the doctor's specialties, the main one first.
    #[serde(default)]
    #[schema(value_type = Option<Vec<web::IdSchema>>, max_items = 20)]
    specialties: Option<Vec<String>>,
    #[serde(default)]
    #[schema(pattern = r#"^(|[^@\s<>,;"]{1,64}@[^@\s<>,;".]+([.][^@\s<>,;".]+)+)$"#, max_length = 254)]
    email: Option<String>,
    #[serde(default)]
    #[schema(format = "phone", max_length = 30)]
    phone_number: Option<String>,
    /// Number of the licence to practise.
    #[serde(default)]
    #[schema(max_length = 50)]
    license_number: Option<String>,
    /// Minutes that stay free after each appointment.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 120, default = 0)]
    buffer_minutes: Option<i64>,
    #[serde(default)]
    #[schema(default = true)]
    is_active: Option<bool>,
}

impl DoctorBody {
    /// Validates the body.
    ///
    /// # Errors
    /// All violations, by field.
    pub fn parse(self, country: Country) -> Result<RecordDraft<DoctorProfile>, Violations> {
        let mut v = Violations::default();
        let first_name = v.take("first_name", Line::parse(&self.first_name));
        let last_name = v.take("last_name", Line::parse(&self.last_name));
        let specialties = v.take("specialties", parse_specialties(&self.specialties.unwrap_or_default()));
        let email = v.take_optional("email", Email::optional(self.email.as_deref()));
        let phone_number = v.take_optional("phone_number", Phone::optional(self.phone_number.as_deref(), country));
        let license_number = v.take_optional("license_number", Line::optional(self.license_number.as_deref()));
        let buffer_minutes = u16::try_from(self.buffer_minutes.unwrap_or(0)).ok().filter(|minutes| *minutes <= 120);
        let buffer_minutes = v.take("buffer_minutes", buffer_minutes.ok_or(Rule::Range(0, 120)));
        let required = first_name.zip(last_name).zip(specialties).zip(buffer_minutes);
        let profile = required.map(|(((first_name, last_name), specialties), buffer_minutes)| DoctorProfile {
            first_name,
            last_name,
            specialties,
            specialty: None,
            email,
            phone_number,
            license_number,
            buffer_minutes,
        });
        Ok(RecordDraft { profile: v.finish(profile)?, is_active: self.is_active.unwrap_or(true) })
    }
}

fn parse_specialties(texts: &[String]) -> Result<Vec<SpecialtyId>, Rule> {
    if texts.len() > MAX_SPECIALTIES {
        return Err(Rule::TooMany(MAX_SPECIALTIES));
    }
    let ids = texts.iter().map(|text| SpecialtyId::read(text)).collect::<Result<Vec<_>, _>>()?;
    if ids.iter().collect::<BTreeSet<_>>().len() < ids.len() { Err(Rule::Repeated) } else { Ok(ids) }
}

impl From<&Doctor> for DoctorBody {
    fn from(doctor: &Doctor) -> Self {
        let profile = &doctor.profile;
        Self {
            first_name: profile.first_name.as_str().to_owned(),
            last_name: profile.last_name.as_str().to_owned(),
            specialties: Some(profile.specialties.iter().map(ToString::to_string).collect()),
            email: profile.email.as_ref().map(|email| email.as_str().to_owned()),
            phone_number: profile.phone_number.as_ref().map(|phone| phone.as_str().to_owned()),
            license_number: profile.license_number.as_ref().map(|line| line.as_str().to_owned()),
            buffer_minutes: Some(i64::from(profile.buffer_minutes)),
            is_active: Some(doctor.is_active),
        }
    }
}

/// A doctor. All clinics share the doctors.
#[derive(Clone, Serialize, ToSchema)]
pub struct DoctorView {
    #[schema(format = "uuid")]
    id: String,
    /// First and last name.
    full_name: String,
    #[serde(flatten)]
    body: DoctorBody,
    /// Name of the main specialty.
    specialty: Option<String>,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    updated_at: String,
    /// Increases by one with each change.
    version: u64,
}

impl From<&Doctor> for DoctorView {
    fn from(doctor: &Doctor) -> Self {
        Self {
            id: doctor.id.to_string(),
            full_name: doctor.profile.full_name().into_string(),
            body: doctor.into(),
            specialty: doctor.profile.specialty.as_ref().map(|line| line.as_str().to_owned()),
            created_at: doctor.created_at.rfc3339(),
            updated_at: doctor.updated_at.rfc3339(),
            version: doctor.version,
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DoctorParams {
    /// Any part of the names; case and accents are ignored.
    search: Option<String>,
    /// Id of a specialty.
    #[param(format = "uuid")]
    specialty: Option<String>,
    /// Id of a clinic where the doctor has availability windows or weekly rules.
    #[param(format = "uuid")]
    clinic: Option<String>,
    /// `false` lists the deactivated doctors. `true` by default.
    is_active: Option<bool>,
}

impl DoctorParams {
    fn filter(self) -> Result<DoctorFilter, Violations> {
        let mut v = Violations::default();
        let specialty = v.take_optional("specialty", self.specialty.as_deref().map(SpecialtyId::read).transpose());
        let clinic = v.take_optional("clinic", self.clinic.as_deref().map(ClinicId::read).transpose());
        let is_active = self.is_active.unwrap_or(true);
        v.finish(Some(DoctorFilter { search: self.search, specialty, clinic, is_active }))
    }
}

/// Lists doctors by last name.
#[utoipa::path(get, path = "/api/doctors/", tag = "doctors", params(DoctorParams),
    responses((status = 200, body = List<DoctorView>)), extensions(("x-access" = json!("operator"))))]
pub async fn list_doctors(
    State(app): State<App>,
    params: Params<DoctorParams>,
    page: Paging,
) -> Result<List<DoctorView>, Problem> {
    let slice = doctors::list_doctors(&app, &params.0.filter()?, page.window()).await?;
    page.list(&app, slice.map(|doctor| DoctorView::from(&doctor))).await
}

/// Creates a doctor.
#[utoipa::path(post, path = "/api/doctors/", tag = "doctors", request_body = DoctorBody,
    responses((status = 201, body = DoctorView)), extensions(("x-access" = json!("admin"))))]
pub async fn create_doctor(State(app): State<App>, input: Input<DoctorBody>) -> Result<Created<DoctorView>, Problem> {
    let done = doctors::create_doctor(&app, &input.ctx, input.body.parse(app.country)?).await?;
    Ok(Created::new("/api/doctors/", done.value.id, done.value.version, done.replayed, DoctorView::from(&done.value)))
}

/// Reads a doctor.
#[utoipa::path(get, path = "/api/doctors/{id}/", tag = "doctors", params(("id" = String, Path)),
    responses((status = 200, body = DoctorView)), extensions(("x-access" = json!("operator"))))]
pub async fn get_doctor(
    State(app): State<App>,
    id: PathId<DoctorId>,
    caller: Caller,
) -> Result<Versioned<DoctorView>, Problem> {
    let doctor = doctors::read_doctor(&app, &caller.0, id.0).await?;
    Ok(Versioned::new(doctor.version, DoctorView::from(&doctor)))
}

/// Replaces a doctor's data.
#[utoipa::path(put, path = "/api/doctors/{id}/", tag = "doctors", params(("id" = String, Path)),
    request_body = DoctorBody, responses((status = 200, body = DoctorView)),
    extensions(("x-access" = json!("admin")),
        ("x-conflicts" = json!(["in_use"]))))]
pub async fn replace_doctor(
    State(app): State<App>,
    id: PathId<DoctorId>,
    if_match: IfMatch,
    input: Input<DoctorBody>,
) -> Result<Versioned<DoctorView>, Problem> {
    let next = input.body.parse(app.country)?;
    save_doctor(&app, &input.ctx, id.0, if_match, |_| Ok(next.clone())).await
}

/// Updates the given fields of a doctor.
#[utoipa::path(patch, path = "/api/doctors/{id}/", tag = "doctors", params(("id" = String, Path)),
    request_body = DoctorBody, responses((status = 200, body = DoctorView)),
    extensions(("x-access" = json!("admin")),
        ("x-conflicts" = json!(["in_use"]))))]
pub async fn update_doctor(
    State(app): State<App>,
    id: PathId<DoctorId>,
    if_match: IfMatch,
    input: Input<Patch<DoctorBody>>,
) -> Result<Versioned<DoctorView>, Problem> {
    let country = app.country;
    let next = |before: &Doctor| Ok(input.body.apply_to(&DoctorBody::from(before))?.parse(country)?);
    save_doctor(&app, &input.ctx, id.0, if_match, next).await
}

async fn save_doctor(
    app: &App,
    ctx: &app::Context,
    id: DoctorId,
    if_match: IfMatch,
    next: impl Fn(&Doctor) -> Result<RecordDraft<DoctorProfile>, AppError> + Send + Sync,
) -> Result<Versioned<DoctorView>, Problem> {
    let doctor = doctors::update_doctor(app, ctx, id, if_match.0, next).await?;
    Ok(Versioned::new(doctor.version, DoctorView::from(&doctor)))
}

/// Deactivates a doctor.
#[utoipa::path(delete, path = "/api/doctors/{id}/", tag = "doctors", params(("id" = String, Path)),
    responses((status = 204)), extensions(("x-access" = json!("admin")),
        ("x-conflicts" = json!(["in_use"]))))]
pub async fn deactivate_doctor(
    State(app): State<App>,
    id: PathId<DoctorId>,
    if_match: IfMatch,
    caller: Caller,
) -> Result<NoContent, Problem> {
    doctors::deactivate_doctor(&app, &caller.0, id.0, if_match.0).await?;
    Ok(NoContent)
}
