//! Puts an appointment on the worklist when its patient couldn't be reached: sets `needs_attention` in the
//! transaction that found this out.

use crate::App;
use crate::support::change::{audit, differences};
use crate::support::context::Context;
use crate::support::retry::AttemptError;
use domain::appointment::Appointment;
use domain::notification::{Notification, NotificationKind};
use domain::time::Instant;
use store::appointment::update_reminder_status;
use store::audit::AuditAction;
use store::keys::Key;
use store::{Purpose, Transaction};

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
    app: &App,
    transaction: &mut Transaction,
    row: &Notification,
    attention: NeedsAttention,
    now: Instant,
) -> Result<(), AttemptError> {
    let is_reminder = row.kind == NotificationKind::Reminder;
    if !is_reminder && attention == NeedsAttention::No {
        return Ok(());
    }
    let Some(before) = app.table.get::<Appointment>(&Key::appointment(row.appointment)).await? else { return Ok(()) };
    let current = is_reminder && before.reminder.notification == row.id;
    // Past appointments need no attention. For an inactive appointment an undelivered notice still matters, an
    // undelivered reminder doesn't.
    let matters =
        before.start > now && if is_reminder { current && before.is_active() } else { row.template.is_some() };
    if attention == NeedsAttention::No || !matters || before.needs_attention {
        if current {
            update_reminder_status(transaction, row.appointment, row.status, None);
        }
        return Ok(());
    }
    let mut after =
        Appointment { needs_attention: true, updated_at: now, version: before.version + 1, ..before.clone() };
    if current {
        after.reminder.status = row.status;
    }
    transaction.replace(Purpose::Version, &after, before.version);
    let mut changes = differences(Some(&before), Some(&after), &["needs_attention"]);
    changes.retain(|field, _| field == "needs_attention");
    let ctx = Context::of_system("scheduled".into());
    audit(app, &ctx, transaction, now, ("appointment", after.id), AuditAction::Update, changes);
    Ok(())
}
