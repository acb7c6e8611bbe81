//! Messages to patients: the rows that are born with an appointment, and what the reception desk sees and
//! sends of them.

use crate::App;
use crate::messaging::outbox::{self, Delivered};
use crate::support::attempts::Failure;
use crate::support::context::Context;
use crate::support::error::AppError;
use crate::support::listing::{Slice, Window, list};
use domain::appointment::{Appointment, Reminder};
use domain::clinic::Clinic;
use domain::due::{after_quiet_hours, reminder_due};
use domain::ids::{AppointmentId, NotificationId};
use domain::messages::{Reply, Template, reply};
use domain::notification::{
    Address, CHAT_OPEN, MessageText, Notification, NotificationKind, NotificationStatus, Withdrawn,
};
use domain::patient::Patient;
use domain::phone::MatchKey;
use domain::time::{Days, Instant, LocalDate, LocalTime};
use std::collections::BTreeSet;
use store::conversation::{Conversation, Question};
use store::keys::Key;
use store::patterns::{self, Pattern};
use store::{Purpose, Transaction};

/// The reminder of a new appointment. There always is one, if only to say why none will be sent.
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
    let mut row = row(appointment.reminder.notification, appointment, patient, NotificationKind::Reminder, due.at, now);
    row.status = status;
    row.next_at = (status == NotificationStatus::Pending).then_some(due.at);
    row
}

/// A message about an appointment, due then, not sent yet.
pub(crate) fn row(
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

/// Where messages to a patient go. To nowhere, where the patient was erased.
#[must_use]
pub fn address_of(patient: &Patient) -> Option<Address> {
    patient.profile.notified().map(|number| Address(number.as_str().to_owned()))
}

/// Adds a notice of what staff did, outside quiet hours, to those who want messages.
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
    let mut row = row(app.new_id(), appointment, patient, NotificationKind::Notice, due, now);
    row.template = Some(template);
    store::notification::add(transaction, &row);
}

/// An answer in a chat: what is said to whom, and when the patient was heard.
#[derive(Debug)]
pub struct Answer {
    /// A reply, or an offer of times.
    pub kind: NotificationKind,
    /// The sender of the patient's message, verbatim.
    pub to: Address,
    /// The words.
    pub words: MessageText,
    /// When the patient wrote.
    pub heard_at: Instant,
}

/// The row of an answer in a chat.
#[must_use]
pub fn answer(app: &App, appointment: &Appointment, patient: &Patient, answer: Answer, now: Instant) -> Notification {
    let mut row = row(app.new_id(), appointment, patient, answer.kind, now, now);
    row.to = Some(answer.to);
    row.text = Some(answer.words);
    row.chat_open_until = Some(answer.heard_at.plus(CHAT_OPEN));
    row
}

/// Tells a patient who was offered other times, and hasn't chosen one, that theirs isn't held any more;
/// if the chat is still open.
///
/// # Errors
/// What reading says.
pub async fn tell_hold_expired(
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
    let Some(heard_at) = conversation.heard_at.filter(|at| offered && now.since(*at) < CHAT_OPEN) else {
        return Ok(());
    };
    let words = reply(&Reply::HoldExpired(appointment.start, appointment.zone), patient.profile.language);
    let told = Answer { kind: NotificationKind::Reply, to, words: MessageText(words), heard_at };
    store::notification::add(transaction, &answer(app, appointment, patient, told, now));
    Ok(())
}

/// Stops the reminder of an appointment that won't take place. One that is being sent right now, or may have
/// been, is marked: whoever sends it looks once more, last thing before it goes; and if it goes out all
/// the same, a correction follows, unless the patient is `told` anyway.
///
/// # Errors
/// What reading says.
pub async fn stop_reminder(
    app: &App,
    transaction: &mut Transaction,
    appointment: &mut Appointment,
    told: bool,
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
            after.withdrawn = Some(if told { Withdrawn::Told } else { Withdrawn::Silently });
        }
        _ => return Ok(()),
    }
    store::notification::save(transaction, &before, &after);
    Ok(())
}

/// Makes a new reminder for an appointment that takes place after all, where none was sent.
///
/// # Errors
/// What reading says.
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

/// Sends the reminder of an appointment now, by the same path as the scheduled job.
///
/// # Errors
/// [`AppError::NotFound`], [`AppError::IllegalTransition`] for an appointment that isn't active,
/// [`AppError::AlreadySent`] unless `force`.
pub async fn send_notification(
    app: &App,
    ctx: &Context,
    id: AppointmentId,
    force: bool,
) -> Result<Delivered, AppError> {
    let appointment = crate::appointments::actions::load(app, ctx, id).await?;
    let again = |id| async move { Ok(Delivered { replayed: true, ..outbox::deliver(app, id, true).await? }) };
    if let Some(id) = ctx.done_before(app, 0).await? {
        return again(id).await;
    }
    match send(app, ctx, &appointment, force).await {
        Err(refusal) => again(ctx.done_meanwhile(app, refusal).await?).await,
        sent => sent,
    }
}

