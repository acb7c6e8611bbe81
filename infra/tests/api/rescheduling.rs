//! Tests of rescheduling an appointment: moving it, holding its time after a request, and keeping it.

use crate::clinic_setup::{ClinicSetup, id, on_the_day, text};
use serde_json::{Value, json};

fn reschedule_to(time: &str) -> Value {
    json!({ "action": "reschedule", "start_datetime": on_the_day(time) })
}

/// Books another patient at 10:00. Returns the status of the answer.
async fn book_other_patient_at_ten(setup: &ClinicSetup) -> u16 {
    let known = setup.list("/api/patients/?document_number=77").await;
    let ana = match known.first() {
        Some(ana) => id(ana),
        None => setup.add_patient("Ana", "77", "+12025550177").await,
    };
    let body = json!({ "patient": ana, "doctor": setup.doctor, "start_datetime": on_the_day("10:00") });
    setup.try_book(body).await.status.as_u16()
}

async fn history(setup: &ClinicSetup, appointment: &str) -> Vec<Value> {
    setup.list(&format!("/api/appointments/{appointment}/actions/")).await
}

#[tokio::test]
async fn a_move_creates_a_new_linked_appointment() {
    let setup = ClinicSetup::new().await;
    let old = setup.book("10:00").await;
    let notes = json!({ "notes": "Trae estudios", "reason": "Control" });
    let operator = setup.operator().await;
    operator.patch(&format!("/api/appointments/{}/", id(&old)), &notes).await.unwrap().expect_status(200).unwrap();
    setup.act(&id(&old), &json!({ "action": "confirm" })).await.expect_status(200).unwrap();

    let mut request = reschedule_to("11:00");
    request["reason"] = json!("viaje");
    let new = setup.act(&id(&old), &request).await.expect_status(201).unwrap();
    assert_eq!(new.header("location"), format!("/api/appointments/{}/", new.id()));
    assert_eq!(new.header("etag"), "\"1\"");
    assert_eq!((new.text("start_datetime"), new.text("end_datetime")), (on_the_day("11:00"), on_the_day("11:30")));
    assert_eq!((new.text("status"), new.text("rescheduled_from")), ("PENDING".into(), id(&old)));
    assert_eq!((new.text("notes"), new.text("reason")), ("Trae estudios".into(), "Control".into()));
    assert_eq!((new.text("doctor"), new.text("room")), (setup.doctor.clone(), setup.room.clone()));
    assert_eq!(new.body["reminder"]["status"], "pending");
    let before = setup.appointment(&id(&old)).await;
    assert_eq!((text(&before, "status"), text(&before, "rescheduled_to")), ("RESCHEDULED".into(), new.id()));
    assert_eq!((text(&before, "start_datetime"), &before["hold_until"]), (on_the_day("10:00"), &Value::Null));
    assert_eq!((&before["reminder"]["status"], &before["needs_attention"]), (&json!("cancelled"), &json!(false)));

    let row = history(&setup, &id(&old)).await.pop().unwrap();
    assert_eq!((text(&row, "action"), text(&row, "reason")), ("reschedule".into(), "viaje".into()));
    assert_eq!(row["payload"]["rescheduled_to"], json!(new.id()));
    let born = history(&setup, &new.id()).await;
    assert_eq!((born.len(), text(&born[0], "action")), (1, "create".into()));
    assert_eq!(born[0]["payload"]["rescheduled_from"], old["id"]);
    for (appointment, rows) in [(id(&old), 4), (new.id(), 1)] {
        assert_eq!(setup.list(&format!("/api/audit/?object_id={appointment}")).await.len(), rows);
    }
    assert_eq!(book_other_patient_at_ten(&setup).await, 201, "the old time is free");
}

#[tokio::test]
async fn length_doctor_and_room_stay_the_same_unless_given() {
    let setup = ClinicSetup::new().await;
    let mut long = setup.booking(&on_the_day("10:00"));
    long["end_datetime"] = json!(on_the_day("10:50"));
    let appointment = setup.try_book(long).await.expect_status(201).unwrap().id();
    let moved = setup.act(&appointment, &reschedule_to("10:20")).await.expect_status(201).unwrap();
    assert_eq!(moved.text("end_datetime"), on_the_day("11:10"), "over its own old time, as long as before");
    let mut shorter = reschedule_to("10:20");
    shorter["end_datetime"] = json!(on_the_day("10:30"));
    let shorter = setup.act(&moved.id(), &shorter).await.expect_status(200).unwrap();
    assert_eq!(shorter.id(), moved.id(), "another length is no move");

    let colleague = setup.add_doctor("Bruno", "Paz").await;
    let room = setup.add_room(&setup.clinic, "Consultorio 2").await;
    setup.add_window(&colleague, &room, "2025-12-15", "09:00", "13:00").await;
    let mut elsewhere = reschedule_to("12:00");
    elsewhere["doctor"] = json!(colleague);
    let elsewhere = setup.act(&shorter.id(), &elsewhere).await.expect_status(201).unwrap();
    assert_eq!((elsewhere.text("doctor"), elsewhere.text("room")), (colleague, room));
}

