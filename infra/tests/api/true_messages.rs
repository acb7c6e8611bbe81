//! Tests that messages are true when they go out: only the last word on an appointment is sent, and what was sent and is
//! no longer true is corrected.

use crate::actions::perform;
use crate::clinic_setup::{ClinicSetup, id, on_the_day, text};
use crate::reminders::{DUE, reminder, run_minutes_later};
use crate::second_thoughts::texts;
use local::fake_twilio::FailMode;
use serde_json::{Value, json};
use testkit::faulty_client::FaultyClient;
use testkit::faulty_client::mutation::Mutation;

fn cancel() -> Value {
    json!({ "action": "cancel", "reason": "x" })
}

async fn move_to(setup: &ClinicSetup, appointment: &str, time: &str) -> String {
    let body = json!({ "action": "reschedule", "start_datetime": on_the_day(time) });
    setup.act(appointment, &body).await.expect_status(201).unwrap().id()
}

async fn announce_bookings(setup: &ClinicSetup) {
    let path = format!("/api/clinics/clinics/{}/", setup.clinic);
    let change = json!({ "notify_on_create": true });
    setup.admin().await.patch(&path, &change).await.unwrap().expect_status(200).unwrap();
}

fn count(texts: &[String], words: &str) -> usize {
    texts.iter().filter(|text| text.contains(words)).count()
}

/// K19.
#[tokio::test]
async fn of_two_moves_only_the_last_is_told() {
    let setup = ClinicSetup::new().await;
    let first = id(&setup.book("09:00").await);
    let second = move_to(&setup, &first, "12:00").await;
    run_minutes_later(&setup, 0).await;
    move_to(&setup, &second, "12:30").await;
    run_minutes_later(&setup, 5).await;
    let texts = texts(&setup);
    assert_eq!((texts.len(), count(&texts, "ahora es el lunes 15 de diciembre a las 12:30")), (1, 1), "{texts:?}");
}

/// K19, where the first notice has gone out, may have gone out, or hasn't.
#[tokio::test]
async fn the_last_message_names_the_last_time() {
    for mode in [FailMode::None, FailMode::TimeoutAfterAccept, FailMode::TimeoutBeforeAccept, FailMode::TooManyRequests]
    {
        let setup = ClinicSetup::new().await;
        let first = id(&setup.book("09:00").await);
        let second = move_to(&setup, &first, "12:00").await;
        setup.app.twilio().unwrap().fail(mode, None, 1);
        run_minutes_later(&setup, 2).await;
        move_to(&setup, &second, "12:30").await;
        for _ in 0..6 {
            run_minutes_later(&setup, 10).await;
        }
        let texts = texts(&setup);
        assert!(texts.last().unwrap().contains("a las 12:30"), "{mode:?}: {texts:?}");
        let is_sent = matches!(mode, FailMode::None | FailMode::TimeoutAfterAccept);
        assert_eq!((count(&texts, "a las 12:00"), texts.len()), (usize::from(is_sent), 1 + usize::from(is_sent)));
    }
}

/// K20.
#[tokio::test]
async fn a_cancellation_that_is_undone_is_not_told_hours_later() {
    let setup = ClinicSetup::new().await;
    setup.app.set_now("2025-12-01T21:00:00-03:00").unwrap();
    let appointment = id(&setup.book("10:00").await);
    setup.act(&appointment, &cancel()).await.expect_status(200).unwrap();
    run_minutes_later(&setup, 20).await;
    perform(&setup, &appointment, "reopen").await;
    setup.run_job_at("2025-12-02T08:05:00-03:00").await;
    assert_eq!(texts(&setup), [""; 0]);
    setup.run_job_at(DUE).await;
    assert_eq!(count(&texts(&setup), "le recordamos"), 1, "the reminder is renewed");
}