async fn send(app: &App, ctx: &Context, appointment: &Appointment, force: bool) -> Result<Delivered, AppError> {
    let now = app.now();
    if !appointment.is_active() || appointment.start <= now {
        return Err(AppError::IllegalTransition {
            from: appointment.status,
            action: "send",
            allowed: domain::lifecycle::allowed(appointment, ctx.by, now),
        });
    }
    let key = Key::notification(appointment.reminder.notification);
    let current = app.table.get::<Notification>(&key).await?.ok_or(AppError::NotFound)?;
    match current.status {
        NotificationStatus::Pending => outbox::deliver_once(app, ctx, current.id).await,
        // Whether it got out isn't known yet: a second one now might be the second.
        NotificationStatus::Claimed | NotificationStatus::Unknown => Ok(current.into()),
        status if status.is_accepted() && !force => Err(AppError::AlreadySent),
        _ => {
            let fresh: NotificationId = crate::attempt!(number => replace_reminder(app, ctx, appointment.id, appointment.reminder.notification, number))?;
            outbox::deliver(app, fresh, true).await
        }
    }
}

/// Gives an appointment another reminder in the place of one that is settled.
async fn replace_reminder(
    app: &App,
    ctx: &Context,
    id: AppointmentId,
    settled: NotificationId,
    attempt: u32,
) -> Result<NotificationId, Failure> {
    if let Some(id) = ctx.done_before(app, attempt).await? {
        return Ok(id);
    }
    let mut appointment = crate::appointments::actions::load(app, ctx, id).await?;
    if appointment.reminder.notification != settled {
        // Somebody else was faster: their reminder is the one.
        return Ok(appointment.reminder.notification);
    }
    let patient = crate::directory::patients::get_patient(app, appointment.patient).await?;
    let now = app.now();
    let read = appointment.version;
    let fresh = row(app.new_id(), &appointment, &patient, NotificationKind::Reminder, now, now);
    appointment.reminder = Reminder { notification: fresh.id, due_at: fresh.due_at, status: fresh.status };
    let mut transaction = ctx.begin(fresh.id, now);
    store::notification::add(&mut transaction, &fresh);
    appointment.version = read + 1;
    appointment.updated_at = now;
    transaction.replace(Purpose::Version, &appointment, read);
    crate::support::change::audit(
        app,
        ctx,
        &mut transaction,
        now,
        ("notification", fresh.id),
        store::audit::AuditAction::Create,
        std::collections::BTreeMap::new(),
    );
    ctx.commit(app, transaction).await?;
    Ok(fresh.id)
}

/// Which messages are wanted.
#[derive(Debug, Clone, Default)]
pub struct NotificationFilter {
    /// About this appointment.
    pub appointment: Option<AppointmentId>,
    /// In one of these states; in any where empty.
    pub status: BTreeSet<&'static str>,
    /// Of this kind.
    pub kind: Option<&'static str>,
    /// Due on this local day of the clinic.
    pub date: Option<LocalDate>,
}

/// Lists messages by the time at which they were due, latest first.
///
/// # Errors
/// What reading says.
pub async fn list_notifications(
    app: &App,
    ctx: &Context,
    filter: &NotificationFilter,
    window: &Window,
) -> Result<Slice<Notification>, AppError> {
    let midnight = |day: Option<LocalDate>| day.map(|day| Instant::from_utc(day.and_time(LocalTime::MIN).and_utc()));
    let from = filter.date.and_then(|day| midnight(day.pred_opt()));
    let to = filter.date.and_then(|day| midnight(day.checked_add_days(Days::new(2))));
    let partitions: Vec<Pattern> = match filter.appointment {
        Some(id) => vec![patterns::notifications_of_appointment(id).reversed()],
        None => crate::directory::clinics::clinics_in(app, &ctx.scope)
            .await?
            .into_iter()
            .map(|clinic| patterns::notifications_of_clinic(clinic, from, to).reversed())
            .collect(),
    };
    let keep = |row: &Notification| {
        ctx.scope.includes(row.clinic)
            && (filter.status.is_empty() || filter.status.contains(row.status.name()))
            && filter.kind.is_none_or(|kind| row.kind.name() == kind)
            && filter.date.is_none_or(|date| row.zone.date(row.due_at) == date)
    };
    list(app, &partitions, window, keep).await
}

/// Reads a message.
///
/// # Errors
/// [`AppError::NotFound`], also outside the caller's clinics.
pub async fn get_notification(app: &App, ctx: &Context, id: NotificationId) -> Result<Notification, AppError> {
    let row = ctx.get::<Notification>(app, &Key::notification(id)).await?;
    row.filter(|row| ctx.scope.includes(row.clinic)).ok_or(AppError::NotFound)
}
