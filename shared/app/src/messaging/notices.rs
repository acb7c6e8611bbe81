//! Keeps what patients were told about an appointment true. A change withdraws the messages that it makes untrue, in its
//! own transaction, and adds a notice unless the patient knows already. A message that can't be stopped any more is
//! marked, and corrected if it was sent.

use crate::messaging::message_chain::{LastWord, MessageChain, is_on_its_way};
use crate::messaging::notification_rows::{address_of, new_row};
use crate::support::error::AppError;
use crate::support::unit_of_work::UnitOfWork;
use domain::appointment::Appointment;
use domain::clinic::Clinic;
use domain::due::{NOTICE_DELAY, ONE_MOMENT, after_quiet_hours, notice_due};
use domain::ids::{AppointmentId, ClinicId, NotificationId};
use domain::lifecycle::ActorRole;
use domain::messages::{Reply, Template, render_reply};
use domain::notification::{
    Announcement, CHAT_WINDOW, MessageText, Notification, NotificationKind, NotificationStatus, Withdrawal,
};
use domain::patient::Patient;
use domain::phone::MatchKey;
use domain::time::Instant;
use store::conversation::Conversation;
use store::keys::Key;

/// What is true of an appointment after a change.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Truth {
    Cancelled { appointment: AppointmentId },
    TakesPlace { appointment: AppointmentId, start: Instant, clinic: ClinicId },
}

impl Truth {
    pub(crate) fn takes_place(appointment: &Appointment) -> Self {
        Self::TakesPlace { appointment: appointment.id, start: appointment.start, clinic: appointment.clinic }
    }

    fn is_about(self, wanted: &Appointment) -> bool {
        matches!(self, Self::TakesPlace { appointment, .. } if appointment == wanted.id)
    }

    /// Whether a message that wasn't sent yet, or whose outcome is unknown, says this.
    fn is_told_by(self, message: &Notification) -> bool {
        match self {
            // One about the appointment before a move isn't sent again: that one is no longer cancelled, but moved.
            Self::Cancelled { appointment } => {
                message.template == Some(Template::Cancelled) && message.appointment == appointment
            }
            Self::TakesPlace { appointment, start, .. } => {
                message.template.is_some_and(Template::takes_place)
                    && message.appointment == appointment
                    && message.appointment_start == start
            }
        }
    }

    fn is_known(self, last_word: LastWord) -> bool {
        match (self, last_word) {
            (Self::Cancelled { .. }, LastWord::Cancelled) => true,
            (Self::TakesPlace { start, clinic, .. }, LastWord::TakesPlace { start: known, clinic: there }) => {
                (start, clinic) == (known, there)
            }
            _ => false,
        }
    }
}

/// Whether the patient gets a notice of a change, unless the patient knows already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Notify {
    No,
    Yes,
    /// The user asked for it.
    Explicitly,
}

impl Notify {
    /// Patients know what they do themselves. What staff do is announced by the clinic's setting, or as they say.
    pub(crate) fn of(announcement: Announcement, setting: bool, role: ActorRole) -> Self {
        match announcement {
            _ if !matches!(role, ActorRole::Operator | ActorRole::Admin) => Self::No,
            Announcement::Notify => Self::Explicitly,
            Announcement::ClinicSetting if setting => Self::Yes,
            Announcement::ClinicSetting | Announcement::Told(_) => Self::No,
        }
    }
}

/// A notice that a change calls for.
#[derive(Debug)]
pub(crate) struct NewNotice {
    pub(crate) template: Template,
    /// The time in the text.
    pub(crate) start: Instant,
    /// For the notice of a move: the time that the patient knew before it, if the patient knew of an appointment.
    pub(crate) previous_start: Option<Instant>,
    pub(crate) after: Option<NotificationId>,
}

impl NewNotice {
    pub(crate) fn of_booking(appointment: &Appointment) -> Self {
        Self { template: Template::Created, start: appointment.start, previous_start: None, after: None }
    }
}

