//! Puts a number into quarantine for a patient whose number it isn't, and lifts that again. Meanwhile nothing about the
//! patient is sent to the number, which the claim of each message reads
//! ([`outbox`](crate::messaging::outbox)), and messages from it don't count as the patient's.

use crate::App;
use crate::directory::number_restrictions::restrictions_of;
use crate::directory::patients::get_patient;
use crate::messaging::message_chain::is_on_its_way;
use crate::support::context::Context;
use crate::support::error::AppError;
use crate::support::retry::AttemptError;
use crate::support::unit_of_work::UnitOfWork;
use domain::appointment::Appointment;
use domain::clinic::Clinic;
use domain::ids::{AppointmentId, PatientId};
use domain::notification::{Notification, NotificationStatus, Withdrawal};
use domain::patient::Patient;
use domain::phone::{MatchKey, Phone};
use domain::time::Instant;
use std::collections::BTreeMap;
use store::appointment::{MessageCopies, update_message_copies};
use store::audit::{AuditAction, FieldChange};
use store::keys::Key;
use store::number_restrictions::NumberRestrictions;
use store::{Purpose, patterns};

/// The messages about at most this many appointments of a patient are withdrawn with the quarantine, because a transaction
/// has a limit. The claim drops the others.
const MAX_WITHDRAWN: usize = 12;

/// The field of the patient's audit row: the number itself is personal.
const AUDITED: &str = "number_in_quarantine";

/// Puts a number into quarantine for some patients, and withdraws what is pending to it.
pub(crate) async fn quarantine(
    uow: &mut UnitOfWork<'_>,
    number: &MatchKey,
    patients: &[Patient],
) -> Result<(), AppError> {
    let before = restrictions_of(uow.app, number).await?;
    let mut after = NumberRestrictions { version: before.version + 1, ..before.clone() };
    for patient in patients.iter().filter(|patient| !before.is_quarantined(patient.id)) {
        after.quarantine.insert(patient.id, uow.now);
        audit(uow, patient.id, true);
        if patient.profile.recipient_phone().is_some_and(|recipient| recipient.match_key() == *number) {
            withdraw_messages(uow, patient.id).await?;
        }
    }
    if after.quarantine != before.quarantine {
        uow.transaction.replace(Purpose::Version, &after, before.version);
    }
    Ok(())
}

/// Lifts the quarantine of a number for a patient: staff say that it is the patient's. Returns whether there was one.
pub async fn lift_quarantine(
    uow: &mut UnitOfWork<'_>,
    patient: PatientId,
    number: &MatchKey,
) -> Result<bool, AppError> {
    let before = restrictions_of(uow.app, number).await?;
    if !before.is_quarantined(patient) {
        return Ok(false);
    }
    let mut after = NumberRestrictions { version: before.version + 1, ..before.clone() };
    after.quarantine.remove(&patient);
    uow.transaction.replace(Purpose::Version, &after, before.version);
    audit(uow, patient, false);
    Ok(true)
}

fn audit(uow: &mut UnitOfWork<'_>, patient: PatientId, is_quarantined: bool) {
    let change = FieldChange { old: Some((!is_quarantined).to_string()), new: Some(is_quarantined.to_string()) };
    uow.audit(("patient", patient), AuditAction::Update, BTreeMap::from([(AUDITED.to_owned(), change)]));
}

/// Withdraws the messages about a patient's appointments to come that weren't sent yet. One that is being sent is marked:
/// the sender checks the mark right before the send.
async fn withdraw_messages(uow: &mut UnitOfWork<'_>, patient: PatientId) -> Result<(), AppError> {
    for appointment in appointments_to_come(uow.app, patient, uow.now).await?.into_iter().take(MAX_WITHDRAWN) {
        let messages = patterns::notifications_of_appointment(appointment.id);
        for message in uow.app.table.query_all::<Notification>(&messages).await? {
            withdraw(uow, &message).await?;
        }
    }
    Ok(())
}

async fn appointments_to_come(app: &App, patient: PatientId, now: Instant) -> Result<Vec<Appointment>, AppError> {
    Ok(app.table.query_all(&patterns::appointments_of_patient(patient, Some(now), None)).await?)
}

