//! Tests of quiet hours: no message goes out in them that no patient has just asked for, in two time zones.

use crate::clinic_setup::{ClinicSetup, PHONE, id, text};
use crate::reminders::run_minutes_later;
use crate::second_thoughts::texts;
use domain::time::{Instant, TimeDelta};
use local::fake_twilio::FailMode;
use serde_json::{Value, json};

/// The zones, with their offsets.
const ZONES: [(&str, &str); 2] = [("America/Argentina/Buenos_Aires", "-03:00"), ("America/Bogota", "-05:00")];

/// A setup whose clinic is in a zone, with an appointment on the 15th at 15:00 there.
async fn setup_in(zone: &str, offset: &str) -> (ClinicSetup, String) {
    let mut setup = ClinicSetup::new().await;
    let clinic = json!({ "name": "Otra", "timezone": zone, "hold_minutes": 120 });
    setup.clinic = id(&setup.create("/api/clinics/clinics/", &clinic).await);
    setup.room = setup.add_room(&setup.clinic, "Consultorio").await;
    setup.doctor = setup.add_doctor("Bruno", "Paz").await;
    setup.add_window(&setup.doctor, &setup.room, "2025-12-15", "09:00", "20:00").await;
    let appointment = id(&setup.book(&format!("2025-12-15T15:00:00{offset}")).await);
    (setup, appointment)
}

/// Runs the job at night, and then in the morning. Returns the number of messages by then and after.
async fn sent_by_night_and_morning(setup: &ClinicSetup, offset: &str) -> (usize, usize) {
    let before = texts(setup).len();
    for time in ["11T21:00", "11T23:30", "12T02:00", "12T07:59"] {
        let at = Instant::parse(&format!("2025-12-{time}:00{offset}")).unwrap();
        setup.app.clock.set(at);
        setup.app.system.run_reminders().await.unwrap();
    }
    let by_night = texts(setup).len() - before;
    // What the first run makes, such as the text of a hold, is sent by the second one.
    for time in ["08:01", "08:06"] {
        setup.run_job_at(&format!("2025-12-12T{time}:00{offset}")).await;
    }
    (by_night, texts(setup).len() - before)
}

#[tokio::test]
async fn notices_and_corrections_wait_for_the_morning() {
    for (zone, offset) in ZONES {
        let (setup, appointment) = setup_in(zone, offset).await;
        setup.app.set_now(&format!("2025-12-11T20:30:00{offset}")).unwrap();
        let cancel = json!({ "action": "cancel", "reason": "x" });
        setup.act(&appointment, &cancel).await.expect_status(200).unwrap();
        assert_eq!(sent_by_night_and_morning(&setup, offset).await, (0, 1), "{zone}: a notice");

        let (setup, appointment) = setup_in(zone, offset).await;
        let settings = json!({ "notify_on_cancel": false });
        let path = format!("/api/clinics/clinics/{}/", setup.clinic);
        setup.admin().await.patch(&path, &settings).await.unwrap().expect_status(200).unwrap();
        setup.app.set_now(&format!("2025-12-11T19:58:00{offset}")).unwrap();
        setup.app.twilio().unwrap().fail(FailMode::TimeoutAfterAccept, None, 1);
        let send = format!("/api/notifications/whatsapp/send/{appointment}/");
        setup.operator().await.post(&send, &json!({})).await.unwrap().expect_status(202).unwrap();
        let cancel = json!({ "action": "cancel", "reason": "x" });
        setup.act(&appointment, &cancel).await.expect_status(200).unwrap();
        assert_eq!(sent_by_night_and_morning(&setup, offset).await, (0, 1), "{zone}: a correction");
        assert!(texts(&setup)[1].contains("no tenga en cuenta el mensaje anterior"));
    }
}

#[tokio::test]
async fn a_reminder_waits_for_the_morning() {
    for (zone, offset) in ZONES {
        let (setup, _) = setup_in(zone, offset).await;
        setup.app.set_now(&format!("2025-12-11T22:00:00{offset}")).unwrap();
        setup.add_window(&setup.doctor, &setup.room, "2025-12-12", "09:00", "20:00").await;
        setup.book(&format!("2025-12-12T16:00:00{offset}")).await;
        assert_eq!(sent_by_night_and_morning(&setup, offset).await, (0, 1), "{zone}");
    }
}

