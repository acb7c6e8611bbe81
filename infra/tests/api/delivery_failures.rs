//! Tests that a failure counts alike whether Twilio answers the send with it or reports it later: the breaker, a further
//! attempt, an opt-out, or the worklist. Nothing is sent after a delivery.

use crate::circuit_breaker::setup_with_appointments;
use crate::clinic_setup::{ClinicSetup, PHONE, id, text};
use crate::delivery_reports::report_status;
use crate::reminders::{DUE, reminder, run_minutes_later, sent_count, status_and_attempts};
use crate::replies::patient_says;
use crate::sending::{notification_row, outbox, send_reminder};
use domain::ids::{Id as _, NotificationId};
use domain::notification::Notification;
use domain::time::TimeDelta;
use invariants::check_table;
use local::fake_twilio::{FailMode, PatientReply, SentMessage};
use serde_json::{Value, json};
use store::keys::Key;
use twilio::ErrorClass;
use twilio::errors::{TABLE, classify};

/// Longer than the recipient's rate limit.
fn let_rate_limit_pass(setup: &ClinicSetup) {
    setup.app.advance(TimeDelta::seconds(10));
}

async fn stored(setup: &ClinicSetup, row: &Value) -> Notification {
    let key = Key::notification(NotificationId::parse(&id(row)).unwrap());
    setup.app.system.database.table().get::<Notification>(&key).await.unwrap().unwrap()
}

async fn opts_in(setup: &ClinicSetup, patient: &str) -> bool {
    let path = format!("/api/patients/{patient}/");
    setup.operator().await.get(&path).await.unwrap().body["whatsapp_opt_in"].as_bool().unwrap()
}

async fn cancel(setup: &ClinicSetup, appointment: &str) {
    let told = json!({ "action": "cancel", "reason": "x", "notify": false, "told": "by_phone" });
    setup.act(appointment, &told).await.expect_status(200).unwrap();
}

fn last_message(setup: &ClinicSetup) -> SentMessage {
    outbox(setup).pop().unwrap()
}

/// What a failure leads to.
#[derive(Debug, PartialEq)]
struct FailureResult {
    /// `None` if the message isn't sent again.
    retried_after_minutes: Option<i64>,
    is_final: bool,
    needs_attention: bool,
    opts_in: bool,
    error_code: Option<u32>,
}

/// Sends the reminder of a new appointment, and lets it fail with a code.
async fn fail(setup: &ClinicSetup, code: u32, by_callback: Option<&str>) -> FailureResult {
    let_rate_limit_pass(setup);
    let appointment = id(&setup.book("10:00").await);
    if by_callback.is_none() {
        setup.app.twilio().unwrap().fail(FailMode::Refused, Some(code), 1);
    }
    let answer = send_reminder(setup, &appointment, json!({})).await;
    if let Some(status) = by_callback {
        report_status(setup, &last_message(setup), status, Some(code)).await;
    }
    let row = stored(setup, &answer.body["notification"]).await;
    let shown = notification_row(setup, &answer).await;
    let pause = row.next_at.map(|at| at.since(setup.app.system.app.now()).num_seconds());
    // The jitter is a fifth.
    let about = |minutes: i64| pause.is_some_and(|seconds| (minutes * 48..=minutes * 72).contains(&seconds));
    let result = FailureResult {
        retried_after_minutes: pause.map(|seconds| {
            [2, 15, 240].into_iter().find(|minutes| about(*minutes)).unwrap_or_else(|| panic!("{code}: {seconds} s"))
        }),
        is_final: ["failed", "undelivered"].contains(&text(&shown, "status").as_str()),
        needs_attention: setup.appointment(&appointment).await["needs_attention"].as_bool().unwrap(),
        opts_in: opts_in(setup, &setup.patient).await,
        error_code: row.error_code,
    };
    assert_eq!((result.is_final, row.attempts), (text(&shown, "status") != "pending", 1), "{code}: {shown}");
    if !result.opts_in {
        patient_says(setup, "ALTA").await;
    }
    cancel(setup, &appointment).await;
    result
}

fn expected(class: ErrorClass, code: u32) -> FailureResult {
    let retried_after_minutes = match class {
        ErrorClass::Retry | ErrorClass::Unknown => Some(2),
        ErrorClass::Temporary => Some(240),
        ErrorClass::Configuration => Some(15),
        ErrorClass::Permanent | ErrorClass::OptedOut => None,
    };
    let is_final = retried_after_minutes.is_none();
    FailureResult {
        retried_after_minutes,
        is_final,
        needs_attention: is_final,
        opts_in: class != ErrorClass::OptedOut,
        error_code: Some(code),
    }
}

