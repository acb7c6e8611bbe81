//! Links the number of an inbound message to a patient: from then on its messages are that patient's.
//!
//! A patient without a number gets this one. One who has another number writes from a new phone: the new number takes
//! its place, and the old one is kept as a contact that receives nothing, so that no number is lost. To reach somebody
//! else in the patient's place, staff add a contact instead.

use super::listed::ListedInbound;
use super::worklist::{get_inbound, get_listed};
use crate::App;
use crate::directory::contacts::audit_contact_change;
use crate::directory::records::{Profile as _, replace_indexed};
use crate::messaging::quarantine::{SavedNumber, number_saved};
use crate::support::change::differences;
use crate::support::context::{Context, Outcome};
use crate::support::error::AppError;
use crate::support::retry::AttemptError;
use crate::support::unit_of_work::UnitOfWork;
use crate::sweeps::schedule_sweep;
use domain::attention::AttentionKind;
use domain::contact::ContactProfile;
use domain::ids::{InboundId, PatientId};
use domain::messages::previous_number;
use domain::notification::Address;
use domain::patient::{Patient, PatientProfile};
use domain::phone::{Country, Phone};
use domain::text::Line;
use domain::violation::{Rule, Violations};
use std::collections::BTreeMap;
use store::audit::{AuditAction, FieldChange};
use store::contact::save_contact_numbers;
use store::inbound::Inbound;
use store::keys::Key;
use store::{Purpose, Transaction, patterns};

/// How many messages of the number are read for the patient's thread: the latest. Older ones stay with the number.
const MAX_MESSAGES: usize = 500;
/// How many of them are changed in one transaction.
const CHUNK: usize = 25;

/// Links the number of a message to a patient, with the earlier messages of the number that belong to nobody. Those
/// that are in the worklist as a new contact are done. A quarantine of the number for the patient is lifted.
///
/// # Errors
/// Those of [`get_inbound`]; [`AppError::Validation`] for `patient` if there is no such active patient, for `from` if the
/// sender hides the number, and for `contacts` if the patient has no room for the old number.
pub async fn link_number(
    app: &App,
    ctx: &Context,
    id: InboundId,
    patient: PatientId,
) -> Result<Outcome<ListedInbound>, AppError> {
    let replayed = crate::retry!(number => try_link(app, ctx, id, patient, number))?;
    // Also after a replay: a crash may have come in between.
    let message = get_inbound(app, ctx, id).await?;
    link_earlier_messages(app, &message, patient).await?;
    if let Ok(number) = dialled(&message.from) {
        number_saved(app, ctx, patient, SavedNumber::Confirmed(number)).await?;
    }
    Ok(Outcome { value: get_listed(app, ctx, id).await?, replayed })
}

/// Returns whether the request was executed before.
async fn try_link(
    app: &App,
    ctx: &Context,
    id: InboundId,
    patient: PatientId,
    attempt: u32,
) -> Result<bool, AttemptError> {
    if ctx.previous_outcome::<InboundId>(app, attempt).await?.is_some() {
        return Ok(ctx.idempotency_key.from_client);
    }
    let message = get_inbound(app, ctx, id).await?;
    let found = app.table.get::<Patient>(&Key::patient(patient)).await?;
    let found = found.filter(|patient| patient.profile.erased_at.is_none());
    let mut violations = Violations::default();
    violations.expect_active("patient", found.as_ref().map(|patient| patient.is_active));
    let number = violations.take("from", dialled(&message.from));
    let (before, number) = violations.finish(found.zip(number))?;
    let mut uow = UnitOfWork::with_outcome(app, ctx, id);
    give_number(&mut uow, &before, number).await?;
    let after = linked(&message, patient);
    if after.is_none() && before.profile.accepts_replies_from(&message.number()) {
        uow.commit_unchanged().await?;
        return Ok(false);
    }
    if let Some(after) = after {
        uow.transaction.replace(Purpose::Version, &after, message.version);
    }
    let of = |patient: Option<PatientId>| patient.map(|id| id.to_string());
    let change = FieldChange { old: of(message.patient), new: of(Some(patient)) };
    uow.audit(("inbound", id), AuditAction::Update, BTreeMap::from([("patient".to_owned(), change)]));
    uow.commit().await?;
    Ok(false)
}

