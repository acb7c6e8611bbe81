//! Tests of the circuit breaker: while our Twilio account, sender or template is wrong, reminders stay pending and few
//! calls are made.

use crate::clinic_setup::{ClinicSetup, id, on_the_day, text};
use crate::delivery_reports::report_status;
use crate::reminders::{DUE, reminder, run_minutes_later, sent_count, status_and_attempts};
use crate::sending::outbox;
use app::messaging::reminders::breaker::{Breaker, BreakerState};
use app::support::job::{JobStep, UnreadableRows};
use domain::time::TimeDelta;
use local::fake_twilio::FailMode;
use serde_json::json;

/// A setup with this many appointments whose reminders are due at the same time, at most six.
pub(crate) async fn setup_with_appointments(appointments: usize) -> (ClinicSetup, Vec<String>) {
    let setup = ClinicSetup::new().await;
    let mut all = Vec::new();
    for (number, time) in
        ["09:00", "09:30", "10:00", "10:30", "11:00", "11:30"].into_iter().take(appointments).enumerate()
    {
        let patient = setup.add_patient("Ana", &format!("7{number}"), &format!("+1202555017{number}")).await;
        let mut body = setup.booking(&on_the_day(time));
        body["patient"] = json!(patient);
        all.push(setup.try_book(body).await.expect_status(201).unwrap().id());
    }
    (setup, all)
}

#[tokio::test]
async fn with_wrong_settings_reminders_stay_pending() {
    let (setup, appointments) = setup_with_appointments(6).await;
    let twilio = setup.app.twilio().unwrap();
    twilio.fail(FailMode::Refused, Some(63007), 1000);
    setup.app.set_now(DUE).unwrap();
    let summary = setup.app.system.run_reminders().await.unwrap();
    assert!(summary.breaker_open && summary.sent == 0, "{summary:?}");
    let tried = summary.refused["configuration"];
    assert!((3..=6).contains(&tried) && tried + summary.held == 6, "{summary:?}");
    for appointment in &appointments {
        let row = reminder(&setup, appointment).await;
        assert_eq!(text(&row, "status"), "pending");
    }
    // During the cool-down nothing is sent; after it one message is tried, if its own backoff is over.
    let (mut last_try, mut probes) = (0, 0);
    for minute in [5, 11, 16, 22, 27, 33] {
        setup.app.set_now(DUE).unwrap();
        setup.app.advance(TimeDelta::minutes(minute));
        let summary = setup.app.system.run_reminders().await.unwrap();
        let tried = summary.refused.get("configuration").copied().unwrap_or(0);
        let most = u64::from(minute >= last_try + 10);
        assert!(summary.breaker_open && tried <= most, "minute {minute}: {summary:?}");
        if tried > 0 {
            (last_try, probes) = (minute, probes + tried);
        }
    }
    assert!(probes > 0, "after the cool-down a message is tried");
    twilio.fail(FailMode::None, None, 0);
    run_minutes_later(&setup, 11).await;
    run_minutes_later(&setup, 20).await;
    assert_eq!(sent_count(&setup), 6, "each goes out once it can");
    for appointment in &appointments {
        let row = reminder(&setup, appointment).await;
        assert_eq!((text(&row, "status"), &row["error_code"]), ("sent".into(), &json!(null)));
    }
}

#[tokio::test]
async fn one_refused_message_does_not_open_the_breaker() {
    let (setup, appointments) = setup_with_appointments(6).await;
    setup.app.twilio().unwrap().fail(FailMode::Refused, Some(21656), 1);
    setup.app.set_now(DUE).unwrap();
    let summary = setup.app.system.run_reminders().await.unwrap();
    assert!(!summary.breaker_open && summary.sent == 5, "{summary:?}");
    run_minutes_later(&setup, 20).await;
    assert_eq!(sent_count(&setup), 6);
    let mut states = Vec::new();
    for appointment in &appointments {
        states.push(status_and_attempts(&reminder(&setup, appointment).await));
    }
    states.sort_unstable();
    assert_eq!(states.iter().filter(|(_, attempts)| *attempts == 2).count(), 1, "{states:?}");
}

#[tokio::test]
async fn without_an_account_the_send_endpoint_answers_the_error_code() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);
    setup.app.twilio().unwrap().fail(FailMode::Refused, Some(20003), 10);
    let path = format!("/api/notifications/whatsapp/send/{appointment}/");
    let answer = setup.operator().await.post(&path, &json!({})).await.unwrap().expect_status(202).unwrap();
    let row = &answer.body["notification"];
    assert_eq!((row["status"].clone(), row["error_code"].clone()), (json!("pending"), json!(20003)));
    assert_eq!(answer.body["message_sid"], json!(null));
}

