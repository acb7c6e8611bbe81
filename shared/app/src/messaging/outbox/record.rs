//! Records the outcome of a send in the message's row.

use super::attention::{self, NeedsAttention};
use crate::App;
use crate::appointments::moves::moved_to;
use crate::support::context::Context;
use crate::support::error::AppError;
use crate::support::ports::{FailureClass, SendOutcome, SendRejection};
use crate::support::retry::AttemptError;
use crate::support::unit_of_work::UnitOfWork;
use domain::appointment::Appointment;
use domain::ids::{Id as _, NotificationId};
use domain::messages::Template;
use domain::notification::{Address, Notification, NotificationKind, NotificationStatus, Withdrawal};
use domain::phone::MatchKey;
use domain::time::{Instant, TimeDelta};
use store::Purpose;
use store::appointment::{MessageCopies, update_message_copies};
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
        SendOutcome::Rejected(refusal) => needs_attention = refused(&mut after, refusal, uow.now),
        SendOutcome::Unknown => after.status = NotificationStatus::Unknown,
    }
    attention::update_appointment(&mut uow, &mut after, needs_attention, correction).await?;
    save(&mut uow.transaction, &before, &after);
    uow.commit().await?;
    Ok(after)
}

/// Applies a certain refusal to the row: schedules the next attempt, or gives up.
fn refused(row: &mut Notification, refusal: &SendRejection, now: Instant) -> NeedsAttention {
    row.lease_until = None;
    row.error_code = refusal.code;
    row.error_message.clone_from(&refusal.meaning);
    let pause = backoff(refusal.class, row.attempts, row.id);
    (row.status, row.next_at) = match pause {
        // Withdrawn before it was sent.
        _ if row.withdrawn.is_some() => (NotificationStatus::Cancelled, None),
        Some(pause) => (NotificationStatus::Pending, Some(now.plus(pause))),
        None => (NotificationStatus::Failed, None),
    };
    if row.status == NotificationStatus::Failed { NeedsAttention::Yes } else { NeedsAttention::No }
}

/// How long to wait after the `attempts`-th refusal of a message: growing, with 20 % jitter, so that messages
/// refused together aren't retried together. `None` if every attempt would be refused.
fn backoff(class: FailureClass, attempts: u32, id: NotificationId) -> Option<TimeDelta> {
    let minutes = match class {
        FailureClass::Transient => 1i64 << attempts.min(5),
        FailureClass::Quota => 240,
        FailureClass::Configuration => 15,
        FailureClass::Recipient => return None,
    };
    let jitter =
        id.uuid().as_bytes().iter().fold(attempts, |sum, byte| sum.wrapping_mul(31).wrapping_add((*byte).into()));
    Some(TimeDelta::seconds(minutes * 60 * i64::from(80 + jitter % 41) / 100))
}

/// Applies Twilio's acceptance of a message to its row. If the message was withdrawn, isn't true, and the patient isn't
/// notified of the change otherwise, adds a correction. Returns its id if it is about the appointment of the message.
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
    uow.transaction.overwrite(Purpose::Append, &MessageRow { sid: sid.to_owned(), notification: row.id });
    if let (NotificationKind::Reminder | NotificationKind::Notice, Some(Address(number))) = (row.kind, &row.to) {
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
    let current = moved_to(uow.app, &appointment).await?.unwrap_or(appointment);
    let Some(correction) = correction(uow.app.new_id(), row, &current, now) else { return Ok(None) };
    add(&mut uow.transaction, &correction);
    if correction.appointment == row.appointment {
        return Ok(Some(correction.id));
    }
    let copies = MessageCopies { notice: Some(correction.id), version: Some(current.version), reminder: None };
    update_message_copies(&mut uow.transaction, current.id, copies);
    Ok(None)
}

/// The message that says what is true, if a message that was sent isn't. `current`: its appointment, or the one to which
/// that was moved.
fn correction(id: NotificationId, of: &Notification, current: &Appointment, now: Instant) -> Option<Notification> {
    let says_takes_place = of.template.is_some_and(Template::takes_place);
    let row = Notification {
        id,
        kind: NotificationKind::Notice,
        text: None,
        status: NotificationStatus::Pending,
        external_id: None,
        attempts: 0,
        error_code: None,
        error_message: None,
        due_at: now,
        next_at: Some(now),
        chat_open_until: None,
        after: Some(of.id),
        previous_start: None,
        prompt: None,
        promises_time: false,
        attention_version: None,
        withdrawn: None,
        lease_until: None,
        sent_at: None,
        delivered_at: None,
        read_at: None,
        created_at: now,
        version: 1,
        ..of.clone()
    };
    if !current.is_active() {
        return says_takes_place.then_some(Notification { template: Some(Template::Correction), ..row });
    }
    let (template, previous_start) = match says_takes_place {
        true if of.appointment_start == current.start && of.clinic == current.clinic => return None,
        true => (Template::Moved, Some(of.appointment_start)),
        false => (Template::Reopened, None),
    };
    Some(Notification {
        template: Some(template),
        previous_start,
        appointment: current.id,
        clinic: current.clinic,
        zone: current.zone,
        appointment_start: current.start,
        ..row
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn ids() -> impl Iterator<Item = NotificationId> {
        (0..100u128).map(|number| NotificationId::from_uuid(uuid::Uuid::from_u128(number << 64 | number)))
    }

    #[test]
    fn pauses_grow_and_have_a_jitter_of_a_fifth() {
        let about = |pause: Option<TimeDelta>, minutes: i64| {
            let seconds = pause.unwrap().num_seconds();
            assert!((minutes * 48..=minutes * 72).contains(&seconds), "{minutes} minutes: {seconds} s");
        };
        for id in ids() {
            for (attempts, minutes) in [(1, 2), (2, 4), (4, 16), (5, 32), (6, 32), (1000, 32)] {
                about(backoff(FailureClass::Transient, attempts, id), minutes);
                about(backoff(FailureClass::Quota, attempts, id), 240);
                about(backoff(FailureClass::Configuration, attempts, id), 15);
                assert_eq!(backoff(FailureClass::Recipient, attempts, id), None);
            }
        }
    }

    #[test]
    fn messages_refused_together_are_retried_at_different_times() {
        let pauses: BTreeSet<_> = ids().filter_map(|id| backoff(FailureClass::Transient, 3, id)).collect();
        assert!(pauses.len() > 20, "{pauses:?}");
    }
}
