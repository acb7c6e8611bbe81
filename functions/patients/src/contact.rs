//! Handlers and API types for a patient's contacts.

use app::directory::contacts::{self, ContactRef};
use app::{App, AppError};
use axum::extract::State;
use domain::contact::{Contact, ContactProfile};
use domain::email::Email;
use domain::ids::{ContactId, PatientId};
use domain::phone::{Country, Phone};
use domain::text::Line;
use domain::violation::{Rule, Violations};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::{Caller, Created, IfMatch, Input, List, NoContent, Paging, Patch, PathId, PathIds, Problem, Versioned};

/// The data of a patient's contact.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct ContactBody {
    #[schema(max_length = 100, example = "Marta Fernández")]
    name: String,
    /// Relationship to the patient.
    #[serde(default)]
    #[schema(max_length = 50, example = "madre")]
    relationship: Option<String>,
    /// International, or national in the deployment's country; stored as E.164. Required with
    /// `receives_notifications`.
    #[serde(default)]
    #[schema(max_length = 30, example = "+54 9 11 2345-6789")]
    phone_number: Option<String>,
    #[serde(default)]
    email: Option<String>,
    /// Whether it is the primary contact. At most one contact of a patient is: `true` clears the flag of the others.
    #[serde(default)]
    #[schema(default = false)]
    is_primary: Option<bool>,
    /// Whether the contact gets reminders and notices instead of the patient, and its replies count as the
    /// patient's. If several contacts have this flag, the primary one gets them, otherwise the oldest.
    #[serde(default)]
    #[schema(default = false)]
    receives_notifications: Option<bool>,
}

domain::opaque!(ContactBody);

impl ContactBody {
    fn profile(self, country: Country) -> Result<ContactProfile, Violations> {
        let mut v = Violations::default();
        let name = v.take("name", Line::parse(&self.name));
        let relationship = v.take_optional("relationship", Line::optional(self.relationship.as_deref()));
        let phone = Phone::optional(self.phone_number.as_deref(), country);
        let receives_notifications = self.receives_notifications.unwrap_or(false);
        // The domain checks this too; here it is reported together with all other violations.
        if receives_notifications && phone == Ok(None) {
            v.add("phone_number", Rule::Required);
        }
        let phone_number = v.take_optional("phone_number", phone);
        let email = v.take_optional("email", Email::optional(self.email.as_deref()));
        v.finish(name.map(|name| ContactProfile {
            name,
            relationship,
            phone_number,
            email,
            is_primary: self.is_primary.unwrap_or(false),
            receives_notifications,
        }))
    }
}

impl From<&Contact> for ContactBody {
    fn from(contact: &Contact) -> Self {
        let profile = &contact.profile;
        Self {
            name: profile.name.as_str().to_owned(),
            relationship: profile.relationship.as_ref().map(|text| text.as_str().to_owned()),
            phone_number: profile.phone_number.as_ref().map(|phone| phone.as_str().to_owned()),
            email: profile.email.as_ref().map(|email| email.as_str().to_owned()),
            is_primary: Some(profile.is_primary),
            receives_notifications: Some(profile.receives_notifications),
        }
    }
}

/// A contact of a patient.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ContactView {
    id: String,
    #[serde(flatten)]
    body: ContactBody,
    /// Increases by one with each change.
    version: u64,
}

impl From<&Contact> for ContactView {
    fn from(contact: &Contact) -> Self {
        Self { id: contact.id.to_string(), body: contact.into(), version: contact.version }
    }
}

/// Lists a patient's contacts, oldest first.
#[utoipa::path(get, path = "/api/patients/{id}/contacts/", tag = "patients", params(("id" = String, Path)),
    responses((status = 200, body = List<ContactView>)), extensions(("x-access" = json!("operator"))))]
pub async fn list_contacts(
    State(app): State<App>,
    id: PathId<PatientId>,
    caller: Caller,
    page: Paging,
) -> Result<List<ContactView>, Problem> {
    let slice = contacts::list_contacts(&app, &caller.0, id.0, page.window()).await?;
    page.list(&app, slice.map(|contact| ContactView::from(&contact))).await
}

