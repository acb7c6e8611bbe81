//! Tests of reminders: each active appointment gets one, at the clinic's time and never at night, unless the patient
//! has opted out.

use crate::clinic_setup::{ClinicSetup, id, on_the_day, text};
use domain::time::TimeDelta;
use futures_util::future::join_all;
use serde_json::{Value, json};

/// Two days before the appointments, at the clinic's `reminder_time`.
pub(crate) const DUE: &str = "2025-12-13T09:00:00-03:00";

/// The reminder of an appointment in the list of notifications.
pub(crate) async fn reminder(setup: &ClinicSetup, appointment: &str) -> Value {
    setup.list(&format!("/api/notifications/?appointment={appointment}&kind=reminder")).await.remove(0)
}

pub(crate) fn status_and_attempts(row: &Value) -> (String, u64) {
    (text(row, "status"), row["attempts"].as_u64().unwrap())
}

pub(crate) fn sent_count(setup: &ClinicSetup) -> usize {
    setup.app.outbox().unwrap().len()
}

pub(crate) async fn run_minutes_later(setup: &ClinicSetup, minutes: i64) {
    setup.app.advance(TimeDelta::minutes(minutes));
    setup.app.system.run_reminders().await.unwrap();
}

#[tokio::test]
async fn a_reminder_is_due_at_the_clinics_time_and_never_at_night() {
    let setup = ClinicSetup::new().await;
    for (now, appointment, due, status) in [
        ("2025-12-01T09:00:00-03:00", "09:00", DUE, "pending"),
        ("2025-12-13T08:59:59-03:00", "09:30", DUE, "pending"),
        ("2025-12-13T09:00:00-03:00", "10:00", DUE, "pending"),
        ("2025-12-14T15:00:00-03:00", "10:30", "2025-12-14T15:00:00-03:00", "pending"),
        ("2025-12-14T22:00:00-03:00", "11:00", "2025-12-15T08:00:00-03:00", "pending"),
        ("2025-12-14T22:00:00-03:00", "09:10", "2025-12-15T08:00:00-03:00", "expired"),
        ("2025-12-15T06:00:01-03:00", "12:00", "2025-12-15T08:00:00-03:00", "expired"),
        ("2025-12-15T08:30:00-03:00", "12:30", "2025-12-15T08:30:00-03:00", "expired"),
    ] {
        setup.app.set_now(now).unwrap();
        let mut booking = setup.booking(&on_the_day(appointment));
        booking["end_datetime"] = json!(on_the_day(&format!("{}5", &appointment[..4])));
        let booked = setup.try_book(booking).await.expect_status(201).unwrap();
        assert_eq!(
            booked.body["reminder"],
            json!({ "due_at": due, "status": status }),
            "{appointment}, booked at {now}"
        );
        assert_eq!(text(&reminder(&setup, &booked.id()).await, "status"), status);
    }
}

#[tokio::test]
async fn settings_apply_to_later_bookings() {
    let setup = ClinicSetup::new().await;
    let before = setup.book("10:00").await;
    let path = format!("/api/clinics/clinics/{}/", setup.clinic);
    let change = json!({ "reminder_days_before": 0, "reminder_time": "06:30" });
    setup.admin().await.patch(&path, &change).await.unwrap().expect_status(200).unwrap();
    let after = setup.book("12:00").await;
    assert_eq!(text(&after["reminder"], "due_at"), on_the_day("08:00"), "06:30 is still night");
    assert_eq!(setup.appointment(&id(&before)).await["reminder"]["due_at"], DUE);
}

