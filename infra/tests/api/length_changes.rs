//! Tests of a move to the same start, doctor and room: the appointment itself gets the new end, and the patient is told
//! nothing.

use crate::clinic_setup::{ClinicSetup, PHONE, id, on_the_day, text};
use crate::reminders::run_minutes_later;
use serde_json::{Value, json};

fn until(time: &str) -> Value {
    json!({ "action": "reschedule", "start_datetime": on_the_day("10:00"), "end_datetime": on_the_day(time) })
}

async fn other_patient_at(setup: &ClinicSetup, from: &str, to: &str) -> (u16, String) {
    let known = setup.list("/api/patients/?document_number=77").await;
    let ana = match known.first() {
        Some(ana) => id(ana),
        None => setup.add_patient("Ana", "77", "+12025550177").await,
    };
    let body = json!({ "patient": ana, "doctor": setup.doctor, "start_datetime": on_the_day(from),
        "end_datetime": on_the_day(to) });
    let answer = setup.try_book(body).await;
    (answer.status.as_u16(), answer.code())
}

#[tokio::test]
async fn a_longer_appointment_stays_the_same_one() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);
    setup.act(&appointment, &json!({ "action": "confirm" })).await.expect_status(200).unwrap();
    let mut request = until("10:50");
    request["reason"] = json!("dos consultas");
    request["notify"] = json!(true);
    request["doctor"] = json!(setup.doctor);
    request["room"] = json!(setup.room);
    let longer = setup.act(&appointment, &request).await.expect_status(200).unwrap();
    assert_eq!((longer.id(), longer.text("status")), (appointment.clone(), "CONFIRMED".into()));
    assert_eq!((longer.text("end_datetime"), &longer.body["version"]), (on_the_day("10:50"), &json!(3)));
    assert_eq!((longer.header("etag"), &longer.body["rescheduled_to"]), ("\"3\"".to_owned(), &Value::Null));
    assert_eq!(setup.list(&format!("/api/appointments/?patient={}", setup.patient)).await.len(), 1, "no new one");
    let row = setup.list(&format!("/api/appointments/{appointment}/actions/")).await.pop().unwrap();
    assert_eq!((text(&row, "action"), text(&row, "reason")), ("reschedule".into(), "dos consultas".into()));
    assert_eq!((text(&row, "from_status"), text(&row, "to_status")), ("CONFIRMED".into(), "CONFIRMED".into()));
    assert_eq!(row["payload"]["end_datetime"], json!(on_the_day("10:50")));
    let trail = setup.list(&format!("/api/audit/?object_id={appointment}")).await;
    let fields: Vec<&String> = trail[0]["changes"].as_object().unwrap().keys().collect();
    assert_eq!((trail.len(), fields), (3, vec![&"end".to_owned()]));

    assert_eq!(other_patient_at(&setup, "10:45", "11:00").await, (409, "slot_taken".into()), "the time is taken");
    let shorter = setup.act(&appointment, &until("10:20")).await.expect_status(200).unwrap();
    assert_eq!(shorter.text("end_datetime"), on_the_day("10:20"));
    assert_eq!(other_patient_at(&setup, "10:20", "11:00").await.0, 201, "and free again");
    let refused = setup.act(&appointment, &until("10:25")).await.expect_status(409).unwrap();
    let resources: Vec<String> =
        refused.body["conflicts"].as_array().unwrap().iter().map(|conflict| text(conflict, "resource")).collect();
    assert_eq!((refused.code().as_str(), resources), ("slot_taken", vec!["doctor".to_owned(), "room".to_owned()]));

    run_minutes_later(&setup, 10).await;
    assert!(setup.app.outbox().unwrap().is_empty(), "the patient isn't told: {PHONE}");
}

#[tokio::test]
async fn a_move_to_where_it_is_changes_nothing() {
    let setup = ClinicSetup::new().await;
    let appointment = setup.book("10:00").await;
    let nowhere = json!({ "action": "reschedule", "start_datetime": "2025-12-15T13:00:00Z" });
    let same = setup.act(&id(&appointment), &nowhere).await.expect_status(200).unwrap();
    assert_eq!(same.body, appointment);
    let local = json!({ "action": "reschedule", "start_datetime": "2025-12-15T10:00" });
    assert_eq!(setup.act(&id(&appointment), &local).await.expect_status(200).unwrap().body, appointment);
    assert_eq!(setup.list(&format!("/api/appointments/{}/actions/", id(&appointment))).await.len(), 1);
    run_minutes_later(&setup, 10).await;
    assert!(setup.app.outbox().unwrap().is_empty());
}