/// The effect of a change on the messages about an appointment.
#[derive(Debug)]
pub(crate) struct UpdatedMessages {
    /// The notice that the patient needs.
    pub(crate) notice: Option<NewNotice>,
    /// What the next message comes after.
    pub(crate) last: Option<NotificationId>,
}

impl UnitOfWork<'_> {
    /// Withdraws the messages about an appointment that aren't true any more, and returns the notice that the patient
    /// needs. A pending message is cancelled. One that is being sent, or may have been, is marked: the sender checks
    /// the mark right before the send. If it is sent anyway, the notice follows it, or else a correction.
    pub(crate) async fn update_messages(
        &mut self,
        appointment: &mut Appointment,
        truth: Truth,
        notify: Notify,
    ) -> Result<UpdatedMessages, AppError> {
        let mut chain = MessageChain::read(self.app, appointment).await?;
        // Before any message there is none that the patient could have heard otherwise since.
        if notify != Notify::No && (chain.last.is_some() || truth.is_about(appointment)) {
            chain.hear_otherwise(self.app, appointment).await?;
        }
        let tells = |message: &Notification| {
            truth.is_told_by(message) && is_sent_soon(message, self.now) && chain.is_yet_to_come(message)
        };
        let is_told = chain.open.iter().any(tells);
        let wanted = notify != Notify::No && !is_told && !truth.is_known(chain.last_word);
        let notice = if wanted { new_notice(&chain, appointment, (truth, notify), self.now) } else { None };
        let notice = notice.map(|notice| NewNotice { after: chain.last, ..notice });
        for before in &chain.open {
            let mut message = before.clone();
            match (truth.is_told_by(before), is_on_its_way(before.status)) {
                (true, _) => message.withdrawn = None,
                (false, true) => {
                    message.withdrawn = Some(match (&notice, notify) {
                        (Some(_), _) => Withdrawal::PatientNotified,
                        (None, Notify::No) => Withdrawal::NotNotified,
                        (None, Notify::Yes | Notify::Explicitly) => Withdrawal::KnownOtherwise,
                    });
                }
                (false, false) => {
                    message.status = NotificationStatus::Cancelled;
                    message.next_at = None;
                }
            }
            let is_reminder = message.id == appointment.reminder.notification;
            if is_reminder && chain.last == Some(message.id) {
                message.after = appointment.notice.or(message.after);
            }
            if is_reminder && message.status != before.status {
                appointment.reminder.status = message.status;
                appointment.updated_at = self.now;
            }
            if message != *before {
                message.version += 1;
                store::notification::save(&mut self.transaction, before, &message);
            }
        }
        Ok(UpdatedMessages { notice, last: chain.last })
    }

    /// The row of a notice, which is due a little later and outside of quiet hours. `None` if the patient has opted
    /// out, or if the reminder says the same at the same time. `changed`: the earliest time that the change is about.
    pub(crate) fn notice_row(
        &self,
        notice: &NewNotice,
        appointment: &Appointment,
        (patient, clinic): (&Patient, &Clinic),
        changed: Instant,
    ) -> Option<Notification> {
        let due_at = notice_due(changed, self.now, appointment.zone, &clinic.profile.reminders);
        let reminder = &appointment.reminder;
        let is_told = matches!(notice.template, Template::Created | Template::Reopened)
            && reminder.status == NotificationStatus::Pending
            && reminder.due_at <= due_at.plus(ONE_MOMENT);
        if !patient.profile.whatsapp_opt_in || is_told {
            return None;
        }
        Some(Notification {
            template: Some(notice.template),
            appointment_start: notice.start,
            previous_start: notice.previous_start,
            after: notice.after,
            due_at,
            next_at: Some(due_at),
            ..new_row(self.app.new_id(), appointment, patient, NotificationKind::Notice, self.now)
        })
    }

    /// Adds a notice about an appointment that stays where it is.
    pub(crate) fn add_notice(
        &mut self,
        notice: Option<NewNotice>,
        appointment: &mut Appointment,
        patient: &Patient,
        clinic: &Clinic,
    ) {
        let Some(notice) = notice else { return };
        let start = appointment.start.min(notice.start);
        if let Some(row) = self.notice_row(&notice, appointment, (patient, clinic), start) {
            appointment.notice = Some(row.id);
            self.add_notification(&row);
        }
    }

    /// Notifies a patient who was offered other times and chose none that their time isn't held any more, if free text
    /// may still be sent.
    pub(crate) async fn notify_hold_expired(
        &mut self,
        appointment: &mut Appointment,
        patient: &Patient,
        clinic: &Clinic,
    ) -> Result<(), AppError> {
        let Some(to) = address_of(patient).filter(|_| appointment.start > self.now) else { return Ok(()) };
        let key = Key::conversation(&MatchKey::of(&to.0));
        let Some(conversation) = self.app.table.get::<Conversation>(&key).await? else { return Ok(()) };
        let offered = conversation.prompts.awaits_slot(appointment.id);
        let is_open = |at: &Instant| offered && self.now.since(*at) < CHAT_WINDOW;
        let Some(heard_at) = conversation.last_message_at.filter(is_open) else { return Ok(()) };
        let text = render_reply(&Reply::HoldExpired(appointment.start, appointment.zone), patient.profile.language);
        let due_at = after_quiet_hours(self.now, appointment.zone, &clinic.profile.reminders);
        let row = Notification {
            to: Some(to),
            text: Some(MessageText(text)),
            chat_open_until: Some(heard_at.plus(CHAT_WINDOW)),
            after: appointment.notice,
            due_at,
            next_at: Some(due_at),
            ..new_row(self.app.new_id(), appointment, patient, NotificationKind::Notice, self.now)
        };
        appointment.notice = Some(row.id);
        self.add_notification(&row);
        Ok(())
    }
}