async fn withdraw(uow: &mut UnitOfWork<'_>, message: &Notification) -> Result<(), AppError> {
    // The index may lag.
    let Some(before) = uow.app.table.get::<Notification>(&Key::notification(message.id)).await? else { return Ok(()) };
    let mut after = Notification { version: before.version + 1, ..before.clone() };
    if before.status == NotificationStatus::Pending {
        after.status = NotificationStatus::Cancelled;
        after.next_at = None;
    } else if is_on_its_way(before.status) && before.withdrawn.is_none() {
        after.withdrawn = Some(Withdrawal::NotNotified);
    } else {
        return Ok(());
    }
    store::notification::save(&mut uow.transaction, &before, &after);
    let appointment = uow.app.table.get::<Appointment>(&Key::appointment(before.appointment)).await?;
    let is_reminder = appointment.is_some_and(|appointment| appointment.reminder.notification == before.id);
    if is_reminder && after.status != before.status {
        let copies = MessageCopies { reminder: Some(after.status), ..MessageCopies::default() };
        update_message_copies(&mut uow.transaction, before.appointment, copies);
    }
    Ok(())
}

/// What staff saved of the numbers of a patient.
#[derive(Debug, Clone)]
pub enum SavedNumber {
    /// This number, also if it is the same as before: it is the patient's or a contact's.
    Confirmed(Phone),
    /// The messages may go elsewhere than before.
    Changed,
}

/// After staff have saved a number of a patient: lifts its quarantine, and adds the reminders that a quarantine withdrew.
/// Both may be repeated: a request that failed in between is made good by the next one that saves the number.
pub async fn number_saved(app: &App, ctx: &Context, patient: PatientId, saved: SavedNumber) -> Result<(), AppError> {
    if let SavedNumber::Confirmed(number) = &saved {
        crate::retry!(_number => confirm(app, ctx, patient, &number.match_key()))?;
    }
    let patient = get_patient(app, patient).await?;
    let Some(number) = patient.profile.recipient_phone().map(Phone::match_key) else { return Ok(()) };
    let restrictions = restrictions_of(app, &number).await?;
    if !patient.profile.whatsapp_opt_in || restrictions.opted_out.is_some() || restrictions.is_quarantined(patient.id) {
        return Ok(());
    }
    let upcoming = appointments_to_come(app, patient.id, app.now()).await?;
    for appointment in upcoming.into_iter().filter(lacks_reminder) {
        crate::retry!(_number => renew_reminder(app, ctx, appointment.id, &patient))?;
    }
    Ok(())
}

async fn confirm(app: &App, ctx: &Context, patient: PatientId, number: &MatchKey) -> Result<(), AttemptError> {
    let mut uow = UnitOfWork::new(app, ctx);
    if lift_quarantine(&mut uow, patient, number).await? {
        uow.commit().await?;
    }
    Ok(())
}

fn lacks_reminder(appointment: &Appointment) -> bool {
    appointment.is_active() && !appointment.stranded && appointment.reminder.status == NotificationStatus::Cancelled
}

async fn renew_reminder(app: &App, ctx: &Context, id: AppointmentId, patient: &Patient) -> Result<(), AttemptError> {
    let found = app.table.get::<Appointment>(&Key::appointment(id)).await?;
    let Some(before) = found.filter(lacks_reminder) else { return Ok(()) };
    let clinic = app.table.get::<Clinic>(&Key::clinic(before.clinic)).await?.ok_or(AppError::NotFound)?;
    let mut uow = UnitOfWork::new(app, ctx);
    let mut after = before.clone();
    uow.renew_reminder(&mut after, patient, &clinic).await?;
    if after.reminder == before.reminder {
        return Ok(());
    }
    after.updated_at = uow.now;
    after.version = before.version + 1;
    uow.transaction.replace(Purpose::Version, &after, before.version);
    uow.audit(("notification", after.reminder.notification), AuditAction::Create, BTreeMap::new());
    uow.commit().await
}
