//! A patient's contacts. They live in the patient's row, so a change of one is a change of that row:
//! two people who add the eleventh, or name two primary ones, can't both succeed.

use crate::App;
use crate::directory::patients::{expect_somebody, get_patient, read_patient};
use crate::directory::records::{expect_version, save};
use crate::support::attempts::Failure;
use crate::support::change::{audit, differences};
use crate::support::context::{Context, Done};
use crate::support::error::AppError;
use crate::support::listing::{Slice, Window, whole};
use domain::contact::{Contact, ContactProfile, Contacts};
use domain::ids::{ContactId, PatientId};
use domain::patient::{Patient, PatientProfile};
use domain::time::Instant;
use store::Transaction;
use store::audit::{AuditAction, FieldChange};
use store::contact::save_numbers;

/// The fields whose values the audit trail may show.
const OPEN: &[&str] = &["is_primary", "receives_notifications"];

/// Lists a patient's contacts, oldest first. It is a reading of the patient's record, and noted as such.
///
/// # Errors
/// [`AppError::NotFound`] without the patient.
pub async fn list_contacts(
    app: &App,
    ctx: &Context,
    patient: PatientId,
    window: &Window,
) -> Result<Slice<Contact>, AppError> {
    let patient = read_patient(app, ctx, patient).await?;
    let contacts = patient.profile.contacts.iter().map(|contact| (contact.id.to_string(), contact.clone()));
    Ok(whole(contacts.collect(), window))
}

/// Reads a contact. It is a reading of the patient's record, and noted as such.
///
/// # Errors
/// [`AppError::NotFound`], also without the patient.
pub async fn get_contact(app: &App, ctx: &Context, patient: PatientId, id: ContactId) -> Result<Contact, AppError> {
    contact_of(&read_patient(app, ctx, patient).await?, id)
}

fn contact_of(patient: &Patient, id: ContactId) -> Result<Contact, AppError> {
    patient.profile.contacts.get(id).cloned().ok_or(AppError::NotFound)
}

/// Adds a contact. If it is primary, the one that was isn't any more.
///
/// # Errors
/// [`AppError::NotFound`] without the patient; [`AppError::Validation`] for the eleventh, and for one
/// that is to receive messages and has no number.
pub async fn create_contact(
    app: &App,
    ctx: &Context,
    patient: PatientId,
    profile: &ContactProfile,
) -> Result<Done<Contact>, AppError> {
    crate::attempt!(number => try_create(app, ctx, patient, profile, number))
}

async fn try_create(
    app: &App,
    ctx: &Context,
    patient: PatientId,
    profile: &ContactProfile,
    attempt: u32,
) -> Result<Done<Contact>, Failure> {
    if let Some(id) = ctx.done_before(app, attempt).await? {
        return Ok(Done { value: get_contact(app, ctx, patient, id).await?, replayed: ctx.once.from_client });
    }
    let before = get_patient(app, patient).await?;
    let id = app.new_id();
    let contacts = before.profile.contacts.added(id, profile.clone())?;
    let after = write(app, ctx, &before, contacts, id).await?;
    Ok(Done { value: contact_of(&after, id)?, replayed: false })
}

/// Changes a contact. If it becomes primary, the one that was isn't any more.
///
/// # Errors
/// [`AppError::NotFound`], [`AppError::PreconditionFailed`], what `next` says, and
/// [`AppError::Validation`] for one that is to receive messages and has no number.
pub async fn update_contact(
    app: &App,
    ctx: &Context,
    patient: PatientId,
    id: ContactId,
    if_match: Option<u64>,
    next: impl Fn(&Contact) -> Result<ContactProfile, AppError> + Send + Sync,
) -> Result<Contact, AppError> {
    crate::attempt!(number => try_update(app, ctx, patient, id, if_match, &next, number))
}