/// The safety net of the claim: the appointment doesn't name the notice, so that the change back can't withdraw it.
#[tokio::test]
async fn a_notice_that_is_not_withdrawn_is_not_sent_either() {
    let faulty_client = FaultyClient::default();
    let setup = ClinicSetup::with_client(&faulty_client).await;
    faulty_client.set_mutation(Some(Mutation::ForgetNotices));
    let appointment = id(&setup.book("10:00").await);
    setup.act(&appointment, &cancel()).await.expect_status(200).unwrap();
    perform(&setup, &appointment, "reopen").await;
    let notice = format!("/api/notifications/?appointment={appointment}&kind=notice");
    assert_eq!(text(&setup.list(&notice).await[0], "status"), "pending");
    run_minutes_later(&setup, 5).await;
    assert_eq!((texts(&setup).len(), text(&setup.list(&notice).await[0], "status")), (0, "cancelled".into()));
}

#[tokio::test]
async fn a_cancellation_that_was_told_is_corrected_when_it_is_undone() {
    for mode in [FailMode::None, FailMode::TimeoutAfterAccept, FailMode::TimeoutBeforeAccept] {
        let setup = ClinicSetup::new().await;
        let appointment = id(&setup.book("10:00").await);
        setup.act(&appointment, &cancel()).await.expect_status(200).unwrap();
        setup.app.twilio().unwrap().fail(mode, None, 1);
        run_minutes_later(&setup, 2).await;
        perform(&setup, &appointment, "reopen").await;
        for _ in 0..4 {
            run_minutes_later(&setup, 10).await;
        }
        let texts = texts(&setup);
        let told = usize::from(mode != FailMode::TimeoutBeforeAccept);
        assert_eq!(
            (count(&texts, "fue cancelada"), count(&texts, "a las 10:00 sigue en pie")),
            (told, told),
            "{texts:?}"
        );
        assert_eq!(texts.len(), 2 * told, "{mode:?}: {texts:?}");
    }
}

#[tokio::test]
async fn a_cancellation_by_the_patient_or_by_phone_is_corrected_too() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);
    let told = json!({ "action": "cancel", "reason": "x", "notify": false, "told": "by_phone" });
    setup.act(&appointment, &told).await.expect_status(200).unwrap();
    perform(&setup, &appointment, "reopen").await;
    run_minutes_later(&setup, 2).await;
    assert_eq!(count(&texts(&setup), "sigue en pie"), 1);
}

/// The notice of the booking may have arrived before the call, so it doesn't take back what the call said.
#[tokio::test]
async fn a_message_that_was_on_its_way_before_a_call_does_not_correct_the_call() {
    for mode in [FailMode::TimeoutAfterAccept, FailMode::TimeoutBeforeAccept] {
        let setup = ClinicSetup::new().await;
        announce_bookings(&setup).await;
        let appointment = id(&setup.book("10:00").await);
        setup.app.twilio().unwrap().fail(mode, None, 1);
        run_minutes_later(&setup, 2).await;
        let told = json!({ "action": "cancel", "reason": "x", "notify": false, "told": "by_phone" });
        setup.act(&appointment, &told).await.expect_status(200).unwrap();
        perform(&setup, &appointment, "reopen").await;
        for _ in 0..4 {
            run_minutes_later(&setup, 10).await;
        }
        let texts = texts(&setup);
        assert_eq!(count(&texts, "a las 10:00 sigue en pie"), 1, "{mode:?}: {texts:?}");
    }
}

/// The same where the look-up finds the message before the appointment is reopened: it was sent before the call. The
/// correction that the look-up makes is withdrawn by the reopening.
#[tokio::test]
async fn a_message_that_is_found_by_a_look_up_was_sent_before_a_call_in_between() {
    let setup = ClinicSetup::new().await;
    announce_bookings(&setup).await;
    let appointment = id(&setup.book("10:00").await);
    setup.app.twilio().unwrap().fail(FailMode::TimeoutAfterAccept, None, 1);
    run_minutes_later(&setup, 2).await;
    let told = json!({ "action": "cancel", "reason": "x", "notify": false, "told": "by_phone" });
    setup.act(&appointment, &told).await.expect_status(200).unwrap();
    run_minutes_later(&setup, 16).await;
    perform(&setup, &appointment, "reopen").await;
    run_minutes_later(&setup, 2).await;
    let texts = texts(&setup);
    assert_eq!(count(&texts, "a las 10:00 sigue en pie"), 1, "{texts:?}");
}

