//! A patient's contacts: what clients send and see, and the handlers.

use app::directory::contacts;
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
use web::{Caller, Created, IfMatch, Input, List, NoContent, Paging, Patch, PathId, PathIds, Problem, Shown};

/// A contact, as clients write one.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct ContactBody {
    /// Its name.
    #[schema(max_length = 100, example = "Marta Fernández")]
    name: String,
    /// What it is to the patient.
    #[serde(default)]
    #[schema(max_length = 50, example = "madre")]
    relationship: Option<String>,
    /// International, or national of the deployment's country; kept as E.164. Needed where the contact
    /// receives the messages.
    #[serde(default)]
    #[schema(max_length = 30, example = "+54 9 11 2345-6789")]
    phone_number: Option<String>,
    /// E-mail address.
    #[serde(default)]
    email: Option<String>,
    /// Whether it is the first to be called. Whoever was it before isn't any more.
    #[serde(default)]
    #[schema(default = false)]
    is_primary: Option<bool>,
    /// Whether reminders and notices go to it instead of the patient, and its answers count as the
    /// patient's. Of several the primary one gets them, else the oldest.
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
        // Said with everything else that is wrong; whoever comes by another way is told by the domain.
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

/// A contact, as clients see one.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ContactView {
    /// Its id.
    id: String,
    #[serde(flatten)]
    body: ContactBody,
    /// One more with each change.
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

/// Adds a contact, of whom a patient has ten at most.
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
) -> Result<Shown<ContactView>, Problem> {
    let contact = contacts::get_contact(&app, &caller.0, ids.0, ids.1).await?;
    Ok(Shown::new(contact.version, ContactView::from(&contact)))
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
) -> Result<Shown<ContactView>, Problem> {
    let profile = input.body.profile(app.country)?;
    change(&app, &input.ctx, ids, if_match, |_| Ok(profile.clone())).await
}

/// Changes the members given.
#[utoipa::path(patch, path = "/api/patients/{id}/contacts/{contact_id}/", tag = "patients",
    params(("id" = String, Path), ("contact_id" = String, Path)), request_body = ContactBody,
    responses((status = 200, body = ContactView)), extensions(("x-access" = json!("operator"))))]
pub async fn update_contact(
    State(app): State<App>,
    ids: PathIds<PatientId, ContactId>,
    if_match: IfMatch,
    input: Input<Patch<ContactBody>>,
) -> Result<Shown<ContactView>, Problem> {
    let country = app.country;
    let next = |before: &Contact| Ok(input.body.onto(&ContactBody::from(before))?.profile(country)?);
    change(&app, &input.ctx, ids, if_match, next).await
}

async fn change(
    app: &App,
    ctx: &app::Context,
    ids: PathIds<PatientId, ContactId>,
    if_match: IfMatch,
    next: impl Fn(&Contact) -> Result<ContactProfile, AppError> + Send + Sync,
) -> Result<Shown<ContactView>, Problem> {
    let contact = contacts::update_contact(app, ctx, ids.0, ids.1, if_match.0, next).await?;
    Ok(Shown::new(contact.version, ContactView::from(&contact)))
}

/// Removes a contact.
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
