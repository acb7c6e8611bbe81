//! Sending a message, once: claim, send, record.
//!
//! Twilio has no idempotent send. So a row is *claimed* before the message goes out, and what became
//! of it is *recorded* after; whoever finds a claim whose lease is over knows that the message may
//! have gone out, and looks it up instead of sending it again.

use crate::App;
use crate::attempts::Failure;
use crate::context::Context;
use crate::error::AppError;
use crate::ports::{Outgoing, Sent};
use domain::appointment::Appointment;
use domain::clinic::Clinic;
use domain::ids::NotificationId;
use domain::messages::ReminderText;
use domain::notification::{
    Address, LATEST_AFTER_DUE, LATEST_BEFORE_VISIT, LEASE, MessageText, Notification, NotificationKind,
    NotificationStatus, after_quiet_hours,
};
use domain::patient::Patient;
use domain::phone::MatchKey;
use domain::time::{Instant, TimeDelta};
use store::appointment::show_reminder;
use store::keys::Key;
use store::notification::{MessageRow, RemindedVisit, save};
use store::{Role, Transaction};

/// A message is found again by its words among those created since its claim; the clocks of two
/// systems may differ by this much.
const CLOCKS_DIFFER: TimeDelta = TimeDelta::seconds(60);
/// A message that can't be found is sent again only after this long.
const SENT_AGAIN_AFTER: TimeDelta = TimeDelta::minutes(15);
/// A send takes at most this long with all its time-outs. With less of the lease left it isn't begun:
/// a sandbox that was frozen in between mustn't send what somebody else has settled.
const LONGEST_SEND: TimeDelta = TimeDelta::seconds(30);
/// An answer is only sent while the patient's own message keeps the chat open.
const CHAT_OPEN: TimeDelta = TimeDelta::hours(24);

/// What became of a message.
#[derive(Debug, Clone)]
pub struct Delivered {
    /// Its row, as it is now.
    pub notification: Notification,
    /// Whether an earlier request had done it.
    pub replayed: bool,
}

impl From<Notification> for Delivered {
    fn from(notification: Notification) -> Self {
        Self { notification, replayed: false }
    }
}

enum Claim {
    /// Nothing is to be sent.
    Settled(Notification),
    /// This is to be sent, by nobody else.
    Ours(Notification, Outgoing),
}

/// Sends a message if it is still to be sent. `at_once`: a person asked for it, so neither its due
/// time nor quiet hours matter.
///
/// # Errors
/// [`AppError::NotFound`], what reading or writing says.
pub async fn deliver(app: &App, id: NotificationId, at_once: bool) -> Result<Delivered, AppError> {
    deliver_for(app, id, at_once, None).await
}

/// The same at once, for a request whose outcome is to be kept: together with the claim, so that the
/// same request finds it whatever becomes of the message.
///
/// # Errors
/// Those of [`deliver`].
pub async fn deliver_once(app: &App, ctx: &Context, id: NotificationId) -> Result<Delivered, AppError> {
    deliver_for(app, id, true, Some(ctx)).await
}

async fn deliver_for(
    app: &App,
    id: NotificationId,
    at_once: bool,
    once: Option<&Context>,
) -> Result<Delivered, AppError> {
    let claim = crate::attempt!(_number => claim(app, id, at_once, once))?;
    let (row, outgoing) = match claim {
        Claim::Settled(notification) => return Ok(notification.into()),
        Claim::Ours(row, outgoing) => (row, outgoing),
    };
    let left = row.lease_until.map_or(TimeDelta::zero(), |until| until.since(app.now()));
    let sent = if left < LONGEST_SEND { Sent::NotAccepted } else { app.messenger.send(&outgoing).await };
    let notification = crate::attempt!(_number => record(app, &row, &sent))?;
    Ok(notification.into())
}