/// K23. A code that isn't in the table counts too.
#[tokio::test]
async fn every_code_leads_to_the_same_state_at_once_and_later() {
    let setup = ClinicSetup::new().await;
    let codes = TABLE.iter().map(|row| row.code).chain([63_999, 12_345]);
    for (number, code) in codes.enumerate() {
        let class = classify(code);
        // Refused with one of these, nobody knows whether the message was accepted.
        if class != ErrorClass::Unknown {
            assert_eq!(fail(&setup, code, None).await, expected(class, code), "{code} at once");
        }
        let status = ["undelivered", "failed"][number % 2];
        assert_eq!(fail(&setup, code, Some(status)).await, expected(class, code), "{code} by callback");
    }
}

#[tokio::test]
async fn without_a_code_the_recipient_is_taken_to_be_the_reason() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);
    let answer = send_reminder(&setup, &appointment, json!({})).await;
    report_status(&setup, &last_message(&setup), "undelivered", None).await;
    assert_eq!(text(&notification_row(&setup, &answer).await, "status"), "undelivered");
    assert_eq!(setup.appointment(&appointment).await["needs_attention"], true);
}

#[tokio::test]
async fn a_report_counts_once_however_often_it_comes() {
    let (setup, appointments) = setup_with_appointments(2).await;
    setup.run_job_at(DUE).await;
    for message in outbox(&setup) {
        for status in ["undelivered", "failed", "sent", "undelivered", "undelivered"] {
            report_status(&setup, &message, status, Some(63_041)).await;
            setup.app.advance(TimeDelta::seconds(1));
        }
    }
    for appointment in &appointments {
        let row = reminder(&setup, appointment).await;
        assert_eq!(status_and_attempts(&row), ("pending".into(), 1));
    }
    setup.app.advance(TimeDelta::minutes(20));
    let summary = setup.app.system.run_reminders().await.unwrap();
    assert!(!summary.breaker_open && summary.sent == 2, "two failures, not ten: {summary:?}");
}

#[tokio::test]
async fn a_report_of_an_earlier_attempt_does_not_concern_a_later_one() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);
    setup.run_job_at(DUE).await;
    let first = last_message(&setup);
    report_status(&setup, &first, "undelivered", Some(63_012)).await;
    run_minutes_later(&setup, 3).await;
    assert_eq!(sent_count(&setup), 2);
    let row = reminder(&setup, &appointment).await;
    assert_eq!((status_and_attempts(&row), &row["error_code"]), (("sent".into(), 2), &Value::Null));
    for status in ["undelivered", "failed", "sent"] {
        report_status(&setup, &first, status, Some(63_024)).await;
        assert_eq!(reminder(&setup, &appointment).await, row);
    }
    report_status(&setup, &last_message(&setup), "delivered", None).await;
    assert_eq!(text(&reminder(&setup, &appointment).await, "status"), "delivered");
}

/// K24, where the message waits for its next attempt, where that has failed, and where its outcome is unknown.
#[tokio::test]
async fn a_late_delivery_wins_over_a_further_attempt() {
    for later in ["none", "undelivered", "unknown", "sent"] {
        let setup = ClinicSetup::new().await;
        let appointment = id(&setup.book("10:00").await);
        setup.run_job_at(DUE).await;
        let first = last_message(&setup);
        report_status(&setup, &first, "undelivered", Some(30_008)).await;
        match later {
            "undelivered" => {
                run_minutes_later(&setup, 3).await;
                report_status(&setup, &last_message(&setup), "undelivered", Some(30_008)).await;
            }
            "unknown" => {
                setup.app.twilio().unwrap().fail(FailMode::TimeoutBeforeAccept, None, 1);
                run_minutes_later(&setup, 3).await;
            }
            "sent" => run_minutes_later(&setup, 3).await,
            _ => {}
        }
        let before = sent_count(&setup);
        report_status(&setup, &first, "delivered", None).await;
        for _ in 0..8 {
            run_minutes_later(&setup, 20).await;
        }
        assert_eq!(sent_count(&setup), before, "{later}");
        let row = reminder(&setup, &appointment).await;
        assert_eq!((text(&row, "status"), &row["error_code"]), ("delivered".into(), &Value::Null), "{later}");
        assert_eq!(setup.appointment(&appointment).await["needs_attention"], false);
        if later == "sent" {
            report_status(&setup, &last_message(&setup), "undelivered", Some(63_024)).await;
            assert_eq!(text(&reminder(&setup, &appointment).await, "status"), "delivered");
        }
    }
}

