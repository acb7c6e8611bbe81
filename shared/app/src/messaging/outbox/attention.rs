//! Puts an appointment on the worklist when its patient couldn't be reached: sets `needs_attention` in the
//! transaction that found this out.

use crate::support::retry::AttemptError;
use crate::support::unit_of_work::UnitOfWork;
use domain::appointment::Appointment;
use domain::notification::{Notification, NotificationKind};
use store::appointment::update_reminder_status;
use store::keys::Key;

/// Whether the reception desk has to look at the outcome of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NeedsAttention {
    /// The patient may not have got the message.
    Yes,
    No,
}

/// Copies the outcome of a message to its appointment, in the same transaction: the reminder's status and
/// `needs_attention`. A reminder that was replaced by another one changes nothing.
pub(crate) async fn update_appointment(
    uow: &mut UnitOfWork<'_>,
    row: &Notification,
    attention: NeedsAttention,
) -> Result<(), AttemptError> {
    let is_reminder = row.kind == NotificationKind::Reminder;
    if !is_reminder && attention == NeedsAttention::No {
        return Ok(());
    }
    let key = Key::appointment(row.appointment);
    let Some(before) = uow.app.table.get::<Appointment>(&key).await? else { return Ok(()) };
    let current = is_reminder && before.reminder.notification == row.id;
    // Past appointments need no attention. For an inactive appointment an undelivered notice still matters, an
    // undelivered reminder doesn't.
    let matters =
        before.start > uow.now && if is_reminder { current && before.is_active() } else { row.template.is_some() };
    if attention == NeedsAttention::No || !matters || before.needs_attention {
        if current {
            update_reminder_status(&mut uow.transaction, row.appointment, row.status, None);
        }
        return Ok(());
    }
    let mut after = before.clone();
    if current {
        after.reminder.status = row.status;
    }
    uow.mark_needs_attention(&before, after);
    Ok(())
}
