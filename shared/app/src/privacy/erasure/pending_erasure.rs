//! Overwrites what an erasure leaves: copies of the name, reasons, notes, addresses and message texts. Each step may
//! be repeated, and leaves other patients' data alone.

use crate::App;
use crate::directory::patients::{get_patient, patients_with_number};
use crate::messaging::outbox::attention::{self, NeedsAttention};
use crate::privacy::export::written_by;
use crate::support::context::Context;
use crate::support::error::AppError;
use crate::support::ports::ArchiveError;
use crate::support::retry::AttemptError;
use crate::support::unit_of_work::UnitOfWork;
use domain::actor::Actor;
use domain::appointment::Appointment;
use domain::ids::{AppointmentId, PatientId};
use domain::name::Name;
use domain::notification::{Address, MessageText, Notification, NotificationStatus};
use domain::phone::MatchKey;
use domain::time::TimeDelta;
use std::collections::BTreeSet;
use store::action::ActionRow;
use store::conversation::Conversation;
use store::erasure::{Erasure, PendingErasure};
use store::inbound::Inbound;
use store::keys::Key;
use store::notification::{RemindedAppointment, save};
use store::recipient_rate_limit::RecipientRateLimit;
use store::{Entity as _, Purpose, Transaction, patterns};
use uuid::Uuid;

/// The scheduled job resumes erasures this old: indexes may lag, and the request itself may still be running.
const RESUME_AFTER: TimeDelta = TimeDelta::minutes(1);

/// Overwrites what is left. The erasure is committed, so a failure is left to the scheduled job.
pub(super) async fn overwrite(app: &App, pending: &PendingErasure) {
    if let Err(error) = try_overwrite(app, pending).await {
        tracing::warn!(patient = %pending.patient, %error, "failed to finish an erasure; the scheduled job resumes it");
    }
}

/// Resumes pending erasures. Each is checked at least once some time after its request, and is finished once nothing
/// is left to overwrite and its ledger entry is in the archive.
pub async fn resume_pending(app: &App) -> Result<(), AppError> {
    let all_pending: Vec<PendingErasure> =
        app.table.query_all(&patterns::pending_erasures(app.now().plus(-RESUME_AFTER))).await?;
    for pending in &all_pending {
        if let Err(error) = finish(app, pending).await {
            tracing::error!(patient = %pending.patient, %error, "failed to finish an erasure");
        }
    }
    Ok(())
}

async fn finish(app: &App, pending: &PendingErasure) -> Result<(), AppError> {
    if !try_overwrite(app, pending).await? {
        return Ok(());
    }
    let not_archived = |error: ArchiveError| AppError::Busy(error.to_string());
    if let Some(erasure) = app.table.get::<Erasure>(&Key::erasure(pending.patient)).await? {
        let line = serde_json::to_string(&erasure).map_err(|error| AppError::Internal(error.to_string()))?;
        app.archive.put_if_absent(&format!("erasures/{}.json", pending.patient), &line).await.map_err(not_archived)?;
    }
    let mut done = Transaction::default();
    done.delete(Purpose::Append, pending.key());
    app.table.transact(done).await.map_err(|error| AppError::Busy(error.to_string()))
}

/// Overwrites what it finds. Returns whether nothing was left.
async fn try_overwrite(app: &App, pending: &PendingErasure) -> Result<bool, AppError> {
    let pseudonym = get_patient(app, pending.patient).await?.profile.full_name();
    let appointments: Vec<Appointment> =
        app.table.query_all(&patterns::appointments_of_patient(pending.patient, None, None)).await?;
    let (mut is_done, mut numbers) = (true, pending.numbers.clone());
    for appointment in &appointments {
        is_done &= crate::retry!(_number => erase_appointment(app, appointment.id, &pseudonym))?;
        is_done &= erase_history(app, appointment.id, &pseudonym).await?;
        let messages: Vec<Notification> =
            app.table.query_all(&patterns::notifications_of_appointment(appointment.id)).await?;
        let known = numbers.len();
        numbers.extend(messages.iter().filter_map(|message| message.to.as_ref()).map(|to| MatchKey::of(&to.0)));
        if numbers.len() > known {
            // Store the numbers first: a retry may no longer find them in the overwritten notifications.
            crate::retry!(_number => async {
                let mut transaction = Transaction::default();
                transaction.overwrite(Purpose::Append, &PendingErasure { numbers: numbers.clone(), ..pending.clone() });
                Ok::<(), AttemptError>(app.table.transact(transaction).await?)
            })?;
        }
        for message in &messages {
            is_done &= crate::retry!(_number => erase_notification(app, message))?;
        }
    }
    let appointments: BTreeSet<AppointmentId> = appointments.iter().map(|appointment| appointment.id).collect();
    for number in &numbers {
        is_done &= erase_number(app, number, pending.patient, &appointments).await?;
    }
    Ok(is_done)
}