/// The message of the first attempt has the same text, and is no proof that the second was accepted.
#[tokio::test]
async fn an_undelivered_message_is_not_taken_for_the_next_attempt() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);
    let answer = send_reminder(&setup, &appointment, json!({})).await;
    report_status(&setup, &last_message(&setup), "undelivered", Some(63_012)).await;
    let_rate_limit_pass(&setup);
    setup.app.twilio().unwrap().fail(FailMode::TimeoutBeforeAccept, None, 1);
    send_reminder(&setup, &appointment, json!({})).await.expect_status(202).unwrap();
    for _ in 0..4 {
        run_minutes_later(&setup, 10).await;
    }
    assert_eq!(sent_count(&setup), 2);
    let row = notification_row(&setup, &answer).await;
    assert_eq!((status_and_attempts(&row), text(&row, "external_id")), (("sent".into(), 3), last_message(&setup).sid));
}

#[tokio::test]
async fn passing_errors_are_final_after_six_attempts() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);
    setup.run_job_at(DUE).await;
    for attempt in 1..=6 {
        assert_eq!(sent_count(&setup), attempt);
        assert_eq!(setup.appointment(&appointment).await["needs_attention"], false);
        report_status(&setup, &last_message(&setup), "undelivered", Some(63_012)).await;
        run_minutes_later(&setup, 40).await;
    }
    assert_eq!(sent_count(&setup), 6);
    assert_eq!(status_and_attempts(&reminder(&setup, &appointment).await), ("undelivered".into(), 6));
    assert_eq!(setup.appointment(&appointment).await["needs_attention"], true);
}

/// A person hears of it while there is still time to call.
#[tokio::test]
async fn what_can_not_be_sent_again_in_time_is_final_at_once() {
    for by_callback in [None, Some("undelivered")] {
        let setup = ClinicSetup::new().await;
        setup.app.set_now("2025-12-15T05:00:00-03:00").unwrap();
        let appointment = id(&setup.book("11:00").await);
        if by_callback.is_none() {
            setup.app.twilio().unwrap().fail(FailMode::Refused, Some(63_018), 1);
        }
        send_reminder(&setup, &appointment, json!({})).await;
        if let Some(status) = by_callback {
            report_status(&setup, &last_message(&setup), status, Some(63_018)).await;
        }
        assert_eq!(setup.appointment(&appointment).await["needs_attention"], true, "{by_callback:?}");
    }
}

#[tokio::test]
async fn a_message_is_sent_again_only_while_it_is_true() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);
    setup.run_job_at(DUE).await;
    let message = last_message(&setup);
    report_status(&setup, &message, "undelivered", Some(63_018)).await;
    cancel(&setup, &appointment).await;
    run_minutes_later(&setup, 5 * 60).await;
    assert_eq!((sent_count(&setup), text(&reminder(&setup, &appointment).await, "status")), (1, "cancelled".into()));
    // Here it is after all, and the patient reads of an appointment that is off.
    report_status(&setup, &message, "delivered", None).await;
    run_minutes_later(&setup, 5).await;
    assert_eq!(text(&reminder(&setup, &appointment).await, "status"), "delivered");
    assert_eq!(sent_count(&setup), 2, "the correction");
}

#[tokio::test]
async fn who_blocks_us_is_opted_out_with_everybody_at_that_number() {
    for (code, by_callback) in [(21_610, false), (63_014, false), (21_610, true), (63_014, true)] {
        let setup = ClinicSetup::new().await;
        let child = setup.add_patient("Sofía", "30999888", PHONE).await;
        let other = setup.add_patient("Rosa", "30999777", "+12025550199").await;
        let (first, second) = (id(&setup.book("10:00").await), {
            let mut body = setup.booking(&crate::clinic_setup::on_the_day("11:00"));
            body["patient"] = json!(child);
            setup.try_book(body).await.expect_status(201).unwrap().id()
        });
        if !by_callback {
            setup.app.twilio().unwrap().fail(FailMode::Refused, Some(code), 1);
        }
        send_reminder(&setup, &first, json!({})).await;
        if by_callback {
            report_status(&setup, &last_message(&setup), "failed", Some(code)).await;
        }
        assert!(!opts_in(&setup, &setup.patient).await && !opts_in(&setup, &child).await, "{code}");
        assert!(opts_in(&setup, &other).await);
        let sent = sent_count(&setup);
        setup.run_job_at(DUE).await;
        assert_eq!((sent_count(&setup), text(&reminder(&setup, &second).await, "status")), (sent, "cancelled".into()));
        assert_eq!(setup.appointment(&first).await["needs_attention"], true, "the reminder didn't arrive");
        let trail = setup.list(&format!("/api/audit/?object_id={child}")).await;
        let opted_out = |row: &&Value| row["changes"]["whatsapp_opt_in"]["new"] == "false";
        let audited: Vec<_> = trail.iter().filter(opted_out).collect();
        assert_eq!((audited.len(), text(audited[0], "actor_type")), (1, "system".into()), "{trail:?}");
    }
}

