//! Records the outcome of a send in the message's row.

use super::attention::{self, NeedsAttention};
use super::failure::{FailureSource, apply_failure};
use super::opted_out::opt_out_recipient;
use crate::App;
use crate::support::context::Context;
use crate::support::error::AppError;
use crate::support::ports::{FailureClass, SendOutcome};
use crate::support::retry::AttemptError;
use crate::support::unit_of_work::UnitOfWork;
use domain::appointment::Appointment;
use domain::ids::NotificationId;
use domain::messages::Template;
use domain::notification::{Address, Notification, NotificationKind, NotificationStatus, Withdrawal};
use domain::phone::MatchKey;
use domain::time::{Instant, TimeDelta};
use store::Purpose;
use store::keys::Key;
use store::notification::{MessageRow, RemindedAppointment, add, save};

/// A message that Twilio accepted and didn't report as delivered after this long goes to the worklist: a patient
/// who has blocked our number causes no error.
const DELIVERY_TIMEOUT: TimeDelta = TimeDelta::hours(24);

pub(super) async fn record(
    app: &App,
    claimed: &Notification,
    sent: &SendOutcome,
) -> Result<Notification, AttemptError> {
    let before = app.table.get::<Notification>(&Key::notification(claimed.id)).await?.ok_or(AppError::NotFound)?;
    // A status callback can be faster than the response to the send; then the row is up to date.
    if before.status != NotificationStatus::Claimed || before.attempts != claimed.attempts {
        return Ok(before);
    }
    let ctx = Context::of_scheduled_job();
    let mut uow = UnitOfWork::new(app, &ctx);
    let mut after = Notification { version: before.version + 1, ..before.clone() };
    let (mut needs_attention, mut correction) = (NeedsAttention::No, None);
    match sent {
        SendOutcome::Accepted(sid) => correction = accepted(&mut uow, &mut after, sid).await?,
        SendOutcome::Rejected(refusal) => {
            apply_failure(&mut after, refusal, (FailureSource::Refusal, NotificationStatus::Failed), uow.now);
            if after.status == NotificationStatus::Failed {
                needs_attention = NeedsAttention::Yes;
            }
            if refusal.class == FailureClass::OptedOut {
                opt_out_recipient(&mut uow, &after).await?;
            }
        }
        SendOutcome::Unknown => after.status = NotificationStatus::Unknown,
    }
    attention::update_appointment(&mut uow, &mut after, needs_attention, correction).await?;
    save(&mut uow.transaction, &before, &after);
    uow.commit().await?;
    Ok(after)
}

/// Applies Twilio's acceptance of a message to its row. If the message was withdrawn, isn't true, and the patient isn't
/// notified of the change otherwise, adds a correction and returns its id.
pub(crate) async fn accepted(
    uow: &mut UnitOfWork<'_>,
    row: &mut Notification,
    sid: &str,
) -> Result<Option<NotificationId>, AppError> {
    let now = uow.now;
    row.status = NotificationStatus::Sent;
    row.external_id = Some(sid.to_owned());
    row.sent_at = Some(now);
    row.lease_until = None;
    row.error_code = None;
    row.error_message = None;
    // A missing delivery isn't followed up for a reply in a chat: the patient would write again.
    row.next_at = row.template.map(|_| now.plus(DELIVERY_TIMEOUT));
    uow.transaction.overwrite(Purpose::Append, &MessageRow::accepted(sid, row.id));
    if let (NotificationKind::Reminder, Some(Address(number))) = (row.kind, &row.to) {
        let number = MatchKey::of(number);
        let (start, notification, appointment) = (row.appointment_start, row.id, row.appointment);
        uow.transaction.overwrite(Purpose::Append, &RemindedAppointment { number, start, notification, appointment });
    }
    if row.withdrawn != Some(Withdrawal::NotNotified) {
        return Ok(None);
    }
    row.withdrawn = Some(Withdrawal::PatientNotified);
    let key = Key::appointment(row.appointment);
    let Some(appointment) = uow.app.table.get::<Appointment>(&key).await? else { return Ok(None) };
    let correction = correction(uow.app.new_id(), row, &appointment, now);
    if let Some(correction) = &correction {
        add(&mut uow.transaction, correction);
    }
    Ok(correction.map(|correction| correction.id))
}

/// The message that says what is true, if a message that was sent isn't.
fn correction(id: NotificationId, of: &Notification, appointment: &Appointment, now: Instant) -> Option<Notification> {
    let says_takes_place = of.template.is_some_and(Template::takes_place);
    let (template, appointment_start) = match (says_takes_place, appointment.is_active()) {
        (true, false) => (Template::Correction, of.appointment_start),
        (false, true) => (Template::Reopened, appointment.start),
        _ => return None,
    };
    Some(Notification {
        id,
        kind: NotificationKind::Notice,
        template: Some(template),
        text: None,
        status: NotificationStatus::Pending,
        external_id: None,
        attempts: 0,
        error_code: None,
        error_message: None,
        due_at: now,
        appointment_start,
        next_at: Some(now),
        chat_open_until: None,
        after: Some(of.id),
        previous_start: None,
        attention_version: None,
        withdrawn: None,
        lease_until: None,
        sent_at: None,
        delivered_at: None,
        read_at: None,
        created_at: now,
        version: 1,
        ..of.clone()
    })
}