async fn claim(app: &App, id: NotificationId, at_once: bool, once: Option<&Context>) -> Result<Claim, Failure> {
    let before = app.table.get::<Notification>(&Key::notification(id)).await?.ok_or(AppError::NotFound)?;
    if before.status != NotificationStatus::Pending {
        return Ok(Claim::Settled(before));
    }
    let keys = [Key::appointment(before.appointment), Key::patient(before.patient), Key::clinic(before.clinic)];
    let mut batch = app.table.batch(&keys).await?;
    let [visit, patient, clinic] = &keys;
    let visit = batch.take::<Appointment>(visit)?.ok_or(AppError::NotFound)?;
    let patient = batch.take::<Patient>(patient)?.ok_or(AppError::NotFound)?;
    let clinic = batch.take::<Clinic>(clinic)?.ok_or(AppError::NotFound)?;
    let now = app.now();
    let mut transaction = Transaction::default();
    let mut after = Notification { version: before.version + 1, ..before.clone() };
    match fate(&before, &visit, &patient, &clinic, at_once, now) {
        Fate::NotYet(at) if before.next_at == Some(at) => return Ok(Claim::Settled(before)),
        Fate::NotYet(at) => after.next_at = Some(at),
        Fate::Never(status) => {
            after.status = status;
            after.next_at = None;
            show(&mut transaction, &after, None);
        }
        Fate::Now => {
            let outgoing = outgoing(&mut after, &visit, &patient, &clinic);
            after.status = NotificationStatus::Claimed;
            after.attempts += 1;
            after.lease_until = Some(now.plus(LEASE));
            after.next_at = after.lease_until;
            let reference = format!("{}.{}", after.id, after.attempts);
            if let Some(ctx) = once {
                ctx.remember(&mut transaction, after.id, now);
            }
            save(&mut transaction, &before, &after);
            // The visit is still the one that was read: a cancellation since then makes this fail.
            show(&mut transaction, &after, Some(visit.version));
            app.table.transact(transaction).await?;
            return Ok(Claim::Ours(after, Outgoing { reference, ..outgoing }));
        }
    }
    save(&mut transaction, &before, &after);
    app.table.transact(transaction).await?;
    Ok(Claim::Settled(after))
}

enum Fate {
    Now,
    NotYet(Instant),
    Never(NotificationStatus),
}

fn fate(
    row: &Notification,
    visit: &Appointment,
    patient: &Patient,
    clinic: &Clinic,
    at_once: bool,
    now: Instant,
) -> Fate {
    let settings = &clinic.profile.reminders;
    let awake = after_quiet_hours(now, row.zone, settings);
    match row.kind {
        NotificationKind::Reply | NotificationKind::Offer if now.since(row.created_at) >= CHAT_OPEN => {
            Fate::Never(NotificationStatus::Expired)
        }
        NotificationKind::Reply | NotificationKind::Offer => Fate::Now,
        _ if !patient.profile.whatsapp_opt_in => Fate::Never(NotificationStatus::Cancelled),
        NotificationKind::Reminder if !visit.is_active() || visit.reminder.notification != row.id => {
            Fate::Never(NotificationStatus::Cancelled)
        }
        NotificationKind::Reminder | NotificationKind::Notice if visit.start <= now => {
            Fate::Never(NotificationStatus::Expired)
        }
        _ if at_once => Fate::Now,
        _ if now < row.due_at => Fate::NotYet(row.due_at),
        _ if now.since(row.due_at) > LATEST_AFTER_DUE => Fate::Never(NotificationStatus::Expired),
        NotificationKind::Reminder if visit.start.since(now) < LATEST_BEFORE_VISIT => {
            Fate::Never(NotificationStatus::Expired)
        }
        _ if awake > now => Fate::NotYet(awake),
        _ => Fate::Now,
    }
}

/// What is sent. The words and the address are noted in the row: by them it is found again.
fn outgoing(row: &mut Notification, visit: &Appointment, patient: &Patient, clinic: &Clinic) -> Outgoing {
    let mut template = None;
    if row.kind == NotificationKind::Reminder {
        let text = ReminderText {
            language: patient.profile.language,
            first_name: patient.profile.first_name.as_str(),
            clinic: clinic.profile.name.as_str(),
            address: clinic.profile.address.as_ref().map(|line| line.as_str()),
            start: visit.start,
            zone: visit.zone,
        };
        template = Some((text.language, text.variables(row.id)));
        row.language = text.language;
        row.text = Some(MessageText(text.body()));
    }
    if matches!(row.kind, NotificationKind::Reminder | NotificationKind::Notice) {
        row.to = Some(Address(patient.profile.phone_number.as_str().to_owned()));
    }
    Outgoing {
        to: row.to.clone().unwrap_or_else(|| Address(patient.profile.phone_number.as_str().to_owned())),
        body: row.text.clone().unwrap_or_else(|| MessageText(String::new())),
        template,
        reference: String::new(),
    }
}