/// Whether a message that wasn't sent yet goes out without delay. A reminder may be due in days.
fn is_sent_soon(message: &Notification, now: Instant) -> bool {
    let is_later = message.kind == NotificationKind::Reminder && message.due_at > now.plus(ONE_MOMENT);
    is_on_its_way(message.status) || !is_later
}

/// The notice that makes the patient know the truth; `None` if the patient knows of no appointment at all.
fn new_notice(
    chain: &MessageChain,
    appointment: &Appointment,
    (truth, notify): (Truth, Notify),
    now: Instant,
) -> Option<NewNotice> {
    let notice = |template, start, previous_start| Some(NewNotice { template, start, previous_start, after: None });
    let known = match chain.last_word {
        LastWord::TakesPlace { start, .. } => Some(start),
        LastWord::Nothing => Some(appointment.start),
        LastWord::Cancelled | LastWord::Off => None,
    };
    match (truth, chain.last_word, &chain.unsent_booking) {
        // Booked by mistake: the booking wasn't announced yet.
        (Truth::Cancelled { .. }, LastWord::Nothing, Some(booking))
            if now.since(booking.created_at) < NOTICE_DELAY && notify != Notify::Explicitly =>
        {
            None
        }
        (Truth::Cancelled { .. }, ..) => notice(Template::Cancelled, known.unwrap_or(appointment.start), None),
        (Truth::TakesPlace { start, .. }, LastWord::Nothing, Some(_)) => notice(Template::Created, start, None),
        // Of an appointment that was made at the desk the patient knows.
        (Truth::TakesPlace { start, clinic, .. }, LastWord::Nothing, None)
            if (start, clinic) == (appointment.start, appointment.clinic) && notify != Notify::Explicitly =>
        {
            None
        }
        (Truth::TakesPlace { appointment: new, start, .. }, ..) if new != appointment.id => {
            notice(Template::Moved, start, known)
        }
        (Truth::TakesPlace { .. }, LastWord::Nothing, None) => None,
        (Truth::TakesPlace { start, .. }, LastWord::TakesPlace { start: known, .. }, _) => {
            notice(Template::Moved, start, Some(known))
        }
        (Truth::TakesPlace { start, .. }, LastWord::Cancelled | LastWord::Off, _) => {
            notice(Template::Reopened, start, None)
        }
    }
}
