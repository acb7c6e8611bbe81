//! What becomes of a message that certainly didn't arrive: the provider refused it, or accepted it and reported later
//! that it was not delivered. Both are decided here, by the class of the failure, so that both end alike.

use crate::support::ports::{FailureClass, SendRejection};
use domain::due::{LATEST_AFTER_DUE, LATEST_BEFORE_APPOINTMENT};
use domain::ids::{Id as _, NotificationId};
use domain::notification::{Notification, NotificationKind, NotificationStatus};
use domain::time::{Instant, TimeDelta};

/// After this many attempts a reported failure that is no fault of our settings is final. A refusal costs nobody anything,
/// but a message that was reported undelivered may arrive late, and then each attempt would be one more message.
const MAX_REPORTED_ATTEMPTS: u32 = 6;

/// How the provider told of a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FailureSource {
    /// In the answer to the send.
    Refusal,
    /// In a status callback.
    Report,
}

/// Applies a certain failure to the row: schedules the next attempt, or gives up with the status `last`. The claim of
/// the next attempt decides anew whether the message is still to be sent.
pub(crate) fn apply_failure(
    row: &mut Notification,
    failure: &SendRejection,
    (source, last): (FailureSource, NotificationStatus),
    now: Instant,
) {
    row.lease_until = None;
    row.error_code = failure.code;
    row.error_message.clone_from(&failure.meaning);
    let next = retry_at(row, failure.class, source, now);
    (row.status, row.next_at) = match next {
        // Withdrawn before it arrived.
        _ if row.withdrawn.is_some() && row.external_id.is_none() => (NotificationStatus::Cancelled, None),
        Some(at) if row.withdrawn.is_none() => (NotificationStatus::Pending, Some(at)),
        _ => (last, None),
    };
    if row.status == NotificationStatus::Pending {
        // The next attempt gets its own.
        row.external_id = None;
        row.sent_at = None;
    }
}

/// When a failed message is sent again; `None` if never.
fn retry_at(row: &Notification, class: FailureClass, source: FailureSource, now: Instant) -> Option<Instant> {
    let at = now.plus(backoff(class, row.attempts, row.id)?);
    let waits_for_operator = class == FailureClass::Configuration && row.template.is_some();
    let has_attempts_left =
        source == FailureSource::Refusal || waits_for_operator || row.attempts < MAX_REPORTED_ATTEMPTS;
    (has_attempts_left && is_in_time(row, at)).then_some(at)
}

/// Whether the row allows a send at an instant. Otherwise a person is told now, and not when it is too late.
fn is_in_time(row: &Notification, at: Instant) -> bool {
    let before_start = match row.kind {
        NotificationKind::Reminder => row.appointment_start.since(at) >= LATEST_BEFORE_APPOINTMENT,
        NotificationKind::Notice => row.appointment_start > at,
        NotificationKind::Reply | NotificationKind::Offer => true,
    };
    let chat_is_open = row.template.is_some() || row.chat_open_until.is_some_and(|until| at < until);
    before_start && chat_is_open && at.since(row.due_at) <= LATEST_AFTER_DUE
}

/// How long to wait after the `attempts`-th failure of a message: growing, with 20 % jitter, so that messages
/// that failed together aren't retried together. `None` if every attempt would fail.
fn backoff(class: FailureClass, attempts: u32, id: NotificationId) -> Option<TimeDelta> {
    let minutes = match class {
        FailureClass::Transient => 1i64 << attempts.min(5),
        FailureClass::Quota => 240,
        FailureClass::Configuration => 15,
        FailureClass::Recipient | FailureClass::OptedOut => return None,
    };
    let jitter =
        id.uuid().as_bytes().iter().fold(attempts, |sum, byte| sum.wrapping_mul(31).wrapping_add((*byte).into()));
    Some(TimeDelta::seconds(minutes * 60 * i64::from(80 + jitter % 41) / 100))
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
                assert_eq!(backoff(FailureClass::OptedOut, attempts, id), None);
            }
        }
    }

    #[test]
    fn messages_refused_together_are_retried_at_different_times() {
        let pauses: BTreeSet<_> = ids().filter_map(|id| backoff(FailureClass::Transient, 3, id)).collect();
        assert!(pauses.len() > 20, "{pauses:?}");
    }
}
