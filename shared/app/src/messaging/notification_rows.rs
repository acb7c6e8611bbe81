//! Creates the rows of notifications about an appointment, in the transaction that changes it.

use crate::support::error::AppError;
use crate::support::unit_of_work::UnitOfWork;
use domain::appointment::{Appointment, Reminder};
use domain::clinic::Clinic;
use domain::due::reminder_due;
use domain::ids::NotificationId;
use domain::messages::{Template, TemplateContext};
use domain::notification::{
    Address, CHAT_WINDOW, MessageText, Notification, NotificationKind, NotificationStatus, Withdrawal,
};
use domain::patient::Patient;
use domain::prompt::Prompt;
use domain::time::Instant;
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
    Notification {
        status,
        due_at: due.at,
        next_at: (status == NotificationStatus::Pending).then_some(due.at),
        ..new_row(appointment.reminder.notification, appointment, patient, NotificationKind::Reminder, now)
    }
}

/// What the template of a message is filled with.
pub(crate) fn template_context<'a>(
    row: &Notification,
    patient: &'a Patient,
    clinic: &'a Clinic,
) -> TemplateContext<'a> {
    TemplateContext {
        language: patient.profile.language,
        first_name: patient.profile.first_name.as_str(),
        clinic: clinic.profile.name.as_str(),
        address: clinic.profile.address.as_ref().map(|line| line.as_str()),
        phone: clinic.profile.phone_number.as_ref().map(|number| number.as_str()),
        start: row.appointment_start,
        zone: row.zone,
    }
}

/// A pending notification about an appointment, due at once.
pub(crate) fn new_row(
    id: NotificationId,
    appointment: &Appointment,
    patient: &Patient,
    kind: NotificationKind,
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
        due_at: now,
        appointment_start: appointment.start,
        next_at: Some(now),
        chat_open_until: None,
        after: None,
        previous_start: None,
        attention_version: None,
        prompt: None,
        promises_time: false,
        answer: None,
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

/// A free-text reply, which WhatsApp delivers only within [`CHAT_WINDOW`] of the patient's message.
#[derive(Debug)]
pub struct ChatReply {
    /// [`NotificationKind::Reply`] or [`NotificationKind::Offer`].
    pub kind: NotificationKind,
    /// The sender of the inbound message, as Twilio sent it.
    pub to: Address,
    pub text: MessageText,
    /// What it asks.
    pub prompt: Option<Prompt>,
    /// Whether it promises the appointment's time.
    pub promises_time: bool,
    /// When the patient wrote.
    pub heard_at: Instant,
    /// The message that has to be sent before it.
    pub after: Option<NotificationId>,
}

impl UnitOfWork<'_> {
    /// Adds a reply in a chat. Returns its id.
    pub fn reply(&mut self, appointment: &Appointment, patient: &Patient, reply: ChatReply) -> NotificationId {
        let row = Notification {
            to: Some(reply.to),
            text: Some(reply.text),
            prompt: reply.prompt,
            promises_time: reply.promises_time,
            chat_open_until: Some(reply.heard_at.plus(CHAT_WINDOW)),
            after: reply.after,
            ..new_row(self.app.new_id(), appointment, patient, reply.kind, self.now)
        };
        self.add_notification(&row);
        row.id
    }

    /// Adds a reminder to the transaction and its copy to the appointment.
    pub fn remind(&mut self, appointment: &mut Appointment, reminder: &Notification) {
        appointment.reminder = Reminder { notification: reminder.id, due_at: reminder.due_at, status: reminder.status };
        self.add_notification(reminder);
    }

    /// Creates a new reminder for an appointment that takes place after all, if its reminder was cancelled.
    pub async fn renew_reminder(
        &mut self,
        appointment: &mut Appointment,
        patient: &Patient,
        clinic: &Clinic,
    ) -> Result<(), AppError> {
        let key = Key::notification(appointment.reminder.notification);
        let old = self.app.table.get::<Notification>(&key).await?;
        if old.as_ref().is_some_and(|old| old.status != NotificationStatus::Cancelled) {
            return Ok(());
        }
        appointment.reminder.notification = self.app.new_id();
        let after = old.and_then(|old| old.after);
        let row = Notification { after, ..reminder(appointment, patient, clinic, self.now) };
        self.remind(appointment, &row);
        Ok(())
    }

    /// Withdraws the reminder of an appointment whose time was closed. A pending one is cancelled. One that is being
    /// sent is marked: the sender checks the mark right before the send.
    pub async fn withdraw_reminder(&mut self, appointment: &mut Appointment) -> Result<(), AppError> {
        let key = Key::notification(appointment.reminder.notification);
        let Some(before) = self.app.table.get::<Notification>(&key).await? else { return Ok(()) };
        let mut after = Notification { version: before.version + 1, ..before.clone() };
        match before.status {
            NotificationStatus::Pending => {
                after.status = NotificationStatus::Cancelled;
                after.next_at = None;
                appointment.reminder.status = NotificationStatus::Cancelled;
                appointment.updated_at = self.now;
            }
            NotificationStatus::Claimed | NotificationStatus::Unknown => {
                after.withdrawn = Some(Withdrawal::NotNotified);
            }
            _ => return Ok(()),
        }
        store::notification::save(&mut self.transaction, &before, &after);
        Ok(())
    }

    /// Adds a notification with its due pointer.
    pub(crate) fn add_notification(&mut self, row: &Notification) {
        store::notification::add(&mut self.transaction, row);
        self.messages.push(row.clone());
    }
}