#[tokio::test]
async fn a_move_that_fails_leaves_everything_as_it_was() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);
    let ana = setup.add_patient("Ana", "77", "+12025550177").await;
    let taken = json!({ "patient": ana, "doctor": setup.doctor, "start_datetime": on_the_day("11:00") });
    setup.try_book(taken).await.expect_status(201).unwrap();
    let before = setup.appointment(&appointment).await;
    for (request, code) in [(reschedule_to("11:15"), "slot_taken"), (reschedule_to("13:00"), "outside_availability")] {
        assert_eq!(setup.act(&appointment, &request).await.expect_status(409).unwrap().code(), code);
    }
    assert_eq!(setup.appointment(&appointment).await, before);
    assert_eq!(book_other_patient_at_ten(&setup).await, 409);
}

#[tokio::test]
async fn a_request_holds_the_time_until_the_clinics_limit_or_the_start() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);
    let ask = json!({ "action": "request_reschedule", "reason": "no llega" });
    let asked = setup.act(&appointment, &ask).await.expect_status(200).unwrap();
    assert_eq!((asked.text("status"), &asked.body["rescheduled_to"]), ("RESCHEDULED".into(), &Value::Null));
    assert_eq!(
        (asked.text("hold_until"), &asked.body["needs_attention"]),
        ("2025-12-01T11:00:00-03:00".into(), &json!(true))
    );
    assert_eq!(book_other_patient_at_ten(&setup).await, 409);

    setup.run_job_at("2025-12-01T10:59:59-03:00").await;
    assert_eq!(book_other_patient_at_ten(&setup).await, 409);
    setup.run_job_at("2025-12-01T11:00:00-03:00").await;
    let expired = setup.appointment(&appointment).await;
    assert_eq!((text(&expired, "status"), &expired["hold_until"]), ("RESCHEDULED".into(), &Value::Null));
    assert_eq!(expired["needs_attention"], true, "still in the worklist");
    let row = history(&setup, &appointment).await.pop().unwrap();
    assert_eq!(
        (text(&row, "action"), text(&row["actor"], "type"), text(&row, "channel")),
        ("hold_expired".into(), "system".into(), "system".into())
    );
    setup.run_job_at("2025-12-01T11:15:00-03:00").await;
    assert_eq!(history(&setup, &appointment).await.len(), 3, "once");
    assert_eq!(book_other_patient_at_ten(&setup).await, 201);

    let late = setup.act(&appointment, &json!({ "action": "keep" })).await.expect_status(409).unwrap();
    assert_eq!(late.code(), "slot_taken", "another patient has the time now");
    setup.act(&appointment, &reschedule_to("12:00")).await.expect_status(201).unwrap();
}

#[tokio::test]
async fn a_hold_ends_with_the_start() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);
    setup.app.set_now("2025-12-15T09:30:00-03:00").unwrap();
    let asked = setup.act(&appointment, &json!({ "action": "request_reschedule" })).await.expect_status(200).unwrap();
    assert_eq!(asked.text("hold_until"), on_the_day("10:00"));
}

#[tokio::test]
async fn keeping_occupies_the_time_again() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);
    for sweep in [false, true] {
        setup.act(&appointment, &json!({ "action": "request_reschedule" })).await.expect_status(200).unwrap();
        if sweep {
            setup.run_job_at("2025-12-01T12:00:00-03:00").await;
        }
        let kept = setup.act(&appointment, &json!({ "action": "keep" })).await.expect_status(200).unwrap();
        assert_eq!((kept.text("status"), &kept.body["hold_until"]), ("CONFIRMED".into(), &Value::Null));
        assert_eq!(kept.body["needs_attention"], false);
        assert_eq!(book_other_patient_at_ten(&setup).await, 409);
    }
    setup.run_job_at("2025-12-01T16:00:00-03:00").await;
    assert_eq!(text(&setup.appointment(&appointment).await, "status"), "CONFIRMED", "no hold is left behind");
}

#[tokio::test]
async fn a_held_appointment_can_be_cancelled() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);
    setup.act(&appointment, &json!({ "action": "request_reschedule" })).await.expect_status(200).unwrap();
    let cancel = json!({ "action": "cancel", "reason": "ya no" });
    let cancelled = setup.act(&appointment, &cancel).await.expect_status(200).unwrap();
    assert_eq!((cancelled.text("status"), &cancelled.body["hold_until"]), ("CANCELLED".into(), &Value::Null));
    assert_eq!(cancelled.body["needs_attention"], false);
    assert_eq!(book_other_patient_at_ten(&setup).await, 201);
    setup.run_job_at("2025-12-01T16:00:00-03:00").await;
    assert_eq!(history(&setup, &appointment).await.len(), 3);
}