/// K21: the patient asks for another time at 19:00. The hold of two hours runs out at the end of the night.
#[tokio::test]
async fn a_hold_runs_out_in_the_morning_and_so_does_its_text() {
    for (zone, offset) in ZONES {
        let (setup, appointment) = setup_in(zone, offset).await;
        setup.app.set_now(&format!("2025-12-11T18:30:00{offset}")).unwrap();
        let send = format!("/api/notifications/whatsapp/send/{appointment}/");
        setup.operator().await.post(&send, &json!({})).await.unwrap().expect_status(200).unwrap();
        setup.app.set_now(&format!("2025-12-11T19:00:00{offset}")).unwrap();
        setup.patient_writes("Reprogramar").await;
        let held = setup.appointment(&appointment).await;
        assert_eq!(text(&held, "hold_until"), format!("2025-12-12T08:00:00{offset}"));
        assert_eq!(sent_by_night_and_morning(&setup, offset).await, (0, 1), "{zone}");
        assert!(texts(&setup).pop().unwrap().contains("Ya no reservamos su horario"));
        assert_eq!(setup.appointment(&appointment).await["hold_until"], Value::Null);
        let kinds = setup.list(&format!("/api/notifications/?appointment={appointment}&kind=notice")).await;
        assert_eq!(text(&kinds[0], "status"), "sent");
    }
}

/// Staff keep an appointment whose patient was told that it isn't held any more.
#[tokio::test]
async fn who_was_told_that_a_time_is_not_held_is_told_that_it_is_kept() {
    let (setup, appointment) = setup_in(ZONES[0].0, ZONES[0].1).await;
    setup.app.set_now("2025-12-11T09:00:00-03:00").unwrap();
    let send = format!("/api/notifications/whatsapp/send/{appointment}/");
    setup.operator().await.post(&send, &json!({})).await.unwrap().expect_status(200).unwrap();
    setup.patient_writes("Reprogramar").await;
    setup.run_job_at("2025-12-11T11:00:00-03:00").await;
    run_minutes_later(&setup, 5).await;
    assert!(texts(&setup).pop().unwrap().contains("Ya no reservamos su horario"));
    setup.act(&appointment, &json!({ "action": "keep" })).await.expect_status(200).unwrap();
    run_minutes_later(&setup, 2).await;
    assert!(texts(&setup).pop().unwrap().contains("sigue en pie"));
}

#[tokio::test]
async fn an_answer_goes_out_at_night_only_to_who_has_just_written() {
    let (setup, appointment) = setup_in(ZONES[0].0, ZONES[0].1).await;
    setup.app.set_now("2025-12-11T19:00:00-03:00").unwrap();
    let send = format!("/api/notifications/whatsapp/send/{appointment}/");
    setup.operator().await.post(&send, &json!({})).await.unwrap().expect_status(200).unwrap();
    setup.app.set_now("2025-12-11T23:00:00-03:00").unwrap();
    setup.patient_writes("Confirmar").await;
    assert_eq!(texts(&setup).len(), 2, "the answer, at once");
    // The next answer is refused for a while.
    setup.app.twilio().unwrap().fail(FailMode::TooManyRequests, None, 5);
    setup.patient_writes("Confirmar").await;
    for _ in 0..6 {
        setup.app.advance(TimeDelta::minutes(20));
        setup.app.system.run_reminders().await.unwrap();
    }
    assert_eq!(texts(&setup).len(), 2, "not in the middle of the night");
    setup.run_job_at("2025-12-12T08:01:00-03:00").await;
    setup.app.twilio().unwrap().fail(FailMode::None, None, 0);
    setup.run_job_at("2025-12-12T09:00:00-03:00").await;
    assert_eq!(texts(&setup).len(), 3, "{PHONE}");
}
