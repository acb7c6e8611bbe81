//! Handlers for a patient's contacts.

use app::directory::contacts::{self, ContactRef};
use app::messaging::quarantine::{self, SavedNumber};
use app::{App, AppError};
use axum::extract::State;
use domain::contact::{Contact, ContactProfile};
use domain::ids::{ContactId, PatientId};
use web::{Caller, Created, IfMatch, Input, List, NoContent, Paging, Patch, PathId, PathIds, Problem, Versioned};
use wire::contact::{ContactBody, ContactView};

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
    let done = contacts::create_contact(&app, &input.ctx, id.0, &input.body.into()).await?;
    quarantine::number_saved(&app, &input.ctx, id.0, saved_number(&done.value, true)).await?;
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
    save_contact(&app, &input.ctx, ids, (if_match, false), |_| Ok(input.body.clone().into())).await
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
    let next = |before: &Contact| Ok(input.body.apply_to(&before.into())?.into());
    let confirms_number = input.body.member("phone_number").is_some();
    save_contact(&app, &input.ctx, ids, (if_match, confirms_number), next).await
}

async fn save_contact(
    app: &App,
    ctx: &app::Context,
    ids: PathIds<PatientId, ContactId>,
    (if_match, confirms_number): (IfMatch, bool),
    next: impl Fn(&Contact) -> Result<ContactProfile, AppError> + Send + Sync,
) -> Result<Versioned<ContactView>, Problem> {
    let contact = ContactRef { patient: ids.0, contact: ids.1 };
    let contact = contacts::update_contact(app, ctx, contact, if_match.0, next).await?;
    quarantine::number_saved(app, ctx, ids.0, saved_number(&contact, confirms_number)).await?;
    Ok(Versioned::new(contact.version, ContactView::from(&contact)))
}

/// What saving a contact says of the number: a request that gives it says that it is the contact's.
fn saved_number(contact: &Contact, confirms_number: bool) -> SavedNumber {
    let number = contact.profile.phone_number.clone().filter(|_| confirms_number);
    number.map_or(SavedNumber::Changed, SavedNumber::Confirmed)
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
    quarantine::number_saved(&app, &caller.0, ids.0, SavedNumber::Changed).await?;
    Ok(NoContent)
}