#[tokio::test]
async fn twilios_own_opt_out_counts_whatever_the_text_says() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);
    setup.run_job_at(DUE).await;
    let write = async |keyword: &str, body: &str| {
        let (body, opt_out_type) = (Some(body.to_owned()), Some(keyword.to_owned()));
        let reply = PatientReply { body, opt_out_type, ..ClinicSetup::patient_reply() };
        setup.app.patient_writes(&reply).await.unwrap().expect_status(200).unwrap();
        let_rate_limit_pass(&setup);
    };
    write("STOP", "confirmo").await;
    assert!(!opts_in(&setup, &setup.patient).await);
    assert_eq!(text(&setup.appointment(&appointment).await, "status"), "PENDING");
    write("START", "hola").await;
    assert!(opts_in(&setup, &setup.patient).await);
    assert_eq!(sent_count(&setup), 1, "Twilio has answered both");
    write("HELP", "confirmo").await;
    assert_eq!(text(&setup.appointment(&appointment).await, "status"), "CONFIRMED");
    let shown = setup.list("/api/notifications/inbound/").await;
    let intents: Vec<String> = shown.iter().rev().map(|row| text(row, "intent")).collect();
    assert_eq!(intents, ["opt_out", "opt_in", "confirm"]);
}

/// Random orders of callbacks, also late and repeated ones, and of runs of the job.
#[tokio::test]
async fn nothing_is_sent_after_a_delivery_in_whatever_order_reports_come() {
    const CODES: [u32; 8] = [63_012, 63_012, 30_008, 30_008, 63_018, 63_041, 63_041, 63_024];
    let (mut delivered_runs, mut resent_runs) = (0, 0);
    for seed in 0..12 {
        let mut random = fastrand::Rng::with_seed(seed);
        let setup = ClinicSetup::new().await;
        let appointment = id(&setup.book("10:00").await);
        setup.run_job_at(DUE).await;
        let mut sent_at_delivery = None;
        for _ in 0..30 {
            let messages = outbox(&setup);
            match random.u8(0..10) {
                0..=3 => run_minutes_later(&setup, random.i64(1..40)).await,
                4 => {
                    let modes =
                        [FailMode::TimeoutAfterAccept, FailMode::TimeoutBeforeAccept, FailMode::TooManyRequests];
                    setup.app.twilio().unwrap().fail(modes[random.usize(0..3)], None, 1);
                }
                _ => {
                    let message = &messages[random.usize(0..messages.len())];
                    let status = ["sent", "undelivered", "undelivered", "undelivered", "failed", "delivered"]
                        [random.usize(0..6)];
                    let code = CODES[random.usize(0..CODES.len())];
                    let is_failure = status == "undelivered" || status == "failed";
                    report_status(&setup, message, status, is_failure.then_some(code)).await;
                    if status == "delivered" {
                        sent_at_delivery.get_or_insert(messages.len());
                    }
                }
            }
        }
        for _ in 0..3 {
            run_minutes_later(&setup, 300).await;
        }
        resent_runs += usize::from(sent_count(&setup) > 1);
        let row = reminder(&setup, &appointment).await;
        if let Some(sent) = sent_at_delivery {
            delivered_runs += 1;
            assert_eq!((sent_count(&setup), text(&row, "status")), (sent, "delivered".into()), "seed {seed}");
        }
        let report = check_table(&setup.app.system.database.table()).await.unwrap();
        assert_eq!(report.findings, [], "seed {seed}");
    }
    assert!(delivered_runs > 4 && resent_runs > 4, "{delivered_runs} {resent_runs}");
}
