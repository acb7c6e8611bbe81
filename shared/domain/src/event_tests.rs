//! Tests of the events about notifications. Those about appointments are in `lifecycle_tests.rs`.

use super::*;
use crate::ids::Id as _;
use crate::language::Language;
use crate::time::Zone;

fn message(status: NotificationStatus) -> Notification {
    let now = Instant::parse("2025-12-01T12:00:00Z").unwrap();
    Notification {
        id: NotificationId::nil(),
        appointment: AppointmentId::nil(),
        patient: PatientId::nil(),
        clinic: ClinicId::nil(),
        zone: Zone::parse("America/Bogota").unwrap(),
        to: None,
        kind: NotificationKind::Reminder,
        template: None,
        text: None,
        language: Language::Es,
        status,
        external_id: None,
        attempts: 1,
        error_code: None,
        error_message: None,
        due_at: now,
        appointment_start: now,
        next_at: None,
        chat_open_until: None,
        after: None,
        previous_start: None,
        attention_version: None,
        prompt: None,
        promises_time: false,
        answer: None,
        withdrawn: None,
        lease_until: None,
        sent_at: None,
        delivered_at: None,
        read_at: None,
        created_at: now,
        version: 1,
    }
}

#[test]
fn only_a_message_that_has_just_failed_has_an_event() {
    use NotificationStatus::*;
    for (before, after, expected) in [
        (None, Pending, false),
        (Some(Claimed), Sent, false),
        (Some(Claimed), Failed, true),
        (Some(Sent), Undelivered, true),
        (Some(Failed), Failed, false),
        (Some(Undelivered), Failed, false),
        (Some(Pending), Cancelled, false),
        (Some(Pending), Expired, false),
        (None, Failed, true),
    ] {
        let at = message(after).created_at;
        let event = notification_event(before.map(message).as_ref(), &message(after), at);
        assert_eq!(
            event.map(|event| event.name),
            expected.then_some(EventName::NotificationFailed),
            "{before:?} {after:?}"
        );
    }
}
