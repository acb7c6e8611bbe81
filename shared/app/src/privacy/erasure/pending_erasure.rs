//! Overwrites what an erasure leaves: copies of the name, reasons, notes, addresses and message texts. Each step may
//! be repeated, and leaves other patients' data alone.

use crate::App;
use crate::directory::patients::{get_patient, patients_with_number};
use crate::messaging::outbox::attention::{self, NeedsAttention};
use crate::privacy::export::written_by;
use crate::support::context::Context;
use crate::support::error::AppError;
use crate::support::job::{JobStep, UnreadableRows};
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
use store::erasure::{Erasure, ErasureProgress, PendingErasure};
use store::external_user::ExternalUser;
use store::inbound::Inbound;
use store::keys::Key;
use store::notification::{self, RemindedAppointment};
use store::number_restrictions::NumberRestrictions;
use store::recipient_rate_limit::RecipientRateLimit;
use store::{Entity as _, Purpose, Transaction, UnreadableRow, patterns};
use uuid::Uuid;

/// The scheduled job resumes erasures this old: indexes may lag, and the request itself may still be running.
const RESUME_AFTER: TimeDelta = TimeDelta::minutes(1);

/// A request overwrites for this long, and leaves the rest to the scheduled job.
const REQUEST_TIME: TimeDelta = TimeDelta::seconds(5);
/// After this many appointments the progress is stored and the time is checked.
const CHUNK: usize = 20;

/// Overwrites what is left. The erasure is committed, so a failure is left to the scheduled job.
pub(super) async fn overwrite(app: &App, pending: PendingErasure) {
    let (patient, unreadable) = (pending.patient, UnreadableRows::default());
    let step = JobStep { deadline: Some(app.now().plus(REQUEST_TIME)), unreadable: &unreadable };
    if let Err(error) = try_overwrite(app, pending, Pass::WithTheRequest, &step).await {
        tracing::warn!(%patient, %error, "failed to finish an erasure; the scheduled job resumes it");
    }
}

/// Resumes pending erasures. Each is checked at least once some time after its request, and is finished once nothing
/// is left to overwrite and its ledger entry is in the archive.
pub async fn resume_pending(app: &App, step: &JobStep<'_>) -> Result<(), AppError> {
    let all_pending: Vec<PendingErasure> =
        step.read_work(app, &patterns::pending_erasures(app.now().plus(-RESUME_AFTER))).await?;
    for pending in all_pending {
        if step.is_over(app.now()) {
            break;
        }
        let patient = pending.patient;
        if let Err(error) = step.attempt(finish(app, pending, step)).await {
            tracing::error!(%patient, %error, "failed to finish an erasure");
        }
    }
    Ok(())
}