async fn erase_appointment(app: &App, id: AppointmentId, pseudonym: &Name) -> Result<bool, AttemptError> {
    let Some(before) = app.table.get::<Appointment>(&Key::appointment(id)).await? else { return Ok(true) };
    let patient_name = pseudonym.clone();
    let erased = Appointment { patient_name, reason: None, notes: None, cancel_reason: None, ..before.clone() };
    if erased == before {
        return Ok(true);
    }
    // The version is raised so that a concurrent edit can't write the old values back.
    let after = Appointment { updated_at: app.now(), version: before.version + 1, ..erased };
    let mut transaction = Transaction::default();
    transaction.replace(Purpose::Version, &after, before.version);
    app.table.transact(transaction).await?;
    Ok(false)
}

/// Keeps the actors that aren't the patient, and the ids in payloads.
async fn erase_history(app: &App, appointment: AppointmentId, pseudonym: &Name) -> Result<bool, AppError> {
    let rows: Vec<ActionRow> = app.table.query_all(&patterns::actions_of_appointment(appointment)).await?;
    let mut is_done = true;
    for before in rows {
        let actor = match before.actor.clone() {
            Actor::Patient { id, .. } => Actor::Patient { id, name: pseudonym.clone() },
            other => other,
        };
        let mut after = ActionRow { actor, reason: None, ..before.clone() };
        after.payload.retain(|_, value| Uuid::try_parse(value).is_ok());
        if (&after.actor, &after.reason, &after.payload) == (&before.actor, &before.reason, &before.payload) {
            continue;
        }
        is_done = false;
        crate::retry!(_number => async {
            let mut transaction = Transaction::default();
            transaction.overwrite(Purpose::Append, &after);
            Ok::<(), AttemptError>(app.table.transact(transaction).await?)
        })?;
    }
    Ok(is_done)
}

/// A message that is being sent is left for the next run: its sender still holds the text and will record the
/// outcome.
async fn erase_notification(app: &App, message: &Notification) -> Result<bool, AttemptError> {
    let Some(before) = app.table.get::<Notification>(&Key::notification(message.id)).await? else { return Ok(true) };
    let is_in_flight = before.status == NotificationStatus::Claimed && before.lease_until > Some(app.now());
    if is_in_flight {
        return Ok(false);
    }
    let mut erased = Notification { to: None, text: None, error_message: None, ..before.clone() };
    if matches!(before.status, NotificationStatus::Pending | NotificationStatus::Claimed | NotificationStatus::Unknown)
    {
        erased.status = NotificationStatus::Cancelled;
    }
    erased.next_at = None;
    if erased == before {
        return Ok(true);
    }
    let mut after = Notification { version: before.version + 1, ..erased };
    let ctx = Context::of_scheduled_job();
    let mut uow = UnitOfWork::new(app, &ctx);
    save(&mut uow.transaction, &before, &after);
    if after.status != before.status {
        attention::update_appointment(&mut uow, &mut after, NeedsAttention::No, None).await?;
    }
    uow.commit().await?;
    Ok(false)
}

/// Erases what is stored under a number. If other patients share the number, their data stays.
async fn erase_number(
    app: &App,
    number: &MatchKey,
    patient: PatientId,
    appointments: &BTreeSet<AppointmentId>,
) -> Result<bool, AppError> {
    let is_shared = !patients_with_number(app, number).await?.is_empty();
    let reminded: Vec<RemindedAppointment> = app.table.query_all(&patterns::ever_reminded(number)).await?;
    let mut gone: Vec<Key> =
        reminded.iter().filter(|row| appointments.contains(&row.appointment)).map(|row| row.key()).collect();
    if !is_shared {
        let (conversation, spacing) = (Key::conversation(number), Key::recipient_rate_limit(number));
        let talked = app.table.get::<Conversation>(&conversation).await?.map(|_| conversation);
        let sent = app.table.get::<RecipientRateLimit>(&spacing).await?.map(|_| spacing);
        gone.extend(talked.into_iter().chain(sent));
    }
    let mut is_done = gone.is_empty();
    for key in gone {
        crate::retry!(_number => async {
            let mut transaction = Transaction::default();
            transaction.delete(Purpose::Append, key.clone());
            Ok::<(), AttemptError>(app.table.transact(transaction).await?)
        })?;
    }
    for message in written_by(app, patient, number, appointments, is_shared).await? {
        is_done = false;
        crate::retry!(_number => erase_inbound(app, &message, patient))?;
    }
    Ok(is_done)
}

/// The sender becomes the pseudonym's id, so that the messages of one patient stay together. An unprocessed message is
/// left for the next run.
async fn erase_inbound(app: &App, message: &Inbound, patient: PatientId) -> Result<(), AttemptError> {
    let Some(before) = app.table.get::<Inbound>(&Key::inbound(message.id())).await? else { return Ok(()) };
    if before.processed_at.is_none() {
        return Ok(());
    }
    let after = Inbound {
        from: Address(patient.to_string()),
        readable: None,
        body: MessageText(String::new()),
        button_payload: None,
        needs_attention: false,
        version: before.version + 1,
        ..before.clone()
    };
    let mut transaction = Transaction::default();
    transaction.replace(Purpose::Version, &after, before.version);
    Ok(app.table.transact(transaction).await?)
}