/// The number to dial of a sender, read as an international one only: user ids of senders who hide theirs are no numbers.
fn dialled(from: &Address) -> Result<Phone, Rule> {
    Phone::parse(from.0.strip_prefix("whatsapp:").unwrap_or(&from.0), Country::NOWHERE)
}

/// Makes the number the patient's, unless replies from it count as the patient's already.
async fn give_number(uow: &mut UnitOfWork<'_>, before: &Patient, number: Phone) -> Result<(), AppError> {
    if before.profile.accepts_replies_from(&number.match_key()) {
        return Ok(());
    }
    let mut profile = PatientProfile { phone_number: Some(number), ..before.profile.clone() };
    let changes = differences(Some(&before.profile), Some(&profile), PatientProfile::AUDIT_PLAINTEXT);
    uow.audit((PatientProfile::MODEL, before.id), AuditAction::Update, changes);
    if let Some(contact) = contact_with_old_number(&before.profile)? {
        let id = uow.app.new_id();
        profile.contacts = profile.contacts.added(id, contact)?;
        audit_contact_change(uow, before.id, None, profile.contacts.get(id));
    }
    let after = before.clone().changed(profile, before.is_active, uow.now);
    if let Some(rest) = replace_indexed(&mut uow.transaction, before, &after) {
        // The scheduled job does it: the patient is found by the new number at once.
        schedule_sweep(uow, rest).await?;
    }
    save_contact_numbers(&mut uow.transaction, before, &after);
    Ok(())
}

/// A contact that keeps the patient's present number, if no contact has it.
fn contact_with_old_number(profile: &PatientProfile) -> Result<Option<ContactProfile>, Violations> {
    let Some(number) = &profile.phone_number else { return Ok(None) };
    let is_kept = |contact: &domain::contact::Contact| {
        contact.profile.phone_number.as_ref().is_some_and(|kept| kept.match_key() == number.match_key())
    };
    if profile.contacts.iter().any(is_kept) {
        return Ok(None);
    }
    let relationship = Line::parse(previous_number(profile.language)).ok();
    Ok(Some(ContactProfile {
        name: profile.first_name.clone(),
        relationship,
        phone_number: Some(number.clone()),
        email: None,
        is_primary: false,
        receives_notifications: false,
    }))
}

/// A message after the link; `None` if it doesn't change. A message about an appointment stays that patient's, and one
/// that isn't in the worklist as a new contact stays there.
fn linked(message: &Inbound, patient: PatientId) -> Option<Inbound> {
    let is_nobodys = message.patient.is_none() && message.appointment.is_none();
    let is_new_contact = message.needs_attention
        && message.attention.is_some_and(|attention| attention.kind == AttentionKind::NewContact);
    (is_nobodys || is_new_contact).then(|| Inbound {
        patient: message.patient.or(Some(patient)),
        needs_attention: message.needs_attention && !is_new_contact,
        version: message.version + 1,
        ..message.clone()
    })
}

/// Links the earlier messages of a number, each once.
async fn link_earlier_messages(app: &App, message: &Inbound, patient: PatientId) -> Result<(), AppError> {
    let pattern = patterns::inbound_of_number(&message.number()).reversed().limit(MAX_MESSAGES);
    let rows = app.table.query::<Inbound>(&pattern).await?.rows;
    let keys: Vec<Key> = rows
        .into_iter()
        .filter(|(_, row)| row.processed_at.is_some() && linked(row, patient).is_some())
        .map(|(_, row)| Key::inbound(row.id()))
        .collect();
    for chunk in keys.chunks(CHUNK) {
        crate::retry!(_number => link_messages(app, chunk, patient))?;
    }
    Ok(())
}

async fn link_messages(app: &App, keys: &[Key], patient: PatientId) -> Result<(), AttemptError> {
    let mut batch = app.table.batch(keys).await?;
    let mut transaction = Transaction::default();
    for key in keys {
        let Some(before) = batch.take::<Inbound>(key)? else { continue };
        if let Some(after) = linked(&before, patient) {
            transaction.replace(Purpose::Version, &after, before.version);
        }
    }
    if transaction.is_empty() {
        return Ok(());
    }
    Ok(app.table.transact(transaction).await?)
}
