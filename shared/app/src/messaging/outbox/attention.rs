//! Puts an appointment on the worklist when its patient couldn't be reached: sets `needs_attention` in the
//! transaction that found this out. Takes it back if the message arrives after all.

use crate::support::retry::AttemptError;
use crate::support::unit_of_work::UnitOfWork;
use domain::appointment::Appointment;
use domain::attention::{Attention, AttentionKind};
use domain::ids::NotificationId;
use domain::notification::{Notification, NotificationKind, NotificationStatus};
use store::Purpose;
use store::appointment::{MessageCopies, update_message_copies};
use store::inbound::Inbound;
use store::keys::Key;

/// Whether the reception desk has to look at the outcome of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NeedsAttention {
    /// The patient may not have got the message.
    Yes,
    No,
    /// The patient got a message that was thought lost.
    NoLonger,
}

/// Copies the outcome of a message to its appointment, in the same transaction: the reminder's status, the `notice` that
/// corrects it, and `needs_attention`. A reminder that was replaced by another one changes nothing.
pub(crate) async fn update_appointment(
    uow: &mut UnitOfWork<'_>,
    row: &mut Notification,
    attention: NeedsAttention,
    notice: Option<NotificationId>,
) -> Result<(), AttemptError> {
    if row.answer.is_some() && attention == NeedsAttention::Yes {
        return ask_again(uow, row).await;
    }
    let is_reminder = row.kind == NotificationKind::Reminder;
    if !is_reminder && attention == NeedsAttention::No && notice.is_none() {
        return Ok(());
    }
    let key = Key::appointment(row.appointment);
    let Some(before) = uow.app.table.get::<Appointment>(&key).await? else { return Ok(()) };
    let current = is_reminder && before.reminder.notification == row.id;
    // Past appointments need no attention. For an inactive appointment an undelivered notice still matters, an
    // undelivered reminder doesn't.
    let matters =
        before.start > uow.now && if is_reminder { current && before.is_active() } else { row.template.is_some() };
    let mut after = before.clone();
    if current {
        after.reminder.status = row.status;
    }
    after.notice = notice.or(before.notice);
    match attention {
        NeedsAttention::Yes if matters && !has_reason(&before, kind(row)) => {
            after.need_attention(kind(row), uow.now);
            uow.record_flags(&before, after);
            row.attention_version = Some(before.version + 1);
        }
        NeedsAttention::NoLonger if may_be_cleared(&before, row) => {
            after.settle(MESSAGE_KINDS);
            uow.record_flags(&before, after);
            row.attention_version = None;
        }
        _ => {
            let copies = MessageCopies { reminder: current.then_some(row.status), notice, version: None };
            update_message_copies(&mut uow.transaction, row.appointment, copies);
        }
    }
    Ok(())
}

/// Puts the message that staff answered on the worklist again: the answer didn't reach the patient.
async fn ask_again(uow: &mut UnitOfWork<'_>, row: &Notification) -> Result<(), AttemptError> {
    let Some(answer) = row.answer else { return Ok(()) };
    let Some(before) = uow.app.table.get::<Inbound>(&Key::inbound(answer.to)).await? else { return Ok(()) };
    if before.needs_attention {
        return Ok(());
    }
    let attention = Some(Attention { kind: AttentionKind::Inbound, since: uow.now });
    let after = Inbound { needs_attention: true, attention, version: before.version + 1, ..before.clone() };
    uow.transaction.replace(Purpose::Version, &after, before.version);
    Ok(())
}

/// What a message to the patient can put an appointment on the worklist for.
const MESSAGE_KINDS: &[AttentionKind] = &[AttentionKind::MessageFailed, AttentionKind::MessageUnknown];

fn kind(row: &Notification) -> AttentionKind {
    match row.status {
        NotificationStatus::Sent | NotificationStatus::Unknown => AttentionKind::MessageUnknown,
        _ => AttentionKind::MessageFailed,
    }
}

fn has_reason(appointment: &Appointment, kind: AttentionKind) -> bool {
    appointment.reasons().iter().any(|reason| reason.kind == kind)
}

/// Whether only this message put the appointment on the worklist for its kind: nothing has changed it since.
fn may_be_cleared(appointment: &Appointment, row: &Notification) -> bool {
    appointment.needs_attention && row.attention_version == Some(appointment.version)
}
