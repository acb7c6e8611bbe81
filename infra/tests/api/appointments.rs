//! Tests of booking and editing an appointment: its fields, the validation errors and what PATCH may change.

use crate::clinic_setup::{ClinicSetup, id, on_the_day, text};
use serde_json::{Value, json};
use testkit::test_app::TestResponse;

/// A body with some members replaced.
#[expect(clippy::needless_pass_by_value, reason = "callers write `json!` in place")]
pub(crate) fn with_members(mut booking: Value, members: Value) -> Value {
    for (name, value) in members.as_object().unwrap() {
        booking[name] = value.clone();
    }
    booking
}

pub(crate) async fn try_booking_with(setup: &ClinicSetup, members: Value) -> TestResponse {
    setup.try_book(with_members(setup.booking(&on_the_day("10:00")), members)).await
}

pub(crate) fn error_fields(answer: &TestResponse) -> Vec<&String> {
    answer.body["errors"].as_object().map(|errors| errors.keys().collect()).unwrap_or_default()
}

#[tokio::test]
async fn every_field_of_an_appointment_is_stored() {
    let setup = ClinicSetup::new().await;
    let operator = setup.operator().await;
    let body = with_members(
        setup.booking("2025-12-15T10:00:00-03:00"),
        json!({ "room": setup.room, "reason": "Control",
        "end_datetime": "2025-12-15T13:45:00Z", "notes": "Trae estudios", "overbook": false }),
    );
    let made = operator.post("/api/appointments/", &body).await.unwrap().expect_status(201).unwrap();
    let me = operator.get("/api/auth/me/").await.unwrap().id();
    let now = "2025-12-01T09:00:00-03:00";
    let wanted = json!({ "id": made.id(), "patient": setup.patient, "patient_name": "Lucía Fernández",
        "doctor": setup.doctor, "doctor_name": "Alicia Mora", "clinic": setup.clinic, "clinic_name": "Centro",
        "room": setup.room, "room_name": "Consultorio 1", "start_datetime": "2025-12-15T10:00:00-03:00",
        "end_datetime": "2025-12-15T10:45:00-03:00", "status": "PENDING", "status_display": "Pendiente",
        "reason": "Control", "notes": "Trae estudios", "overbook": false, "confirmed_at": null,
        "confirmed_via": null, "cancel_reason": null, "rescheduled_from": null, "rescheduled_to": null,
        "hold_until": null, "needs_attention": false, "attention": [], "stranded": false,
        "reminder": { "due_at": "2025-12-13T09:00:00-03:00", "status": "pending" }, "created_by": me,
        "created_at": now, "updated_at": now, "version": 1 });
    assert_eq!(made.body, wanted);
    let path = format!("/api/appointments/{}/", made.id());
    assert_eq!((made.header("location"), made.header("etag")), (path.clone(), "\"1\"".to_owned()));
    assert_eq!(operator.get(&path).await.unwrap().expect_status(200).unwrap().body, wanted);
}

#[tokio::test]
async fn invalid_fields_are_named() {
    let setup = ClinicSetup::new().await;
    let unknown = "019b2f3e-7a10-7cc1-9d7e-0242ac120002";
    for (members, field) in [
        (json!({ "start_datetime": "2025-12-01T08:59:59-03:00" }), "start_datetime"),
        (json!({ "start_datetime": "2025-12-01T09:00:00-03:00" }), "start_datetime"),
        (json!({ "start_datetime": "mañana" }), "start_datetime"),
        (json!({ "start_datetime": "2025-12-15" }), "start_datetime"),
        (json!({ "start_datetime": "2025-12-15T10:00:00.5-03:00" }), "start_datetime"),
        (json!({ "end_datetime": "2025-12-15T10:00:00-03:00" }), "end_datetime"),
        (json!({ "end_datetime": "2025-12-15T09:30:00-03:00" }), "end_datetime"),
        (json!({ "end_datetime": "2025-12-15T10:04:59-03:00" }), "end_datetime"),
        (json!({ "end_datetime": "2025-12-15T22:00:01-03:00" }), "end_datetime"),
        (json!({ "patient": unknown }), "patient"),
        (json!({ "doctor": unknown }), "doctor"),
        (json!({ "room": unknown }), "room"),
        (json!({ "patient": "x" }), "patient"),
        (json!({ "reason": "x".repeat(501) }), "reason"),
        (json!({ "notes": "x".repeat(2001) }), "notes"),
        (json!({ "overbook": "yes" }), "overbook"),
        (json!({ "status": "CONFIRMED" }), "status"),
        (json!({ "clinic": setup.clinic }), "clinic"),
    ] {
        let answer = try_booking_with(&setup, members.clone()).await.expect_status(400).unwrap();
        assert_eq!(answer.code(), "validation_error", "{members}");
        assert_eq!(error_fields(&answer), [field], "{members}");
    }
    let nothing = setup.try_book(json!({})).await.expect_status(400).unwrap();
    assert_eq!(error_fields(&nothing), ["doctor", "patient", "start_datetime"]);
    try_booking_with(&setup, json!({ "end_datetime": "2025-12-15T10:05:00-03:00" })).await.expect_status(201).unwrap();
}

#[tokio::test]
async fn a_time_without_an_offset_is_in_the_clinics_time_zone() {
    let setup = ClinicSetup::new().await;
    let local = json!({ "start_datetime": "2025-12-15T10:00:00", "end_datetime": "2025-12-15T10:20" });
    let booked = try_booking_with(&setup, local).await.expect_status(201).unwrap();
    assert_eq!(booked.text("start_datetime"), "2025-12-15T10:00:00-03:00");
    assert_eq!(booked.text("end_datetime"), "2025-12-15T10:20:00-03:00");
    let utc = json!({ "start_datetime": "2025-12-15T14:00:00Z" });
    let booked = try_booking_with(&setup, utc).await.expect_status(201).unwrap();
    assert_eq!(booked.text("start_datetime"), "2025-12-15T11:00:00-03:00");
}

#[tokio::test]
async fn only_notes_reason_and_attention_are_edited_in_place() {
    let setup = ClinicSetup::new().await;
    let appointment = setup.book("10:00").await;
    let path = format!("/api/appointments/{}/", id(&appointment));
    let operator = setup.operator().await;
    let edited = operator.patch(&path, &json!({ "notes": "Llega tarde", "reason": "Control" })).await.unwrap();
    let edited = edited.expect_status(200).unwrap();
    assert_eq!((edited.text("notes"), edited.text("reason")), ("Llega tarde".into(), "Control".into()));
    assert_eq!((&edited.body["version"], text(&edited.body, "status")), (&json!(2), "PENDING".into()));
    for (field, value) in [
        ("start_datetime", json!("2025-12-15T11:00:00-03:00")),
        ("status", json!("CONFIRMED")),
        ("doctor", json!(setup.doctor)),
        ("needs_attention", json!(true)),
        ("version", json!(1)),
    ] {
        let answer = operator.patch(&path, &json!({ field: value })).await.unwrap().expect_status(400).unwrap();
        assert_eq!(error_fields(&answer), [field]);
    }
    assert_eq!(operator.put(&path, &appointment).await.unwrap().status, 405);
    assert_eq!(operator.delete(&path).await.unwrap().status, 405);
    let trail = setup.list(&format!("/api/audit/?object_id={}", id(&appointment))).await;
    let done: Vec<String> = trail.iter().map(|row| text(row, "action")).collect();
    assert_eq!(done, ["UPDATE", "CREATE"]);
    assert!(!json!(trail).to_string().contains("Llega tarde"), "the trail holds no notes");
}
