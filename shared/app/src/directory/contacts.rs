//! Manages the contacts of a patient. They are stored in the patient's row, and each change compares the row's version:
//! two concurrent requests can't exceed the maximum of ten contacts or create two primary contacts.

use crate::App;
use crate::directory::number_restrictions::recipient_is_opted_out;
use crate::directory::patients::{expect_not_erased, get_patient, read_patient};
use crate::directory::records::{expect_version, replace_indexed};
use crate::support::change::differences;
use crate::support::context::{Context, Outcome};
use crate::support::error::AppError;
use crate::support::listing::{PageRequest, Slice, paginate};
use crate::support::retry::AttemptError;
use crate::support::unit_of_work::UnitOfWork;
use crate::sweeps::{begin_sweep, schedule_sweep};
use domain::contact::{Contact, ContactProfile, Contacts};
use domain::ids::{ContactId, PatientId};
use domain::patient::{Patient, PatientProfile};
use store::audit::{AuditAction, FieldChange};
use store::contact::save_contact_numbers;

/// The fields of a contact whose values the audit trail may contain in plain text.
const AUDIT_PLAINTEXT: &[&str] = &["is_primary", "receives_notifications"];

/// The fields of a patient that change where the messages go to a number that has opted out.
const AUDITED_OPT_IN: &[&str] = &["whatsapp_opt_in", "whatsapp_opt_in_at"];

/// Lists a patient's contacts, oldest first. Counts as reading the patient's record, and is audited.
pub async fn list_contacts(
    app: &App,
    ctx: &Context,
    patient: PatientId,
    page: &PageRequest,
) -> Result<Slice<Contact>, AppError> {
    let patient = read_patient(app, ctx, patient).await?;
    let contacts = patient.profile.contacts.iter().map(|contact| (contact.id.to_string(), contact.clone()));
    Ok(paginate(contacts.collect(), page))
}

/// Reads a contact. Counts as reading the patient's record, and is audited.
pub async fn get_contact(app: &App, ctx: &Context, patient: PatientId, id: ContactId) -> Result<Contact, AppError> {
    find_contact(&read_patient(app, ctx, patient).await?, id)
}

fn find_contact(patient: &Patient, id: ContactId) -> Result<Contact, AppError> {
    patient.profile.contacts.get(id).cloned().ok_or(AppError::NotFound)
}

/// Adds a contact. A new primary contact replaces the former one.
///
/// # Errors
/// [`AppError::NotFound`] if the patient doesn't exist; [`AppError::Validation`] for an eleventh contact, and for a
/// contact that receives messages and has no number.
pub async fn create_contact(
    app: &App,
    ctx: &Context,
    patient: PatientId,
    profile: &ContactProfile,
) -> Result<Outcome<Contact>, AppError> {
    crate::retry!(number => try_create(app, ctx, patient, profile, number))
}

async fn try_create(
    app: &App,
    ctx: &Context,
    patient: PatientId,
    profile: &ContactProfile,
    attempt: u32,
) -> Result<Outcome<Contact>, AttemptError> {
    if let Some(id) = ctx.previous_outcome(app, attempt).await? {
        return Ok(Outcome {
            value: get_contact(app, ctx, patient, id).await?,
            replayed: ctx.idempotency_key.from_client,
        });
    }
    let before = get_patient(app, patient).await?;
    let id = app.new_id();
    let contacts = before.profile.contacts.added(id, profile.clone())?;
    let after = write_contacts(app, ctx, &before, contacts, id).await?;
    Ok(Outcome { value: find_contact(&after, id)?, replayed: false })
}

/// A contact of a patient.
#[derive(Debug, Clone, Copy)]
pub struct ContactRef {
    pub patient: PatientId,
    pub contact: ContactId,
}

/// Changes a contact. A new primary contact replaces the former one.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::PreconditionFailed`]; [`AppError::Validation`] for a contact that receives
/// messages and has no number; the errors of `next`.
pub async fn update_contact(
    app: &App,
    ctx: &Context,
    contact: ContactRef,
    if_match: Option<u64>,
    next: impl Fn(&Contact) -> Result<ContactProfile, AppError> + Send + Sync,
) -> Result<Contact, AppError> {
    crate::retry!(number => try_update(app, ctx, contact, if_match, &next, number))
}