#[tokio::test]
async fn an_end_must_be_possible() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);
    let path = format!("/api/appointments/{appointment}/actions/");
    for (end, status, what) in
        [("10:04", 400, "validation_error"), ("09:00", 400, "validation_error"), ("13:30", 409, "outside_availability")]
    {
        let refused = setup.act(&appointment, &until(end)).await.expect_status(status).unwrap();
        assert_eq!(refused.code(), what, "{end}");
    }
    let stale = setup.operator().await.header("if-match", "\"7\"").unwrap().post(&path, &until("10:45")).await.unwrap();
    assert_eq!(stale.status, 412);
    // It is running, and takes longer; but it can't have ended before now.
    setup.app.set_now(&on_the_day("10:20")).unwrap();
    setup.act(&appointment, &until("10:15")).await.expect_status(400).unwrap();
    let longer = setup.act(&appointment, &until("10:45")).await.expect_status(200).unwrap();
    assert_eq!(longer.text("end_datetime"), on_the_day("10:45"));
    let client = setup.operator().await.header("idempotency-key", "same").unwrap();
    for replayed in ["", "true"] {
        let answer = client.post(&path, &until("10:40")).await.unwrap().expect_status(200).unwrap();
        assert_eq!((answer.id(), answer.header("idempotency-replayed")), (appointment.clone(), replayed.to_owned()));
    }
}

/// The buffer is that of the booking, and an entry over the UTC midnight stands in both days.
#[tokio::test]
async fn the_agendas_have_the_new_end_over_midnight() {
    let setup = ClinicSetup::new().await;
    let doctor = format!("/api/doctors/{}/", setup.doctor);
    let buffer = json!({ "buffer_minutes": 15 });
    setup.admin().await.patch(&doctor, &buffer).await.unwrap().expect_status(200).unwrap();
    setup.add_window(&setup.doctor, &setup.room, "2025-12-16", "19:00", "23:00").await;
    // 21:00 in Buenos Aires is midnight in UTC.
    let at = |time: &str| format!("2025-12-16T{time}:00-03:00");
    let appointment = id(&setup.book(&at("20:30")).await);
    let ana = setup.add_patient("Ana", "77", "+12025550177").await;
    let code = async |from: &str, to: &str| {
        let body =
            json!({ "patient": ana, "doctor": setup.doctor, "start_datetime": at(from), "end_datetime": at(to) });
        let answer = setup.try_book(body).await;
        let cancel = json!({ "action": "cancel", "reason": "x" });
        if answer.status == 201 {
            setup.act(&answer.id(), &cancel).await.expect_status(200).unwrap();
        }
        answer.status.as_u16()
    };
    let end = |time: &str| json!({ "action": "reschedule", "start_datetime": at("20:30"), "end_datetime": at(time) });
    for (until, free, taken) in [("21:30", "21:45", "21:40"), ("20:40", "20:55", "20:50"), ("21:10", "21:25", "21:20")]
    {
        setup.act(&appointment, &end(until)).await.expect_status(200).unwrap();
        assert_eq!((code(free, "22:00").await, code(taken, "22:00").await), (201, 409), "{until}");
    }
}

#[tokio::test]
async fn an_overbooked_appointment_may_be_longer_whatever_the_limit() {
    let setup = ClinicSetup::new().await;
    setup.book("10:00").await;
    let clinic = format!("/api/clinics/clinics/{}/", setup.clinic);
    let limit = async |limit: u32| {
        let change = json!({ "overbook_per_day": limit });
        setup.admin().await.patch(&clinic, &change).await.unwrap().expect_status(200).unwrap();
    };
    limit(1).await;
    let ana = setup.add_patient("Ana", "77", "+12025550177").await;
    let body = json!({ "patient": ana, "doctor": setup.doctor, "start_datetime": on_the_day("10:00"),
        "overbook": true, "reason": "urgencia" });
    let overbooked = setup.try_book(body).await.expect_status(201).unwrap().id();
    limit(0).await;
    setup.act(&overbooked, &until("10:45")).await.expect_status(200).unwrap();
    let away = json!({ "action": "reschedule", "start_datetime": "2025-12-15T12:00:00-03:00" });
    let refused = setup.act(&overbooked, &away).await.expect_status(409).unwrap();
    assert_eq!(refused.code(), "overbook_limit", "a move counts anew");
}

/// An appointment that waits for another time is replaced, even by one at the same time, and the patient isn't told that
/// it changed.
#[tokio::test]
async fn one_that_waits_for_another_time_is_replaced_silently() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);
    let ask = json!({ "action": "request_reschedule" });
    setup.act(&appointment, &ask).await.expect_status(200).unwrap();
    let new = setup.act(&appointment, &until("10:45")).await.expect_status(201).unwrap();
    assert_eq!((new.text("rescheduled_from"), new.text("end_datetime")), (appointment, on_the_day("10:45")));
    run_minutes_later(&setup, 10).await;
    assert!(setup.app.outbox().unwrap().is_empty());
}
