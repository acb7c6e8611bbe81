//! The worklist: an appointment whose patient the robot couldn't reach gets `needs_attention`, in the
//! transaction that found it out.

use crate::App;
use crate::support::attempts::Failure;
use crate::support::change::{audit, differences};
use crate::support::context::Context;
use domain::appointment::Appointment;
use domain::notification::{Notification, NotificationKind};
use domain::time::Instant;
use store::appointment::show_reminder;
use store::audit::AuditAction;
use store::keys::Key;
use store::{Purpose, Transaction};

/// Whether somebody has to look at what became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Person {
    /// The patient may not know what the message says.
    Needed,
    /// All is well.
    NotNeeded,
}

/// Adds to a message's change what its appointment shows of it: the reminder's status, and whether a person
/// has to see to it. A reminder in whose place there is another one shows nothing.
pub(crate) async fn show(
    app: &App,
    transaction: &mut Transaction,
    row: &Notification,
    person: Person,
    now: Instant,
) -> Result<(), Failure> {
    let is_reminder = row.kind == NotificationKind::Reminder;
    if !is_reminder && person == Person::NotNeeded {
        return Ok(());
    }
    let Some(before) = app.table.get::<Appointment>(&Key::appointment(row.appointment)).await? else { return Ok(()) };
    let current = is_reminder && before.reminder.notification == row.id;
    // What is over is over. An appointment that is off needs nobody for its reminder, but for a notice that it is.
    let matters =
        before.start > now && if is_reminder { current && before.is_active() } else { row.template.is_some() };
    if person == Person::NotNeeded || !matters || before.needs_attention {
        if current {
            show_reminder(transaction, row.appointment, row.status, None);
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
