//! Handlers and API types for patients.

use app::directory::patients::{self, DEFAULT_SEARCH_SIZE, PatientFilter};
use app::directory::records::RecordDraft;
use app::{App, AppError};
use axum::extract::State;
use domain::contact::Contacts;
use domain::email::Email;
use domain::ids::PatientId;
use domain::language::Language;
use domain::patient::{BirthDate, Patient, PatientProfile};
use domain::phone::{Country, Phone};
use domain::text::{Line, Note};
use domain::time::parse_date;
use domain::violation::{Rule, Violations};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use web::{Caller, Created, IfMatch, Input, List, NoContent, Paging, Params, Patch, PathId, Problem, Versioned};

/// The data of a patient.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct PatientBody {
    #[schema(max_length = 100, example = "Lucía")]
    first_name: String,
    #[schema(max_length = 100, example = "Fernández")]
    last_name: String,
    /// Kind of identity document.
    #[serde(default)]
    #[schema(max_length = 20, default = "CC", example = "DNI")]
    document_type: Option<String>,
    /// Unique together with `document_type`; case, spaces, dots and dashes are ignored.
    #[schema(max_length = 50, example = "30.123.456")]
    document_number: String,
    /// `YYYY-MM-DD`.
    #[serde(default)]
    #[schema(format = Date)]
    birth_date: Option<String>,
    /// International, or national in the deployment's country; stored as E.164.
    #[schema(format = "phone", max_length = 30, example = "+54 9 11 2345-6789")]
    phone_number: String,
    #[serde(default)]
    #[schema(pattern = r#"^(|[^@\s<>,;"]{1,64}@[^@\s<>,;".]+([.][^@\s<>,;".]+)+)$"#, max_length = 254)]
    email: Option<String>,
    #[serde(default)]
    #[schema(max_length = 200)]
    address: Option<String>,
    /// Name of the person to call in an emergency.
    #[serde(default)]
    #[schema(max_length = 100)]
    emergency_contact: Option<String>,
    /// Phone number of the emergency contact.
    #[serde(default)]
    #[schema(format = "phone", max_length = 30)]
    emergency_phone: Option<String>,
    /// Language of messages to the patient: `es`, `pt` or `en`.
    #[serde(default)]
    #[schema(pattern = "^(es|pt|en)$", default = "es")]
    language: Option<String>,
    /// Whether the patient consents to WhatsApp messages.
    #[serde(default)]
    #[schema(default = true)]
    whatsapp_opt_in: Option<bool>,
    /// Internal notes.
    #[serde(default)]
    #[schema(max_length = 2000)]
    notes: Option<String>,
    #[serde(default)]
    #[schema(default = true)]
    is_active: Option<bool>,
}

impl PatientBody {
    /// Validates the body.
    ///
    /// # Errors
    /// All violations, by field.
    pub fn parse(self, country: Country) -> Result<RecordDraft<PatientProfile>, Violations> {
        let mut v = Violations::default();
        let first_name = v.take("first_name", Line::parse(&self.first_name));
        let last_name = v.take("last_name", Line::parse(&self.last_name));
        let document_type = v.take("document_type", Line::parse(self.document_type.as_deref().unwrap_or("CC")));
        let document_number = v.take("document_number", Line::parse(&self.document_number));
        let birth_date = v.take_optional("birth_date", self.birth_date.as_deref().map(parse_date).transpose());
        let phone_number = v.take("phone_number", Phone::parse(&self.phone_number, country));
        let email = v.take_optional("email", Email::optional(self.email.as_deref()));
        let address = v.take_optional("address", Line::optional(self.address.as_deref()));
        let emergency_contact = v.take_optional("emergency_contact", Line::optional(self.emergency_contact.as_deref()));
        let emergency_phone =
            v.take_optional("emergency_phone", Phone::optional(self.emergency_phone.as_deref(), country));
        let language = match self.language.as_deref() {
            None => Some(Language::default()),
            Some(code) => v.take("language", Language::parse(code).ok_or(Rule::OneOf(Language::CODES))),
        };
        let notes = v.take_optional("notes", Note::optional(self.notes.as_deref()));
        let required =
            first_name.zip(last_name).zip(document_type.zip(document_number)).zip(phone_number.zip(language));
        let profile =
            required.map(|(((first_name, last_name), (document_type, document_number)), (phone_number, language))| {
                PatientProfile {
                    first_name,
                    last_name,
                    document_type,
                    document_number,
                    birth_date: birth_date.map(BirthDate),
                    phone_number: Some(phone_number),
                    email,
                    address,
                    emergency_contact,
                    emergency_phone,
                    language,
                    whatsapp_opt_in: self.whatsapp_opt_in.unwrap_or(true),
                    whatsapp_opt_in_at: None,
                    notes,
                    contacts: Contacts::default(),
                    erased_at: None,
                }
            });
        let profile = v.finish(profile)?;
        Ok(RecordDraft { profile, is_active: self.is_active.unwrap_or(true) })
    }
}