/// Staff asked for another time before the notice of the move went out.
#[tokio::test]
async fn a_move_that_was_never_told_is_told_when_the_same_time_is_given_again() {
    let setup = ClinicSetup::new().await;
    let first = id(&setup.book("09:00").await);
    let second = move_to(&setup, &first, "12:00").await;
    perform(&setup, &second, "request_reschedule").await;
    let third = move_to(&setup, &second, "12:00").await;
    assert_ne!(second, third);
    run_minutes_later(&setup, 2).await;
    let told = texts(&setup);
    assert_eq!((told.len(), count(&told, "ahora es el lunes 15 de diciembre a las 12:00")), (1, 1), "{told:?}");
    // Now the patient knows.
    perform(&setup, &third, "request_reschedule").await;
    move_to(&setup, &third, "12:00").await;
    run_minutes_later(&setup, 5).await;
    assert_eq!(texts(&setup).len(), 1);
}

/// The patient knows of the time from the desk.
#[tokio::test]
async fn who_gets_the_same_time_again_is_told_nothing() {
    let setup = ClinicSetup::new().await;
    let first = id(&setup.book("09:00").await);
    perform(&setup, &first, "request_reschedule").await;
    move_to(&setup, &first, "09:00").await;
    run_minutes_later(&setup, 2).await;
    assert_eq!(texts(&setup), [""; 0]);
}

/// The notice of the move was dropped while the appointment waited for another time. The reminder, which is due in days,
/// doesn't tell the patient in its place.
#[tokio::test]
async fn a_move_that_was_never_told_is_told_when_the_time_is_kept() {
    let setup = ClinicSetup::new().await;
    let first = id(&setup.book("09:00").await);
    let second = move_to(&setup, &first, "12:00").await;
    perform(&setup, &second, "request_reschedule").await;
    run_minutes_later(&setup, 2).await;
    assert_eq!(texts(&setup).len(), 0);
    perform(&setup, &second, "keep").await;
    run_minutes_later(&setup, 2).await;
    let texts = texts(&setup);
    assert_eq!((texts.len(), count(&texts, "ahora es el lunes 15 de diciembre a las 12:00")), (1, 1), "{texts:?}");
}

/// The patient knows 09:00. That is the time whose cancellation is told.
#[tokio::test]
async fn a_cancellation_names_the_time_that_the_patient_knows() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("09:00").await);
    let moved = move_to(&setup, &appointment, "12:00").await;
    setup.act(&moved, &cancel()).await.expect_status(200).unwrap();
    run_minutes_later(&setup, 5).await;
    let texts = texts(&setup);
    assert_eq!((texts.len(), count(&texts, "a las 09:00 fue cancelada")), (1, 1), "{texts:?}");
}

#[tokio::test]
async fn a_reminder_goes_out_after_the_notice_of_the_move() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);
    setup.run_job_at(DUE).await;
    move_to(&setup, &appointment, "12:00").await;
    for _ in 0..3 {
        run_minutes_later(&setup, 5).await;
    }
    let texts = texts(&setup);
    assert_eq!((texts.len(), count(&texts, "a las 10:00")), (3, 1), "{texts:?}");
    assert!(texts[1].contains("cambió: ahora") && texts[2].contains("le recordamos"), "{texts:?}");
}

/// K30.
#[tokio::test]
async fn a_notice_and_a_reminder_of_one_moment_are_one_message() {
    let setup = ClinicSetup::new().await;
    announce_bookings(&setup).await;
    setup.app.set_now("2025-12-14T15:00:00-03:00").unwrap();
    let booked = id(&setup.book("10:00").await);
    let kinds = setup.list(&format!("/api/notifications/?appointment={booked}")).await;
    assert_eq!(kinds.len(), 1, "the reminder is due at once");
    run_minutes_later(&setup, 5).await;
    assert_eq!((texts(&setup).len(), count(&texts(&setup), "le recordamos")), (1, 1));
}