async fn finish(app: &App, pending: PendingErasure, step: &JobStep<'_>) -> Result<(), AppError> {
    let (patient, key) = (pending.patient, pending.key());
    if !try_overwrite(app, pending, Pass::Later, step).await? {
        return Ok(());
    }
    let not_archived = |error: ArchiveError| AppError::Busy(error.to_string());
    if let Some(erasure) = app.table.get::<Erasure>(&Key::erasure(patient)).await? {
        let line = serde_json::to_string(&erasure).map_err(|error| AppError::Internal(error.to_string()))?;
        app.archive.put_if_absent(&format!("erasures/{patient}.json"), &line).await.map_err(not_archived)?;
    }
    let mut done = Transaction::default();
    done.delete(Purpose::Append, key);
    app.table.transact(done).await.map_err(|error| AppError::Busy(error.to_string()))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pass {
    /// Indexes may lag, so that it is not enough that it finds nothing.
    WithTheRequest,
    Later,
}

/// Overwrites what it finds, in chunks of appointments. Returns whether a whole pass has found nothing to overwrite; one
/// that the deadline ends is continued by the next run. An unreadable row is skipped and keeps the erasure pending.
async fn try_overwrite(
    app: &App,
    mut pending: PendingErasure,
    pass: Pass,
    step: &JobStep<'_>,
) -> Result<bool, AppError> {
    let pseudonym = get_patient(app, pending.patient).await?.profile.full_name();
    let all =
        app.table.all_work::<Appointment>(&patterns::appointments_of_patient(pending.patient, None, None)).await?;
    let mut is_clean = record_unreadable(step, &all.unreadable) && pass == Pass::Later;
    let ids: Vec<AppointmentId> = all.rows.iter().map(|appointment| appointment.id).collect();
    let mut left = ids.as_slice();
    if let Some(progress) = pending.progress {
        let index = ids.iter().position(|id| *id == progress.after);
        left = index.and_then(|index| ids.get(index + 1..)).unwrap_or(left);
        is_clean &= progress.is_clean && index.is_some();
    }
    while !left.is_empty() {
        if step.is_over(app.now()) {
            return Ok(false);
        }
        let (chunk, rest) = left.split_at(left.len().min(CHUNK));
        for id in chunk {
            let work = overwrite_appointment(app, *id, &mut pending, &pseudonym, step);
            is_clean &= or_unreadable(step.attempt(work).await)?;
        }
        if let (Some(after), false) = (chunk.last().copied(), rest.is_empty()) {
            pending.progress = Some(ErasureProgress { after, is_clean });
            save(app, &pending).await?;
        }
        left = rest;
    }
    let ids: BTreeSet<AppointmentId> = ids.into_iter().collect();
    for number in &pending.numbers {
        is_clean &= or_unreadable(step.attempt(erase_number(app, number, pending.patient, &ids)).await)?;
    }
    if pending.progress.take().is_some() {
        save(app, &pending).await?;
    }
    Ok(is_clean)
}

/// What an unreadable row belongs to is left for a later pass.
fn or_unreadable(is_clean: Result<bool, AppError>) -> Result<bool, AppError> {
    match is_clean {
        Err(AppError::Unreadable(_)) => Ok(false),
        other => other,
    }
}

/// Records the rows. Returns whether there are none.
fn record_unreadable(step: &JobStep<'_>, rows: &[UnreadableRow]) -> bool {
    rows.iter().for_each(|row| step.unreadable.record(row));
    rows.is_empty()
}

async fn save(app: &App, pending: &PendingErasure) -> Result<(), AppError> {
    crate::retry!(_number => async {
        let mut transaction = Transaction::default();
        transaction.overwrite(Purpose::Append, pending);
        Ok::<(), AttemptError>(app.table.transact(transaction).await?)
    })
}

/// Overwrites an appointment, its history and its notifications. Returns whether there was nothing to overwrite.
async fn overwrite_appointment(
    app: &App,
    id: AppointmentId,
    pending: &mut PendingErasure,
    pseudonym: &Name,
    step: &JobStep<'_>,
) -> Result<bool, AppError> {
    let mut is_clean = crate::retry!(_number => erase_appointment(app, id, pseudonym))?;
    let history = app.table.all_work::<ActionRow>(&patterns::actions_of_appointment(id)).await?;
    is_clean &= record_unreadable(step, &history.unreadable);
    is_clean &= erase_history(app, history.rows, pseudonym).await?;
    let messages = app.table.all_work::<Notification>(&patterns::notifications_of_appointment(id)).await?;
    is_clean &= record_unreadable(step, &messages.unreadable);
    let known = pending.numbers.len();
    pending.numbers.extend(messages.rows.iter().filter_map(|row| row.to.as_ref()).map(|to| MatchKey::of(&to.0)));
    if pending.numbers.len() > known {
        // Store the numbers first: a retry may no longer find them in the overwritten notifications.
        save(app, pending).await?;
    }
    for message in &messages.rows {
        is_clean &= crate::retry!(_number => erase_notification(app, message))?;
    }
    Ok(is_clean)
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
async fn erase_history(app: &App, rows: Vec<ActionRow>, pseudonym: &Name) -> Result<bool, AppError> {
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
    notification::save(&mut uow.transaction, &before, &after);
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
        gone.extend(number_records(app, number).await?);
    }
    let mut is_done = gone.is_empty();
    if is_shared {
        is_done &= crate::retry!(_number => leave_quarantine(app, number, patient))?;
    }
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

/// The rows about a number itself: its restrictions, and the WhatsApp users who have it.
async fn number_records(app: &App, number: &MatchKey) -> Result<Vec<Key>, AppError> {
    let users = app.table.query_all::<ExternalUser>(&patterns::external_users(number)).await?;
    let own = app.table.get::<ExternalUser>(&Key::external_user(number)).await?;
    let mut keys: Vec<Key> = users.iter().chain(&own).map(ExternalUser::key).collect();
    for number in users.iter().map(|user| &user.user).chain([number]) {
        let restrictions = Key::number_restrictions(number);
        keys.extend(app.table.get::<NumberRestrictions>(&restrictions).await?.map(|_| restrictions));
    }
    Ok(keys)
}

/// Takes a patient out of the quarantine of a number that others have. Returns whether there was none.
async fn leave_quarantine(app: &App, number: &MatchKey, patient: PatientId) -> Result<bool, AttemptError> {
    let found = app.table.get::<NumberRestrictions>(&Key::number_restrictions(number)).await?;
    let Some(before) = found.filter(|before| before.is_quarantined(patient)) else { return Ok(true) };
    let mut after = NumberRestrictions { version: before.version + 1, ..before.clone() };
    after.quarantine.remove(&patient);
    let mut transaction = Transaction::default();
    transaction.replace(Purpose::Version, &after, before.version);
    app.table.transact(transaction).await?;
    Ok(false)
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
        sender_address: None,
        readable: None,
        body: MessageText(String::new()),
        media: Vec::new(),
        button_payload: None,
        needs_attention: false,
        version: before.version + 1,
        ..before.clone()
    };
    let mut transaction = Transaction::default();
    transaction.replace(Purpose::Version, &after, before.version);
    Ok(app.table.transact(transaction).await?)
}