#[tokio::test]
async fn a_reminder_is_sent_once_however_often_the_job_runs() {
    let setup = ClinicSetup::new().await;
    let mut appointments = Vec::new();
    for (number, time) in ["09:00", "09:30", "10:00", "10:30", "11:00"].iter().enumerate() {
        let patient = setup.add_patient("Ana", &format!("7{number}"), &format!("+1202555017{number}")).await;
        let booking = json!({ "patient": patient, "doctor": setup.doctor, "start_datetime": on_the_day(time) });
        appointments.push(setup.try_book(booking).await.expect_status(201).unwrap().id());
    }
    setup.run_job_at("2025-12-13T08:59:59-03:00").await;
    assert_eq!(sent_count(&setup), 0);
    setup.app.set_now(DUE).unwrap();
    for run in join_all((0..10).map(|_| setup.app.system.run_reminders())).await {
        run.unwrap();
    }
    for minutes in [1, 5, 60] {
        run_minutes_later(&setup, minutes).await;
    }
    let mut receivers: Vec<String> = setup.app.outbox().unwrap().into_iter().map(|message| message.to).collect();
    receivers.sort_unstable();
    assert_eq!(receivers, (0..5).map(|number| format!("whatsapp:+1202555017{number}")).collect::<Vec<_>>());
    for appointment in appointments {
        let row = reminder(&setup, &appointment).await;
        assert_eq!(status_and_attempts(&row), ("sent".into(), 1));
        // A second run for a number waits six seconds for the rate limit, and finds the reminder sent.
        assert!(text(&row, "sent_at").starts_with("2025-12-13T09:00:0"), "{row}");
        assert_eq!(setup.appointment(&appointment).await["reminder"]["status"], "sent");
        assert_eq!(setup.appointment(&appointment).await["version"], 1, "a reminder is no change of the appointment");
    }
}

#[tokio::test]
async fn cancelled_moved_and_held_appointments_get_no_reminder() {
    let setup = ClinicSetup::new().await;
    let (cancelled, moved, held) =
        (id(&setup.book("10:00").await), id(&setup.book("11:00").await), id(&setup.book("12:00").await));
    setup.act(&cancelled, &json!({ "action": "cancel", "reason": "x" })).await.expect_status(200).unwrap();
    let request = json!({ "action": "reschedule", "start_datetime": on_the_day("09:00") });
    let new = setup.act(&moved, &request).await.expect_status(201).unwrap().id();
    setup.act(&held, &json!({ "action": "request_reschedule" })).await.expect_status(200).unwrap();
    setup.run_job_at(DUE).await;
    for appointment in [&cancelled, &moved, &held] {
        assert_eq!(status_and_attempts(&reminder(&setup, appointment).await), ("cancelled".into(), 0));
    }
    assert_eq!(status_and_attempts(&reminder(&setup, &new).await), ("sent".into(), 1));
    let reminded = setup.list("/api/notifications/?kind=reminder&status=sent").await;
    assert_eq!(reminded.len(), 1);
}

#[tokio::test]
async fn a_patient_who_opted_out_gets_no_messages() {
    let setup = ClinicSetup::new().await;
    let path = format!("/api/patients/{}/", setup.patient);
    let before = id(&setup.book("10:00").await);
    let set_opt_in = async |wants: bool| {
        let change = json!({ "whatsapp_opt_in": wants });
        setup.operator().await.patch(&path, &change).await.unwrap().expect_status(200).unwrap();
    };
    set_opt_in(false).await;
    let after = setup.book("11:00").await;
    assert_eq!(after["reminder"]["status"], "cancelled");
    setup.run_job_at(DUE).await;
    assert_eq!(
        (sent_count(&setup), status_and_attempts(&reminder(&setup, &before).await)),
        (0, ("cancelled".into(), 0))
    );
    set_opt_in(true).await;
    run_minutes_later(&setup, 15).await;
    assert_eq!(sent_count(&setup), 0, "a cancelled reminder isn't sent later");
}

#[tokio::test]
async fn after_an_outage_a_reminder_is_sent_up_to_a_day_late() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("12:00").await);
    setup.run_job_at("2025-12-13T23:00:00-03:00").await;
    assert_eq!(sent_count(&setup), 0, "not at night");
    setup.run_job_at("2025-12-14T08:00:00-03:00").await;
    assert_eq!(
        (sent_count(&setup), status_and_attempts(&reminder(&setup, &appointment).await)),
        (1, ("sent".into(), 1))
    );

    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("12:00").await);
    setup.run_job_at("2025-12-14T09:00:01-03:00").await;
    assert_eq!(
        (sent_count(&setup), status_and_attempts(&reminder(&setup, &appointment).await)),
        (0, ("expired".into(), 0)),
        "a day late"
    );
    assert_eq!(setup.appointment(&appointment).await["reminder"]["status"], "expired");
}