async fn try_update(
    app: &App,
    ctx: &Context,
    patient: PatientId,
    id: ContactId,
    if_match: Option<u64>,
    next: &(impl Fn(&Contact) -> Result<ContactProfile, AppError> + Send + Sync),
    attempt: u32,
) -> Result<Contact, Failure> {
    if ctx.done_before::<ContactId>(app, attempt).await?.is_some() {
        return Ok(get_contact(app, ctx, patient, id).await?);
    }
    let before = get_patient(app, patient).await?;
    let contact = contact_of(&before, id)?;
    let profile = next(&contact)?;
    expect_version(if_match, contact.version)?;
    if profile == contact.profile {
        return Ok(contact);
    }
    let contacts = before.profile.contacts.changed(id, profile)?;
    let after = write(app, ctx, &before, contacts, id).await?;
    Ok(contact_of(&after, id)?)
}

/// Removes a contact. If it received the messages, the next one who does gets them, or the patient.
///
/// # Errors
/// [`AppError::NotFound`], [`AppError::PreconditionFailed`].
pub async fn delete_contact(
    app: &App,
    ctx: &Context,
    patient: PatientId,
    id: ContactId,
    if_match: Option<u64>,
) -> Result<(), AppError> {
    crate::attempt!(number => try_delete(app, ctx, patient, id, if_match, number))
}

async fn try_delete(
    app: &App,
    ctx: &Context,
    patient: PatientId,
    id: ContactId,
    if_match: Option<u64>,
    attempt: u32,
) -> Result<(), Failure> {
    if ctx.done_before::<ContactId>(app, attempt).await?.is_some() {
        return Ok(());
    }
    let before = get_patient(app, patient).await?;
    expect_version(if_match, contact_of(&before, id)?.version)?;
    write(app, ctx, &before, before.profile.contacts.removed(id), id).await?;
    Ok(())
}

/// Writes a patient with other contacts, the numbers that lead to the patient, and a row in the audit
/// trail for each contact that isn't what it was. The request is about `id`.
async fn write(
    app: &App,
    ctx: &Context,
    before: &Patient,
    contacts: Contacts,
    id: ContactId,
) -> Result<Patient, Failure> {
    expect_somebody(before)?;
    let now = app.now();
    let profile = PatientProfile { contacts, ..before.profile.clone() };
    let after = before.clone().changed(profile, before.is_active, now);
    let mut transaction = ctx.begin(id, now);
    save(&mut transaction, before, &after);
    save_numbers(&mut transaction, before, &after);
    let (old, new) = (&before.profile.contacts, &after.profile.contacts);
    let removed = old.iter().filter(|contact| new.get(contact.id).is_none());
    for contact in removed {
        trail(app, ctx, &mut transaction, before.id, (Some(contact), None), now);
    }
    for contact in new.iter() {
        trail(app, ctx, &mut transaction, before.id, (old.get(contact.id), Some(contact)), now);
    }
    ctx.commit(app, transaction).await?;
    Ok(after)
}

/// Adds to a change that a contact was made, changed or removed.
pub(crate) fn trail(
    app: &App,
    ctx: &Context,
    transaction: &mut Transaction,
    patient: PatientId,
    (before, after): (Option<&Contact>, Option<&Contact>),
    now: Instant,
) {
    let profile = |contact: Option<&Contact>| contact.map(|contact| contact.profile.clone());
    let mut changes = differences(profile(before).as_ref(), profile(after).as_ref(), OPEN);
    let whose = |contact: Option<&Contact>| contact.map(|_| patient.to_string());
    let (action, contact) = match (before, after) {
        (None, Some(contact)) => (AuditAction::Create, contact),
        (Some(contact), None) => (AuditAction::Delete, contact),
        (Some(old), Some(new)) if old != new => (AuditAction::Update, new),
        _ => return,
    };
    if action != AuditAction::Update {
        changes.insert("patient".to_owned(), FieldChange { old: whose(before), new: whose(after) });
    }
    audit(app, ctx, transaction, now, ("contact", contact.id), action, changes);
}