/// K30, where an outage makes them due in the same run, and where the reminder is sent first.
#[tokio::test]
async fn a_notice_that_comes_with_the_reminder_or_after_it_is_dropped() {
    for by_hand in [false, true] {
        let setup = ClinicSetup::new().await;
        announce_bookings(&setup).await;
        // The notice is due at 08:00, the reminder at 09:00, and the job comes back at 09:30.
        setup.app.set_now("2025-12-13T07:00:00-03:00").unwrap();
        let appointment = id(&setup.book("10:00").await);
        if by_hand {
            setup.app.set_now("2025-12-13T08:30:00-03:00").unwrap();
            crate::sending::send_reminder(&setup, &appointment, json!({})).await.expect_status(200).unwrap();
        }
        setup.run_job_at("2025-12-13T09:30:00-03:00").await;
        run_minutes_later(&setup, 5).await;
        assert_eq!((texts(&setup).len(), count(&texts(&setup), "le recordamos")), (1, 1), "{by_hand}");
        let rows = setup.list(&format!("/api/notifications/?appointment={appointment}&kind=notice")).await;
        assert_eq!(text(&rows[0], "status"), "cancelled");
        assert_eq!(text(&reminder(&setup, &appointment).await, "status"), "sent");
    }
}

/// The notice of a move was lost on its way back, so it may have been sent. The appointment is moved to the time that
/// the patient knew before, and then Twilio lists the notice as sent.
#[tokio::test]
async fn a_notice_that_went_out_unnoticed_is_corrected_by_the_time_that_the_appointment_has() {
    let setup = ClinicSetup::new().await;
    let first = id(&setup.book("09:00").await);
    let told = move_to(&setup, &first, "12:00").await;
    run_minutes_later(&setup, 2).await;
    let lost = move_to(&setup, &told, "12:30").await;
    setup.app.twilio().unwrap().fail(FailMode::TimeoutAfterAccept, None, 1);
    run_minutes_later(&setup, 2).await;
    let between = move_to(&setup, &lost, "11:00").await;
    move_to(&setup, &between, "12:00").await;
    for _ in 0..6 {
        run_minutes_later(&setup, 10).await;
    }
    let texts = texts(&setup);
    assert!(texts.last().unwrap().contains("ahora es el lunes 15 de diciembre a las 12:00"), "{texts:?}");
}

/// The same with a cancellation that went out unnoticed: the appointment takes place again, at another time.
#[tokio::test]
async fn a_cancellation_that_went_out_unnoticed_is_corrected_after_a_move() {
    let setup = ClinicSetup::new().await;
    announce_bookings(&setup).await;
    let first = id(&setup.book("09:00").await);
    run_minutes_later(&setup, 2).await;
    let moved = move_to(&setup, &first, "12:00").await;
    setup.act(&moved, &cancel()).await.expect_status(200).unwrap();
    setup.app.twilio().unwrap().fail(FailMode::TimeoutAfterAccept, None, 1);
    run_minutes_later(&setup, 2).await;
    perform(&setup, &moved, "reopen").await;
    move_to(&setup, &moved, "09:00").await;
    for _ in 0..6 {
        run_minutes_later(&setup, 10).await;
    }
    let texts = texts(&setup);
    assert_eq!(count(&texts, "cancelada"), 1, "{texts:?}");
    let last = texts.last().unwrap();
    assert!(last.contains("a las 09:00") && !last.contains("cancelada"), "{texts:?}");
}

/// The cancellation may have gone out, or not. It was about the time before a move, so it isn't sent again after it.
#[tokio::test]
async fn a_cancellation_after_a_move_does_not_rely_on_one_before_it_that_may_not_have_gone_out() {
    for mode in [FailMode::TimeoutBeforeAccept, FailMode::TimeoutAfterAccept] {
        let setup = ClinicSetup::new().await;
        let first = id(&setup.book("09:00").await);
        let told = move_to(&setup, &first, "10:00").await;
        run_minutes_later(&setup, 2).await;
        setup.act(&told, &cancel()).await.expect_status(200).unwrap();
        setup.app.twilio().unwrap().fail(mode, None, 1);
        run_minutes_later(&setup, 2).await;
        perform(&setup, &told, "reopen").await;
        let moved = move_to(&setup, &told, "12:00").await;
        setup.act(&moved, &cancel()).await.expect_status(200).unwrap();
        for _ in 0..6 {
            run_minutes_later(&setup, 10).await;
        }
        let texts = texts(&setup);
        assert!(texts.last().unwrap().contains("cancelada"), "{mode:?}: {texts:?}");
    }
}
