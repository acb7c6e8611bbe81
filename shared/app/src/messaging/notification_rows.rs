//! Creates, withdraws and renews the notifications about an appointment, in the transaction that changes it.

use crate::App;
use crate::support::error::AppError;
use domain::appointment::{Appointment, Reminder};
use domain::clinic::Clinic;
use domain::due::{after_quiet_hours, reminder_due};
use domain::ids::NotificationId;
use domain::messages::{Reply, Template, render_reply};
use domain::notification::{
    Address, CHAT_WINDOW, MessageText, Notification, NotificationKind, NotificationStatus, Withdrawal,
};
use domain::patient::Patient;
use domain::phone::MatchKey;
use domain::time::Instant;
use store::Transaction;
use store::conversation::{Conversation, Question};
use store::keys::Key;

/// The reminder of a new appointment. It is always created: if it won't be sent, its status says why.
#[must_use]
pub fn reminder(appointment: &Appointment, patient: &Patient, clinic: &Clinic, now: Instant) -> Notification {
    let due = reminder_due(appointment.start, now, appointment.zone, &clinic.profile.reminders);
    let status = if !patient.profile.whatsapp_opt_in {
        NotificationStatus::Cancelled
    } else if due.too_late {
        NotificationStatus::Expired
    } else {
        NotificationStatus::Pending
    };
    let mut row =
        new_row(appointment.reminder.notification, appointment, patient, NotificationKind::Reminder, due.at, now);
    row.status = status;
    row.next_at = (status == NotificationStatus::Pending).then_some(due.at);
    row
}

/// A pending notification about an appointment.
pub(crate) fn new_row(
    id: NotificationId,
    appointment: &Appointment,
    patient: &Patient,
    kind: NotificationKind,
    due_at: Instant,
    now: Instant,
) -> Notification {
    Notification {
        id,
        appointment: appointment.id,
        patient: appointment.patient,
        clinic: appointment.clinic,
        zone: appointment.zone,
        to: address_of(patient),
        kind,
        template: (kind == NotificationKind::Reminder).then_some(Template::Reminder),
        text: None,
        language: patient.profile.language,
        status: NotificationStatus::Pending,
        external_id: None,
        attempts: 0,
        error_code: None,
        error_message: None,
        due_at,
        appointment_start: appointment.start,
        next_at: Some(due_at),
        chat_open_until: None,
        withdrawn: None,
        lease_until: None,
        sent_at: None,
        delivered_at: None,
        read_at: None,
        created_at: now,
        version: 1,
    }
}

/// The address for messages to a patient; `None` once the patient is erased.
#[must_use]
pub fn address_of(patient: &Patient) -> Option<Address> {
    patient.profile.recipient_phone().map(|number| Address(number.as_str().to_owned()))
}

/// Adds a notice of a change by staff, if the patient has opted in. It is sent outside quiet hours.
pub fn add_notice(
    app: &App,
    transaction: &mut Transaction,
    template: Template,
    appointment: &Appointment,
    patient: &Patient,
    clinic: &Clinic,
    now: Instant,
) {
    if !patient.profile.whatsapp_opt_in {
        return;
    }
    let due = after_quiet_hours(now, appointment.zone, &clinic.profile.reminders);
    let mut row = new_row(app.new_id(), appointment, patient, NotificationKind::Notice, due, now);
    row.template = Some(template);
    store::notification::add(transaction, &row);
}

/// A free-text reply, which WhatsApp delivers only within [`domain::notification::CHAT_WINDOW`] of the patient's message.
#[derive(Debug)]
pub struct ChatReply {
    /// [`NotificationKind::Reply`] or [`NotificationKind::Offer`].
    pub kind: NotificationKind,
    /// The sender of the inbound message, as Twilio sent it.
    pub to: Address,
    pub text: MessageText,
    /// When the patient wrote.
    pub heard_at: Instant,
}

#[must_use]
pub fn chat_reply_row(
    app: &App,
    appointment: &Appointment,
    patient: &Patient,
    chat_reply: ChatReply,
    now: Instant,
) -> Notification {
    let mut row = new_row(app.new_id(), appointment, patient, chat_reply.kind, now, now);
    row.to = Some(chat_reply.to);
    row.text = Some(chat_reply.text);
    row.chat_open_until = Some(chat_reply.heard_at.plus(CHAT_WINDOW));
    row
}

/// Notifies a patient who was offered other times and chose none that their time isn't held any more, if free text
/// may still be sent.
pub async fn notify_hold_expired(
    app: &App,
    transaction: &mut Transaction,
    appointment: &Appointment,
    patient: &Patient,
    now: Instant,
) -> Result<(), AppError> {
    let Some(to) = address_of(patient) else { return Ok(()) };
    let key = Key::conversation(&MatchKey::of(&to.0));
    let Some(conversation) = app.table.get::<Conversation>(&key).await? else { return Ok(()) };
    let offered =
        matches!(&conversation.question, Some(Question::Slots { appointment: asked, .. }) if *asked == appointment.id);
    let Some(heard_at) = conversation.last_message_at.filter(|at| offered && now.since(*at) < CHAT_WINDOW) else {
        return Ok(());
    };
    let text = render_reply(&Reply::HoldExpired(appointment.start, appointment.zone), patient.profile.language);
    let notice = ChatReply { kind: NotificationKind::Reply, to, text: MessageText(text), heard_at };
    store::notification::add(transaction, &chat_reply_row(app, appointment, patient, notice, now));
    Ok(())
}

/// Withdraws the reminder of an appointment that won't take place. A pending one is cancelled. One that is being
/// sent, or may have been sent, is marked: the sender checks the mark right before the send. If it is sent
/// anyway, a correction follows, unless `patient_notified` says that the patient learns of the change otherwise.
pub async fn withdraw_reminder(
    app: &App,
    transaction: &mut Transaction,
    appointment: &mut Appointment,
    patient_notified: bool,
    now: Instant,
) -> Result<(), AppError> {
    let key = Key::notification(appointment.reminder.notification);
    let Some(before) = app.table.get::<Notification>(&key).await? else { return Ok(()) };
    let mut after = Notification { version: before.version + 1, ..before.clone() };
    match before.status {
        NotificationStatus::Pending => {
            after.status = NotificationStatus::Cancelled;
            after.next_at = None;
            appointment.reminder.status = NotificationStatus::Cancelled;
            appointment.updated_at = now;
        }
        NotificationStatus::Claimed | NotificationStatus::Unknown => {
            after.withdrawn =
                Some(if patient_notified { Withdrawal::PatientNotified } else { Withdrawal::NotNotified });
        }
        _ => return Ok(()),
    }
    store::notification::save(transaction, &before, &after);
    Ok(())
}

/// Creates a new reminder for an appointment that takes place after all, if its reminder was cancelled.
pub async fn renew_reminder(
    app: &App,
    transaction: &mut Transaction,
    appointment: &mut Appointment,
    patient: &Patient,
    clinic: &Clinic,
    now: Instant,
) -> Result<(), AppError> {
    let key = Key::notification(appointment.reminder.notification);
    let old = app.table.get::<Notification>(&key).await?;
    if old.is_some_and(|old| old.status != NotificationStatus::Cancelled) {
        return Ok(());
    }
    appointment.reminder.notification = app.new_id();
    let row = reminder(appointment, patient, clinic, now);
    appointment.reminder = Reminder { notification: row.id, due_at: row.due_at, status: row.status };
    store::notification::add(transaction, &row);
    Ok(())
}