impl From<&Patient> for PatientBody {
    fn from(patient: &Patient) -> Self {
        let profile = &patient.profile;
        let line = |text: &str| text.to_owned();
        Self {
            first_name: line(profile.first_name.as_str()),
            last_name: line(profile.last_name.as_str()),
            document_type: Some(line(profile.document_type.as_str())),
            document_number: line(profile.document_number.as_str()),
            birth_date: profile.birth_date.map(|date| date.0.to_string()),
            phone_number: profile.phone_number.as_ref().map_or_else(String::new, |phone| line(phone.as_str())),
            email: profile.email.as_ref().map(|email| line(email.as_str())),
            address: profile.address.as_ref().map(|text| line(text.as_str())),
            emergency_contact: profile.emergency_contact.as_ref().map(|text| line(text.as_str())),
            emergency_phone: profile.emergency_phone.as_ref().map(|phone| line(phone.as_str())),
            language: Some(line(profile.language.code())),
            whatsapp_opt_in: Some(profile.whatsapp_opt_in),
            notes: profile.notes.as_ref().map(|note| line(note.as_str())),
            is_active: Some(patient.is_active),
        }
    }
}

/// A patient. All clinics share the patients.
#[derive(Clone, Serialize, ToSchema)]
pub struct PatientView {
    #[schema(format = "uuid")]
    id: String,
    /// First and last name.
    full_name: String,
    #[serde(flatten)]
    body: PatientBody,
    /// When `whatsapp_opt_in` was last changed.
    #[schema(format = DateTime)]
    whatsapp_opt_in_at: Option<String>,
    /// When the patient's data was erased; the name is a pseudonym since then. Absent for other patients.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    erased_at: Option<String>,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    updated_at: String,
    /// Increases by one with each change.
    version: u64,
}

impl From<&Patient> for PatientView {
    fn from(patient: &Patient) -> Self {
        Self {
            id: patient.id.to_string(),
            full_name: patient.profile.full_name().into_string(),
            body: patient.into(),
            whatsapp_opt_in_at: patient.profile.whatsapp_opt_in_at.map(|at| at.rfc3339()),
            erased_at: patient.profile.erased_at.map(|at| at.rfc3339()),
            created_at: patient.created_at.rfc3339(),
            updated_at: patient.updated_at.rfc3339(),
            version: patient.version,
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PatientParams {
    /// Any part of the names, the document or the phone number; case and accents are ignored.
    search: Option<String>,
    /// Document number; case, spaces, dots and dashes are ignored.
    document_number: Option<String>,
    /// Phone number, international or national in the deployment's country.
    #[param(format = "phone")]
    phone_number: Option<String>,
    /// `false` lists the deactivated patients. `true` by default.
    is_active: Option<bool>,
}

impl PatientParams {
    fn filter(self, country: Country) -> Result<PatientFilter, Violations> {
        let mut v = Violations::default();
        let phone_number = v.take_optional("phone_number", Phone::optional(self.phone_number.as_deref(), country));
        v.finish(Some(PatientFilter {
            search: self.search,
            document_number: self.document_number,
            phone_number,
            is_active: self.is_active.unwrap_or(true),
        }))
    }
}

/// Lists patients by last name.
///
/// With `search`, patients with a word that equals or begins with the searched text come first, and a page has
/// fifteen patients unless `page_size` is given.
#[utoipa::path(get, path = "/api/patients/", tag = "patients", params(PatientParams),
    responses((status = 200, body = List<PatientView>)), extensions(("x-access" = json!("operator"))))]
pub async fn list_patients(
    State(app): State<App>,
    params: Params<PatientParams>,
    page: Paging,
) -> Result<List<PatientView>, Problem> {
    let filter = params.0.filter(app.country)?;
    let window = if filter.search.is_some() { page.window_of(DEFAULT_SEARCH_SIZE) } else { page.window().clone() };
    let slice = patients::list_patients(&app, &filter, &window).await?;
    page.list(&app, slice.map(|patient| PatientView::from(&patient))).await
}

/// Creates a patient.
#[utoipa::path(post, path = "/api/patients/", tag = "patients", request_body = PatientBody,
    responses((status = 201, body = PatientView)), extensions(("x-access" = json!("operator")),
        ("x-conflicts" = json!(["already_exists"]))))]
