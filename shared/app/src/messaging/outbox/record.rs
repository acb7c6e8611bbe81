//! Records the outcome of a send in the message's row.

use super::attention::{self, NeedsAttention};
use super::failure::{FailureSource, apply_failure};
use super::opted_out::opt_out_recipient;
use crate::App;
use crate::appointments::moves::moved_to;
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
/// notified of the change otherwise, adds a correction. Returns its id if it is about the appointment of the message.
pub(crate) async fn accepted(
    uow: &mut UnitOfWork<'_>,
    row: &mut Notification,
    sid: &str,
) -> Result<Option<NotificationId>, AppError> {
    let now = uow.now;
    row.status = NotificationStatus::Sent;
    row.external_id = Some(sid.to_owned());
    // Twilio answers within seconds of the claim, but the answer can be found out much later.
    row.sent_at = Some(row.claimed_at().unwrap_or(now));
    row.lease_until = None;
    row.error_code = None;
    row.error_message = None;
    // A missing delivery isn't followed up for a reply in a chat: the patient would write again.
    row.next_at = row.template.map(|_| now.plus(DELIVERY_TIMEOUT));
    uow.transaction.overwrite(Purpose::Append, &MessageRow::accepted(sid, row.id));
    if let (NotificationKind::Reminder | NotificationKind::Notice, Some(Address(number))) = (row.kind, &row.to) {
        let number = MatchKey::of(number);
        let (start, notification, appointment) = (row.appointment_start, row.id, row.appointment);
        uow.transaction.overwrite(Purpose::Append, &RemindedAppointment { number, start, notification, appointment });
    }
    let names_time = match row.withdrawn {
        Some(Withdrawal::NotNotified) => false,
        Some(Withdrawal::KnownOtherwise) => true,
        Some(Withdrawal::PatientNotified) | None => return Ok(None),
    };
    row.withdrawn = Some(Withdrawal::PatientNotified);
    let key = Key::appointment(row.appointment);
    let Some(appointment) = uow.app.table.get::<Appointment>(&key).await? else { return Ok(None) };
    let current = moved_to(uow.app, &appointment).await?.unwrap_or(appointment);
    let Some(correction) = correction(uow.app.new_id(), row, (&current, names_time), now) else { return Ok(None) };
    add(&mut uow.transaction, &correction);
    if correction.appointment == row.appointment {
        return Ok(Some(correction.id));
    }
    let copies = MessageCopies { notice: Some(correction.id), version: Some(current.version), reminder: None };
    update_message_copies(&mut uow.transaction, current.id, copies);
    Ok(None)
}

/// The message that says what is true, if a message that was sent isn't. `current`: its appointment, or the one to which
/// that was moved; `names_time`: whether the patient gets to know its time if it was moved. Otherwise staff say it.
fn correction(
    id: NotificationId,
    of: &Notification,
    (current, names_time): (&Appointment, bool),
    now: Instant,
) -> Option<Notification> {
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
        true if !names_time => return Some(Notification { template: Some(Template::Correction), ..row }),
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