/// Twelve reminders that Twilio accepts and reports as undelivered.
async fn twelve_undelivered(code: u32) -> (ClinicSetup, Vec<String>) {
    let (setup, mut appointments) = setup_with_appointments(6).await;
    for number in 0..6 {
        let patient = setup.add_patient("Eva", &format!("8{number}"), &format!("+1202555018{number}")).await;
        let mut body = setup.booking(&on_the_day(&format!("12:{number}0")));
        body["end_datetime"] = json!(on_the_day(&format!("12:{number}5")));
        body["patient"] = json!(patient);
        appointments.push(setup.try_book(body).await.expect_status(201).unwrap().id());
    }
    setup.run_job_at(DUE).await;
    assert_eq!(sent_count(&setup), 12);
    for message in outbox(&setup) {
        report_status(&setup, &message, "undelivered", Some(code)).await;
    }
    (setup, appointments)
}

/// K23.
#[tokio::test]
async fn a_paused_template_opens_the_breaker_until_a_message_is_delivered() {
    let (setup, appointments) = twelve_undelivered(63_041).await;
    for appointment in &appointments {
        let row = reminder(&setup, appointment).await;
        assert_eq!((status_and_attempts(&row), &row["error_code"]), (("pending".into(), 1), &json!(63_041)));
        assert_eq!(setup.appointment(appointment).await["needs_attention"], false);
    }
    setup.app.advance(TimeDelta::minutes(5));
    let summary = setup.app.system.run_reminders().await.unwrap();
    // `RemindersBreakerOpen` is the metric of `SendingHeldBackAlarm`.
    assert!(summary.breaker_open && summary.sent == 0, "{summary:?}");
    // One message is tried at a time, and its acceptance doesn't close the breaker.
    let mut tried = 0;
    for _ in 0..6 {
        setup.app.advance(TimeDelta::minutes(11));
        let summary = setup.app.system.run_reminders().await.unwrap();
        assert!(summary.breaker_open && summary.sent <= 1, "{summary:?}");
        if summary.sent == 1 {
            tried += 1;
            report_status(&setup, &outbox(&setup).pop().unwrap(), "undelivered", Some(63_041)).await;
        }
    }
    assert!(tried >= 3, "{tried}");
    setup.app.advance(TimeDelta::minutes(21));
    assert_eq!(setup.app.system.run_reminders().await.unwrap().sent, 1);
    report_status(&setup, &outbox(&setup).pop().unwrap(), "delivered", None).await;
    for _ in 0..3 {
        run_minutes_later(&setup, 20).await;
    }
    assert_eq!(sent_count(&setup), 12 + tried + 12, "each once more");
    for appointment in &appointments {
        let row = reminder(&setup, appointment).await;
        assert!(["sent", "delivered"].contains(&text(&row, "status").as_str()) && row["error_code"].is_null(), "{row}");
    }
}

/// K23: the next day ten more went out.
#[tokio::test]
async fn while_a_template_stays_paused_few_messages_are_tried_and_all_go_to_the_worklist() {
    let (setup, appointments) = twelve_undelivered(63_041).await;
    let mut tried = 0;
    for _ in 0..26 {
        setup.app.advance(TimeDelta::hours(1));
        let summary = setup.app.system.run_reminders().await.unwrap();
        assert!(summary.breaker_open && summary.sent <= 1, "{summary:?}");
        if summary.sent == 1 {
            tried += 1;
            report_status(&setup, &outbox(&setup).pop().unwrap(), "undelivered", Some(63_041)).await;
        }
    }
    assert!((5..=26).contains(&tried), "{tried}");
    for appointment in &appointments {
        let row = reminder(&setup, appointment).await;
        assert!(["expired", "undelivered"].contains(&text(&row, "status").as_str()), "{row}");
        assert_eq!(setup.appointment(appointment).await["needs_attention"], true);
    }
}

/// Fewer failures, or deliveries between them, say nothing about the template.
#[tokio::test]
async fn deliveries_between_failures_keep_the_breaker_closed() {
    let (setup, _) = setup_with_appointments(6).await;
    setup.run_job_at(DUE).await;
    for (number, message) in outbox(&setup).iter().enumerate() {
        match number % 3 {
            0 => report_status(&setup, message, "delivered", None).await,
            _ => report_status(&setup, message, "undelivered", Some(63_013)).await,
        }
    }
    setup.app.advance(TimeDelta::minutes(20));
    let summary = setup.app.system.run_reminders().await.unwrap();
    assert!(!summary.breaker_open && summary.sent == 4, "{summary:?}");
}

/// A run may take minutes, and callbacks come in seconds.
#[tokio::test]
async fn a_run_learns_that_callbacks_opened_the_breaker() {
    let (setup, _) = setup_with_appointments(3).await;
    setup.run_job_at(DUE).await;
    let (app, unreadable) = (&setup.app.system.app, UnreadableRows::default());
    let step = JobStep { deadline: None, unreadable: &unreadable };
    let breaker = Breaker::read(app, &step).await.unwrap();
    for message in outbox(&setup) {
        report_status(&setup, &message, "undelivered", Some(63_041)).await;
    }
    breaker.refresh(app).await.unwrap();
    assert_eq!(breaker.state(), BreakerState::Closed, "it has just been read");
    setup.app.advance(TimeDelta::seconds(30));
    breaker.refresh(app).await.unwrap();
    assert_eq!(breaker.state(), BreakerState::Open);
}
