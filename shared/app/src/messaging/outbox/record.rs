//! Recording what became of a send.

use super::attention::{self, Person};
use crate::App;
use crate::support::attempts::Failure;
use crate::support::error::AppError;
use crate::support::ports::{Refusal, RefusalClass, Sent};
use domain::ids::{Id as _, NotificationId};
use domain::messages::Template;
use domain::notification::{Address, Notification, NotificationKind, NotificationStatus, Withdrawn};
use domain::phone::MatchKey;
use domain::time::{Instant, TimeDelta};
use store::keys::Key;
use store::notification::{MessageRow, RemindedAppointment, add, save};
use store::{Purpose, Transaction};

/// A message that Twilio took and nobody saw arrive is looked at again after this long: a patient who
/// has blocked us gives no error at all.
const ARRIVES_WITHIN: TimeDelta = TimeDelta::hours(24);

pub(super) async fn record(app: &App, claimed: &Notification, sent: &Sent) -> Result<Notification, Failure> {
    let before = app.table.get::<Notification>(&Key::notification(claimed.id)).await?.ok_or(AppError::NotFound)?;
    // A callback can be faster than the answer to the send; then everything is known already.
    if before.status != NotificationStatus::Claimed || before.attempts != claimed.attempts {
        return Ok(before);
    }
    let now = app.now();
    let mut after = Notification { version: before.version + 1, ..before.clone() };
    let mut transaction = Transaction::default();
    let mut person = Person::NotNeeded;
    match sent {
        Sent::Accepted(sid) => accepted(app, &mut transaction, &mut after, sid, now),
        Sent::Refused(refusal) => person = refused(&mut after, refusal, now),
        Sent::Unknown => after.status = NotificationStatus::Unknown,
    }
    attention::show(app, &mut transaction, &after, person, now).await?;
    save(&mut transaction, &before, &after);
    app.table.transact(transaction).await?;
    Ok(after)
}

/// Notes that Twilio has certainly not taken a message: when it is tried again, if at all.
fn refused(row: &mut Notification, refusal: &Refusal, now: Instant) -> Person {
    row.lease_until = None;
    row.error_code = refusal.code;
    row.error_message.clone_from(&refusal.meaning);
    let again = backoff(refusal.class, row.attempts, row.id);
    (row.status, row.next_at) = match again {
        // It was stopped in time.
        _ if row.withdrawn.is_some() => (NotificationStatus::Cancelled, None),
        Some(pause) => (NotificationStatus::Pending, Some(now.plus(pause))),
        None => (NotificationStatus::Failed, None),
    };
    if row.status == NotificationStatus::Failed { Person::Needed } else { Person::NotNeeded }
}

/// How long to wait before a message is tried again that was refused for the `attempts`-th time:
/// growing, and a fifth more or less, so that what was refused together doesn't come back together.
/// `None` where it would be refused for ever.
fn backoff(class: RefusalClass, attempts: u32, id: NotificationId) -> Option<TimeDelta> {
    let minutes = match class {
        RefusalClass::Soon => 1i64 << attempts.min(5),
        RefusalClass::Later => 240,
        RefusalClass::Configuration => 15,
        RefusalClass::Receiver => return None,
    };
    let lot = id.uuid().as_bytes().iter().fold(attempts, |sum, byte| sum.wrapping_mul(31).wrapping_add((*byte).into()));
    Some(TimeDelta::seconds(minutes * 60 * i64::from(80 + lot % 41) / 100))
}

/// Notes that Twilio has accepted a message under an id. Where it shouldn't have gone out any more and
/// nobody has told the patient, a correction follows.
pub(crate) fn accepted(app: &App, transaction: &mut Transaction, row: &mut Notification, sid: &str, now: Instant) {
    row.status = NotificationStatus::Sent;
    row.external_id = Some(sid.to_owned());
    row.sent_at = Some(now);
    row.lease_until = None;
    row.error_code = None;
    row.error_message = None;
    // An answer in a chat was asked for: whoever misses it asks again.
    row.next_at = row.template.map(|_| now.plus(ARRIVES_WITHIN));
    transaction.overwrite(Purpose::Append, &MessageRow { sid: sid.to_owned(), notification: row.id });
    if let (NotificationKind::Reminder, Some(Address(number))) = (row.kind, &row.to) {
        let number = MatchKey::of(number);
        let (start, notification, appointment) = (row.appointment_start, row.id, row.appointment);
        transaction.overwrite(Purpose::Append, &RemindedAppointment { number, start, notification, appointment });
    }
    if row.withdrawn == Some(Withdrawn::Silently) {
        row.withdrawn = Some(Withdrawn::Told);
        add(transaction, &correction(app.new_id(), row, now));
    }
}

fn correction(id: NotificationId, of: &Notification, now: Instant) -> Notification {
    Notification {
        id,
        kind: NotificationKind::Notice,
        template: Some(Template::Correction),
        text: None,
        status: NotificationStatus::Pending,
        external_id: None,
        attempts: 0,
        error_code: None,
        error_message: None,
        due_at: now,
        next_at: Some(now),
        chat_open_until: None,
        withdrawn: None,
        lease_until: None,
        sent_at: None,
        delivered_at: None,
        read_at: None,
        created_at: now,
        version: 1,
        ..of.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn ids() -> impl Iterator<Item = NotificationId> {
        (0..100u128).map(|number| NotificationId::from_uuid(uuid::Uuid::from_u128(number << 64 | number)))
    }

    #[test]
    fn pauses_grow_and_differ_by_a_fifth() {
        let about = |pause: Option<TimeDelta>, minutes: i64| {
            let seconds = pause.unwrap().num_seconds();
            assert!((minutes * 48..=minutes * 72).contains(&seconds), "{minutes} minutes: {seconds} s");
        };
        for id in ids() {
            for (attempts, minutes) in [(1, 2), (2, 4), (4, 16), (5, 32), (6, 32), (1000, 32)] {
                about(backoff(RefusalClass::Soon, attempts, id), minutes);
                about(backoff(RefusalClass::Later, attempts, id), 240);
                about(backoff(RefusalClass::Configuration, attempts, id), 15);
                assert_eq!(backoff(RefusalClass::Receiver, attempts, id), None);
            }
        }
    }

    #[test]
    fn what_is_refused_together_does_not_come_back_together() {
        let pauses: BTreeSet<_> = ids().filter_map(|id| backoff(RefusalClass::Soon, 3, id)).collect();
        assert!(pauses.len() > 20, "{pauses:?}");
    }
}