fn show(transaction: &mut Transaction, row: &Notification, version: Option<u64>) {
    if row.kind == NotificationKind::Reminder {
        show_reminder(transaction, row.appointment, row.status, version);
    }
}

async fn record(app: &App, claimed: &Notification, sent: &Sent) -> Result<Notification, Failure> {
    let before = app.table.get::<Notification>(&Key::notification(claimed.id)).await?.ok_or(AppError::NotFound)?;
    // A callback can be faster than the answer to the send; then everything is known already.
    if before.status != NotificationStatus::Claimed || before.attempts != claimed.attempts {
        return Ok(before);
    }
    let now = app.now();
    let mut after = Notification { version: before.version + 1, ..before.clone() };
    let mut transaction = Transaction::default();
    match sent {
        Sent::Accepted(sid) => accepted(&mut transaction, &mut after, sid, now),
        Sent::NotAccepted => {
            after.status = NotificationStatus::Pending;
            after.lease_until = None;
            after.next_at = Some(now.plus(TimeDelta::minutes(1 << after.attempts.min(6))));
        }
        Sent::Rejected { code, meaning } => {
            after.status = NotificationStatus::Failed;
            after.error_code = *code;
            after.error_message = Some(meaning.clone());
            after.next_at = None;
        }
        Sent::Unknown => after.status = NotificationStatus::Unknown,
    }
    show(&mut transaction, &after, None);
    save(&mut transaction, &before, &after);
    app.table.transact(transaction).await?;
    Ok(after)
}

/// Notes that Twilio has accepted a message under an id.
pub(crate) fn accepted(transaction: &mut Transaction, row: &mut Notification, sid: &str, now: Instant) {
    row.status = NotificationStatus::Sent;
    row.external_id = Some(sid.to_owned());
    row.sent_at = Some(now);
    row.lease_until = None;
    row.next_at = None;
    transaction.overwrite(Role::Append, &MessageRow { sid: sid.to_owned(), notification: row.id });
    if let (NotificationKind::Reminder, Some(Address(number))) = (row.kind, &row.to) {
        let number = MatchKey::of(number);
        let (start, notification, appointment) = (row.visit_start, row.id, row.appointment);
        transaction.overwrite(Role::Append, &RemindedVisit { number, start, notification, appointment });
    }
}

/// Settles a message of which nobody knows whether it went out, by looking it up.
///
/// # Errors
/// [`AppError::NotFound`], what reading or writing says.
pub async fn settle(app: &App, id: NotificationId) -> Result<Notification, AppError> {
    crate::attempt!(_number => try_settle(app, id))
}

async fn try_settle(app: &App, id: NotificationId) -> Result<Notification, Failure> {
    let before = app.table.get::<Notification>(&Key::notification(id)).await?.ok_or(AppError::NotFound)?;
    let now = app.now();
    let (Some(lease), Some(to), Some(words)) = (before.lease_until, &before.to, &before.text) else {
        return Ok(before);
    };
    let open = matches!(before.status, NotificationStatus::Claimed | NotificationStatus::Unknown);
    if !open || now < lease {
        return Ok(before);
    }
    let claimed = lease.plus(-LEASE);
    let mut after = Notification { status: NotificationStatus::Unknown, version: before.version + 1, ..before.clone() };
    let mut transaction = Transaction::default();
    match app.messenger.sent_since(to, claimed.plus(-CLOCKS_DIFFER)).await {
        None => after.next_at = Some(now.plus(TimeDelta::minutes(1))),
        Some(found) => {
            let mut ours = None;
            let mut strangers = false;
            for message in &found {
                let owner = app.table.get::<MessageRow>(&Key::message(&message.sid)).await?;
                match owner {
                    Some(owner) if owner.notification != before.id => {}
                    _ if message.body == *words => ours = Some(message.sid.clone()),
                    _ => strangers = true,
                }
            }
            match ours {
                Some(sid) => accepted(&mut transaction, &mut after, &sid, now),
                // Something went out that isn't these words: weak evidence. A person decides.
                None if strangers => after.next_at = None,
                None if now.since(claimed) >= SENT_AGAIN_AFTER => {
                    after.status = NotificationStatus::Pending;
                    after.lease_until = None;
                    after.next_at = Some(now);
                }
                None => after.next_at = Some(claimed.plus(SENT_AGAIN_AFTER)),
            }
        }
    }
    show(&mut transaction, &after, None);
    save(&mut transaction, &before, &after);
    app.table.transact(transaction).await?;
    Ok(after)
}
