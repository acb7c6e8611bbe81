//! What an erasure leaves to be overwritten: copies of the name, reasons, notes, addresses and words. Each
//! step may be done twice, and does no harm to what isn't the patient's.

use crate::App;
use crate::directory::patients::{get_patient, patients_with_number};
use crate::messaging::outbox::attention::{self, Person};
use crate::privacy::export::written_by;
use crate::support::attempts::Failure;
use crate::support::error::AppError;
use crate::support::ports::NotKept;
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
use store::erasure::{Erasure, Remains};
use store::inbound::Inbound;
use store::keys::Key;
use store::notification::{RemindedAppointment, save};
use store::spacing::Spacing;
use store::{Entity as _, Purpose, Transaction, patterns};
use uuid::Uuid;

/// How long indexes may lag, and a request may take, before the scheduled job looks again.
const PATIENCE: TimeDelta = TimeDelta::minutes(1);

/// Overwrites what is left. The erasure has happened: what can't be done now is left to the scheduled job.
pub(super) async fn overwrite(app: &App, remains: &Remains) {
    if let Err(error) = try_overwrite(app, remains).await {
        tracing::warn!(patient = %remains.patient, %error, "an erasure is left to the scheduled job");
    }
}

/// Takes up what erasures left. Each is looked at once more some time after it, and is over when there is
/// nothing to be done any more and the ledger is kept outside the table too.
///
/// # Errors
/// What reading says.
pub async fn take_up(app: &App) -> Result<(), AppError> {
    let left: Vec<Remains> = app.table.query_all(&patterns::remains(app.now().plus(-PATIENCE))).await?;
    for remains in &left {
        if let Err(error) = finish(app, remains).await {
            tracing::error!(patient = %remains.patient, %error, "an erasure could not be finished");
        }
    }
    Ok(())
}

async fn finish(app: &App, remains: &Remains) -> Result<(), AppError> {
    if !try_overwrite(app, remains).await? {
        return Ok(());
    }
    let not_kept = |error: NotKept| AppError::Busy(error.to_string());
    if let Some(erasure) = app.table.get::<Erasure>(&Key::erasure(remains.patient)).await? {
        let line = serde_json::to_string(&erasure).map_err(|error| AppError::Internal(error.to_string()))?;
        app.archive.keep(&format!("erasures/{}.json", remains.patient), &line).await.map_err(not_kept)?;
    }
    let mut done = Transaction::default();
    done.delete(Purpose::Append, remains.key());
    app.table.transact(done).await.map_err(|error| AppError::Busy(error.to_string()))
}

/// Overwrites what there is. Whether there was nothing left.
async fn try_overwrite(app: &App, remains: &Remains) -> Result<bool, AppError> {
    let pseudonym = get_patient(app, remains.patient).await?.profile.full_name();
    let appointments: Vec<Appointment> =
        app.table.query_all(&patterns::appointments_of_patient(remains.patient, None, None)).await?;
    let (mut is_over, mut numbers) = (true, remains.numbers.clone());
    for appointment in &appointments {
        is_over &= crate::attempt!(_number => of_appointment(app, appointment.id, &pseudonym))?;
        is_over &= of_history(app, appointment.id, &pseudonym).await?;
        let messages: Vec<Notification> =
            app.table.query_all(&patterns::notifications_of_appointment(appointment.id)).await?;
        let known = numbers.len();
        numbers.extend(messages.iter().filter_map(|message| message.to.as_ref()).map(|to| MatchKey::of(&to.0)));
        if numbers.len() > known {
            // Where the patient wrote from has to be known as long as something of it may be left.
            crate::attempt!(_number => async {
                let mut transaction = Transaction::default();
                transaction.overwrite(Purpose::Append, &Remains { numbers: numbers.clone(), ..remains.clone() });
                Ok::<(), Failure>(app.table.transact(transaction).await?)
            })?;
        }
        for message in &messages {
            is_over &= crate::attempt!(_number => of_message(app, message))?;
        }
    }
    let appointments: BTreeSet<AppointmentId> = appointments.iter().map(|appointment| appointment.id).collect();
    for number in &numbers {
        is_over &= of_number(app, number, remains.patient, &appointments).await?;
    }
    Ok(is_over)
}

async fn of_appointment(app: &App, id: AppointmentId, pseudonym: &Name) -> Result<bool, Failure> {
    let Some(before) = app.table.get::<Appointment>(&Key::appointment(id)).await? else { return Ok(true) };
    let patient_name = pseudonym.clone();
    let erased = Appointment { patient_name, reason: None, notes: None, cancel_reason: None, ..before.clone() };
    if erased == before {
        return Ok(true);
    }
    // Its version is raised: who edits it right now has read what mustn't be written back.
    let after = Appointment { updated_at: app.now(), version: before.version + 1, ..erased };
    let mut transaction = Transaction::default();
    transaction.replace(Purpose::Version, &after, before.version);
    app.table.transact(transaction).await?;
    Ok(false)
}

/// Who did what stays, as far as it wasn't the patient; so do the ids that belong to it.
async fn of_history(app: &App, appointment: AppointmentId, pseudonym: &Name) -> Result<bool, AppError> {
    let rows: Vec<ActionRow> = app.table.query_all(&patterns::actions_of_appointment(appointment)).await?;
    let mut is_over = true;
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
        is_over = false;
        crate::attempt!(_number => async {
            let mut transaction = Transaction::default();
            transaction.overwrite(Purpose::Append, &after);
            Ok::<(), Failure>(app.table.transact(transaction).await?)
        })?;
    }
    Ok(is_over)
}

/// What is being sent right now is left for the next time: whoever sends it has the words, and will say
/// what came of it.
async fn of_message(app: &App, message: &Notification) -> Result<bool, Failure> {
    let Some(before) = app.table.get::<Notification>(&Key::notification(message.id)).await? else { return Ok(true) };
    let is_underway = before.status == NotificationStatus::Claimed && before.lease_until > Some(app.now());
    if is_underway {
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
    let after = Notification { version: before.version + 1, ..erased };
    let mut transaction = Transaction::default();
    save(&mut transaction, &before, &after);
    if after.status != before.status {
        attention::show(app, &mut transaction, &after, Person::NotNeeded, app.now()).await?;
    }
    app.table.transact(transaction).await?;
    Ok(false)
}

/// What is kept under a number. Others may have it too: what is theirs stays.
async fn of_number(
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
        let (conversation, spacing) = (Key::conversation(number), Key::spacing(number));
        let talked = app.table.get::<Conversation>(&conversation).await?.map(|_| conversation);
        let sent = app.table.get::<Spacing>(&spacing).await?.map(|_| spacing);
        gone.extend(talked.into_iter().chain(sent));
    }
    let mut is_over = gone.is_empty();
    for key in gone {
        crate::attempt!(_number => async {
            let mut transaction = Transaction::default();
            transaction.delete(Purpose::Append, key.clone());
            Ok::<(), Failure>(app.table.transact(transaction).await?)
        })?;
    }
    for message in written_by(app, patient, number, appointments, is_shared).await? {
        is_over = false;
        crate::attempt!(_number => of_inbound(app, &message, patient))?;
    }
    Ok(is_over)
}

/// Its sender becomes the pseudonym's id, so that what one person wrote still stands together. What isn't
/// processed yet is left for the next time.
async fn of_inbound(app: &App, message: &Inbound, patient: PatientId) -> Result<(), Failure> {
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