async fn try_update(
    app: &App,
    ctx: &Context,
    ContactRef { patient, contact: id }: ContactRef,
    if_match: Option<u64>,
    next: &(impl Fn(&Contact) -> Result<ContactProfile, AppError> + Send + Sync),
    attempt: u32,
) -> Result<Contact, AttemptError> {
    if ctx.previous_outcome::<ContactId>(app, attempt).await?.is_some() {
        return Ok(get_contact(app, ctx, patient, id).await?);
    }
    let before = get_patient(app, patient).await?;
    let contact = find_contact(&before, id)?;
    let profile = next(&contact)?;
    expect_version(if_match, contact.version)?;
    if profile == contact.profile {
        return Ok(contact);
    }
    let contacts = before.profile.contacts.changed(id, &profile)?;
    let after = write_contacts(app, ctx, &before, contacts, id).await?;
    Ok(find_contact(&after, id)?)
}

/// Deletes a contact. If it received the patient's messages, they go to the next contact that receives messages, or to
/// the patient.
pub async fn delete_contact(
    app: &App,
    ctx: &Context,
    patient: PatientId,
    id: ContactId,
    if_match: Option<u64>,
) -> Result<(), AppError> {
    crate::retry!(number => try_delete(app, ctx, patient, id, if_match, number))
}

async fn try_delete(
    app: &App,
    ctx: &Context,
    patient: PatientId,
    id: ContactId,
    if_match: Option<u64>,
    attempt: u32,
) -> Result<(), AttemptError> {
    if ctx.previous_outcome::<ContactId>(app, attempt).await?.is_some() {
        return Ok(());
    }
    let before = get_patient(app, patient).await?;
    expect_version(if_match, find_contact(&before, id)?.version)?;
    write_contacts(app, ctx, &before, before.profile.contacts.removed(id), id).await?;
    Ok(())
}

/// Writes the patient's row with its new contacts, opted out if the number of the messages is now one that has opted out;
/// the phone index of the patient, and an audit row for each contact
/// that has changed. `id` is the contact that the request names.
async fn write_contacts(
    app: &App,
    ctx: &Context,
    before: &Patient,
    contacts: Contacts,
    id: ContactId,
) -> Result<Patient, AttemptError> {
    expect_not_erased(before)?;
    let mut uow = UnitOfWork::with_outcome(app, ctx, id);
    let mut profile = PatientProfile { contacts, ..before.profile.clone() };
    let is_same = profile.recipient_phone() == before.profile.recipient_phone();
    if profile.whatsapp_opt_in && !is_same && recipient_is_opted_out(app, &profile).await? {
        profile = PatientProfile { whatsapp_opt_in: false, whatsapp_opt_in_at: Some(uow.now), ..profile };
        let changes = differences(Some(&before.profile), Some(&profile), AUDITED_OPT_IN);
        let changes = changes.into_iter().filter(|(field, _)| AUDITED_OPT_IN.contains(&field.as_str())).collect();
        uow.audit(("patient", before.id), AuditAction::Update, changes);
    }
    let after = before.clone().changed(profile, before.is_active, uow.now);
    let rest = replace_indexed(&mut uow.transaction, before, &after);
    let sweep = match rest {
        Some(task) => Some(schedule_sweep(&mut uow, task).await?),
        None => None,
    };
    save_contact_numbers(&mut uow.transaction, before, &after);
    let (old, new) = (&before.profile.contacts, &after.profile.contacts);
    let removed = old.iter().filter(|contact| new.get(contact.id).is_none());
    for contact in removed {
        audit_contact_change(&mut uow, before.id, Some(contact), None);
    }
    for contact in new.iter() {
        audit_contact_change(&mut uow, before.id, old.get(contact.id), Some(contact));
    }
    uow.commit().await?;
    if let Some(sweep) = sweep {
        begin_sweep(app, sweep).await;
    }
    Ok(after)
}

/// Adds the audit row of a contact that was created, changed or deleted.
pub(crate) fn audit_contact_change(
    uow: &mut UnitOfWork<'_>,
    patient: PatientId,
    before: Option<&Contact>,
    after: Option<&Contact>,
) {
    let profile = |contact: Option<&Contact>| contact.map(|contact| contact.profile.clone());
    let mut changes = differences(profile(before).as_ref(), profile(after).as_ref(), AUDIT_PLAINTEXT);
    let patient_of = |contact: Option<&Contact>| contact.map(|_| patient.to_string());
    let (action, contact) = match (before, after) {
        (None, Some(contact)) => (AuditAction::Create, contact),
        (Some(contact), None) => (AuditAction::Delete, contact),
        (Some(old), Some(new)) if old != new => (AuditAction::Update, new),
        _ => return,
    };
    if action != AuditAction::Update {
        changes.insert("patient".to_owned(), FieldChange { old: patient_of(before), new: patient_of(after) });
    }
    uow.audit(("contact", contact.id), action, changes);
}