/// Creates a contact of a patient.
///
/// A patient has at most ten contacts.
#[utoipa::path(post, path = "/api/patients/{id}/contacts/", tag = "patients", params(("id" = String, Path)),
    request_body = ContactBody, responses((status = 201, body = ContactView)),
    extensions(("x-access" = json!("operator"))))]
pub async fn create_contact(
    State(app): State<App>,
    id: PathId<PatientId>,
    input: Input<ContactBody>,
) -> Result<Created<ContactView>, Problem> {
    let profile = input.body.profile(app.country)?;
    let done = contacts::create_contact(&app, &input.ctx, id.0, &profile).await?;
    let (collection, contact) = (format!("/api/patients/{}/contacts/", id.0), &done.value);
    Ok(Created::new(&collection, contact.id, contact.version, done.replayed, ContactView::from(contact)))
}

/// Reads a contact.
#[utoipa::path(get, path = "/api/patients/{id}/contacts/{contact_id}/", tag = "patients",
    params(("id" = String, Path), ("contact_id" = String, Path)), responses((status = 200, body = ContactView)),
    extensions(("x-access" = json!("operator"))))]
pub async fn get_contact(
    State(app): State<App>,
    ids: PathIds<PatientId, ContactId>,
    caller: Caller,
) -> Result<Versioned<ContactView>, Problem> {
    let contact = contacts::get_contact(&app, &caller.0, ids.0, ids.1).await?;
    Ok(Versioned::new(contact.version, ContactView::from(&contact)))
}

/// Replaces a contact.
#[utoipa::path(put, path = "/api/patients/{id}/contacts/{contact_id}/", tag = "patients",
    params(("id" = String, Path), ("contact_id" = String, Path)), request_body = ContactBody,
    responses((status = 200, body = ContactView)), extensions(("x-access" = json!("operator"))))]
pub async fn replace_contact(
    State(app): State<App>,
    ids: PathIds<PatientId, ContactId>,
    if_match: IfMatch,
    input: Input<ContactBody>,
) -> Result<Versioned<ContactView>, Problem> {
    let profile = input.body.profile(app.country)?;
    save_contact(&app, &input.ctx, ids, if_match, |_| Ok(profile.clone())).await
}

/// Updates the given fields of a contact.
#[utoipa::path(patch, path = "/api/patients/{id}/contacts/{contact_id}/", tag = "patients",
    params(("id" = String, Path), ("contact_id" = String, Path)), request_body = ContactBody,
    responses((status = 200, body = ContactView)), extensions(("x-access" = json!("operator"))))]
pub async fn update_contact(
    State(app): State<App>,
    ids: PathIds<PatientId, ContactId>,
    if_match: IfMatch,
    input: Input<Patch<ContactBody>>,
) -> Result<Versioned<ContactView>, Problem> {
    let country = app.country;
    let next = |before: &Contact| Ok(input.body.apply_to(&ContactBody::from(before))?.profile(country)?);
    save_contact(&app, &input.ctx, ids, if_match, next).await
}

async fn save_contact(
    app: &App,
    ctx: &app::Context,
    ids: PathIds<PatientId, ContactId>,
    if_match: IfMatch,
    next: impl Fn(&Contact) -> Result<ContactProfile, AppError> + Send + Sync,
) -> Result<Versioned<ContactView>, Problem> {
    let contact = ContactRef { patient: ids.0, contact: ids.1 };
    let contact = contacts::update_contact(app, ctx, contact, if_match.0, next).await?;
    Ok(Versioned::new(contact.version, ContactView::from(&contact)))
}

/// Deletes a contact.
#[utoipa::path(delete, path = "/api/patients/{id}/contacts/{contact_id}/", tag = "patients",
    params(("id" = String, Path), ("contact_id" = String, Path)), responses((status = 204)),
    extensions(("x-access" = json!("operator"))))]
pub async fn delete_contact(
    State(app): State<App>,
    ids: PathIds<PatientId, ContactId>,
    if_match: IfMatch,
    caller: Caller,
) -> Result<NoContent, Problem> {
    contacts::delete_contact(&app, &caller.0, ids.0, ids.1, if_match.0).await?;
    Ok(NoContent)
}