pub async fn create_patient(
    State(app): State<App>,
    input: Input<PatientBody>,
) -> Result<Created<PatientView>, Problem> {
    let done = patients::create_patient(&app, &input.ctx, input.body.parse(app.country)?).await?;
    Ok(Created::new("/api/patients/", done.value.id, done.value.version, done.replayed, PatientView::from(&done.value)))
}

/// Reads a patient.
#[utoipa::path(get, path = "/api/patients/{id}/", tag = "patients", params(("id" = String, Path)),
    responses((status = 200, body = PatientView)), extensions(("x-access" = json!("operator"))))]
pub async fn get_patient(
    State(app): State<App>,
    id: PathId<PatientId>,
    caller: Caller,
) -> Result<Versioned<PatientView>, Problem> {
    let patient = patients::read_patient(&app, &caller.0, id.0).await?;
    Ok(Versioned::new(patient.version, PatientView::from(&patient)))
}

/// Replaces a patient's data.
#[utoipa::path(put, path = "/api/patients/{id}/", tag = "patients", params(("id" = String, Path)),
    request_body = PatientBody, responses((status = 200, body = PatientView)),
    extensions(("x-access" = json!("operator")),
        ("x-conflicts" = json!(["already_exists", "in_use"]))))]
pub async fn replace_patient(
    State(app): State<App>,
    id: PathId<PatientId>,
    if_match: IfMatch,
    input: Input<PatientBody>,
) -> Result<Versioned<PatientView>, Problem> {
    let next = input.body.parse(app.country)?;
    save_patient(&app, &input.ctx, id.0, if_match, |_| Ok(next.clone())).await
}

/// Updates the given fields of a patient.
#[utoipa::path(patch, path = "/api/patients/{id}/", tag = "patients", params(("id" = String, Path)),
    request_body = PatientBody, responses((status = 200, body = PatientView)),
    extensions(("x-access" = json!("operator")),
        ("x-conflicts" = json!(["already_exists", "in_use"]))))]
pub async fn update_patient(
    State(app): State<App>,
    id: PathId<PatientId>,
    if_match: IfMatch,
    input: Input<Patch<PatientBody>>,
) -> Result<Versioned<PatientView>, Problem> {
    let country = app.country;
    let next = |before: &Patient| Ok(input.body.apply_to(&PatientBody::from(before))?.parse(country)?);
    save_patient(&app, &input.ctx, id.0, if_match, next).await
}

async fn save_patient(
    app: &App,
    ctx: &app::Context,
    id: PatientId,
    if_match: IfMatch,
    next: impl Fn(&Patient) -> Result<RecordDraft<PatientProfile>, AppError> + Send + Sync,
) -> Result<Versioned<PatientView>, Problem> {
    let patient = patients::update_patient(app, ctx, id, if_match.0, next).await?;
    Ok(Versioned::new(patient.version, PatientView::from(&patient)))
}

/// Deactivates a patient.
///
/// The patient is hidden from lists, but kept for the appointments that refer to it.
#[utoipa::path(delete, path = "/api/patients/{id}/", tag = "patients", params(("id" = String, Path)),
    responses((status = 204)), extensions(("x-access" = json!("operator")),
        ("x-conflicts" = json!(["in_use"]))))]
pub async fn deactivate_patient(
    State(app): State<App>,
    id: PathId<PatientId>,
    if_match: IfMatch,
    caller: Caller,
) -> Result<NoContent, Problem> {
    patients::deactivate_patient(&app, &caller.0, id.0, if_match.0).await?;
    Ok(NoContent)
}
