//! Tests of outages of the scheduled job: each reminder is sent once, none at night and none after its appointment.

use crate::clinic_setup::{ClinicSetup, id, on_the_day, text};
use crate::reminders::{reminder, run_minutes_later, sent_count};
use domain::time::{Instant, TimeDelta, Zone};
use futures_util::future::join_all;
use serde_json::json;

/// A setup after an outage of this many minutes, which began shortly before the reminders were due, and after the usual
/// runs that follow it, two at the same time.
async fn setup_after_outage(outage: i64) -> (ClinicSetup, Vec<String>) {
    let setup = ClinicSetup::new().await;
    let mut appointments = Vec::new();
    for (number, time) in ["09:00", "10:00", "12:30"].into_iter().enumerate() {
        let patient = setup.add_patient("Ana", &format!("7{number}"), &format!("+1202555017{number}")).await;
        let mut body = setup.booking(&on_the_day(time));
        body["patient"] = json!(patient);
        appointments.push(setup.try_book(body).await.expect_status(201).unwrap().id());
    }
    run_minutes_later(&setup, 15).await;
    setup.app.set_now("2025-12-13T08:59:00-03:00").unwrap();
    setup.app.advance(TimeDelta::minutes(outage));
    for minutes in [15; 16].into_iter().chain([60; 44]) {
        for run in join_all((0..2).map(|_| setup.app.system.run_reminders())).await {
            run.unwrap();
        }
        setup.app.advance(TimeDelta::minutes(minutes));
    }
    (setup, appointments)
}

#[tokio::test]
async fn an_outage_loses_nothing_and_doubles_nothing() {
    let zone = Zone::parse("America/Argentina/Buenos_Aires").unwrap();
    for (minutes, expected) in
        [(30, "sent"), (6 * 60, "sent"), (18 * 60, "sent"), (24 * 60, "sent"), (25 * 60, "expired")]
    {
        let (setup, appointments) = setup_after_outage(minutes).await;
        for appointment in &appointments {
            assert_eq!(text(&reminder(&setup, appointment).await, "status"), expected, "{minutes} minutes");
        }
        let messages = setup.app.outbox().unwrap();
        assert_eq!(messages.len(), if expected == "sent" { 3 } else { 0 }, "{minutes} minutes");
        for message in messages {
            let at = Instant::from_utc(message.date_created);
            let hour = zone.local(at).format("%H").to_string();
            assert!(("08".."20").contains(&hour.as_str()), "{minutes} minutes: at {hour}");
            assert!(at < Instant::parse(&on_the_day("09:00")).unwrap());
        }
    }
}

/// Due reminders are found from the low-water mark on, however long the outage was.
#[tokio::test]
async fn a_reminder_that_is_months_late_expires() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);
    run_minutes_later(&setup, 15).await;
    setup.run_job_at("2026-06-01T09:00:00-03:00").await;
    assert_eq!((sent_count(&setup), text(&reminder(&setup, &appointment).await, "status")), (0, "expired".into()));
}
