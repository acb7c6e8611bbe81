//! Tests of `Idempotency-Key`: a repeated request has one effect. Keys are scoped by user and route, expire after a
//! day, and don't store refusals.

use crate::clinic_setup::{ClinicSetup, id};
use serde_json::{Value, json};
use testkit::test_app::{TestClient, TestResponse};

fn with_key<'a>(client: TestClient<'a>, key: &str) -> TestClient<'a> {
    client.header("idempotency-key", key).unwrap()
}

fn is_replayed(answer: &TestResponse) -> bool {
    answer.header("idempotency-replayed") == "true"
}

fn patient_body(document: &str) -> Value {
    json!({ "first_name": "Ana", "last_name": "Ruiz", "document_number": document, "phone_number": "+12025550170" })
}

#[tokio::test]
async fn the_same_key_and_body_replays_the_first_outcome() {
    let setup = ClinicSetup::new().await;
    let client = with_key(setup.operator().await, "alta-1");
    let first = client.post("/api/patients/", &patient_body("1")).await.unwrap().expect_status(201).unwrap();
    assert!(!is_replayed(&first));
    let path = format!("/api/patients/{}/", first.id());
    setup.operator().await.patch(&path, &json!({ "notes": "hoy" })).await.unwrap().expect_status(200).unwrap();

    let again = client.post("/api/patients/", &patient_body("1")).await.unwrap().expect_status(201).unwrap();
    assert!(is_replayed(&again));
    assert_eq!(again.header("location"), first.header("location"));
    assert_eq!((again.id(), again.text("notes")), (first.id(), "hoy".to_owned()), "as it is now");

    let other = client.post("/api/patients/", &patient_body("2")).await.unwrap().expect_status(422).unwrap();
    assert_eq!(other.code(), "idempotency_mismatch");
    let elsewhere = json!({ "first_name": "A", "last_name": "B" });
    let doctor = with_key(setup.admin().await, "alta-1").post("/api/doctors/", &elsewhere).await.unwrap();
    assert_eq!((doctor.status.as_u16(), is_replayed(&doctor)), (201, false), "another route, another user");
}

#[tokio::test]
async fn a_repeated_booking_and_a_repeated_action_have_one_effect() {
    let setup = ClinicSetup::new().await;
    let operator = setup.operator().await;
    let booking = setup.booking("2025-12-15T10:00:00-03:00");
    let book = with_key(operator.clone(), "book");
    let first = book.post("/api/appointments/", &booking).await.unwrap().expect_status(201).unwrap();
    let again = book.post("/api/appointments/", &booking).await.unwrap().expect_status(201).unwrap();
    assert_eq!((first.id(), is_replayed(&again)), (again.id(), true));

    let path = format!("/api/appointments/{}/actions/", first.id());
    let confirm = with_key(operator.clone(), "confirm");
    confirm.post(&path, &json!({ "action": "confirm" })).await.unwrap().expect_status(200).unwrap();
    setup.act(&first.id(), &json!({ "action": "unconfirm" })).await.expect_status(200).unwrap();
    let late = confirm.post(&path, &json!({ "action": "confirm" })).await.unwrap().expect_status(200).unwrap();
    assert_eq!((is_replayed(&late), late.text("status").as_str()), (true, "PENDING"), "not done again");

    let mover = with_key(operator, "move");
    let request = json!({ "action": "reschedule", "start_datetime": "2025-12-15T12:00:00-03:00" });
    let moved = mover.post(&path, &request).await.unwrap().expect_status(201).unwrap();
    let again = mover.post(&path, &request).await.unwrap().expect_status(201).unwrap();
    assert_eq!((moved.id(), moved.header("location")), (again.id(), again.header("location")));
    assert!(is_replayed(&again));
}

/// The appointment changes between the two requests, so that the second one could do something.
#[tokio::test]
async fn the_repeat_of_a_request_that_changed_nothing_changes_nothing() {
    let setup = ClinicSetup::new().await;
    let appointment = setup.book("10:00").await;
    let path = format!("/api/appointments/{}/actions/", id(&appointment));
    let confirm = json!({ "action": "confirm" });
    let stay = json!({ "action": "reschedule", "start_datetime": "2025-12-15T10:00:00-03:00" });
    setup.act(&id(&appointment), &confirm).await.expect_status(200).unwrap();
    for (key, request) in [("confirm", &confirm), ("stay", &stay)] {
        let client = with_key(setup.operator().await, key);
        let first = client.post(&path, request).await.unwrap().expect_status(200).unwrap();
        assert_eq!((is_replayed(&first), &first.body["version"]), (false, &json!(2)), "{key}");
    }
    setup.act(&id(&appointment), &json!({ "action": "request_reschedule" })).await.expect_status(200).unwrap();
    for (key, request) in [("confirm", &confirm), ("stay", &stay)] {
        let client = with_key(setup.operator().await, key);
        let again = client.post(&path, request).await.unwrap().expect_status(200).unwrap();
        assert_eq!((is_replayed(&again), again.id()), (true, id(&appointment)), "{key}");
        assert_eq!(again.text("status"), "RESCHEDULED", "{key}");
        let other = client.post(&path, &json!({ "action": "cancel", "reason": "x" })).await.unwrap();
        assert_eq!(other.code(), "idempotency_mismatch", "{key}");
    }
}

#[tokio::test]
async fn a_refusal_is_not_stored() {
    let setup = ClinicSetup::new().await;
    let appointment = setup.book("10:00").await;
    let other = setup.add_patient("Ana", "77", "+12025550177").await;
    let mut booking = setup.booking("2025-12-15T10:00:00-03:00");
    booking["patient"] = json!(other);
    let client = with_key(setup.operator().await, "wait");
    let taken = client.post("/api/appointments/", &booking).await.unwrap().expect_status(409).unwrap();
    assert_eq!(taken.code(), "slot_taken");
    let cancel = json!({ "action": "cancel", "reason": "llamó" });
    setup.act(&id(&appointment), &cancel).await.expect_status(200).unwrap();
    let booked = client.post("/api/appointments/", &booking).await.unwrap().expect_status(201).unwrap();
    assert!(!is_replayed(&booked));
}

#[tokio::test]
async fn a_key_expires_after_a_day() {
    let setup = ClinicSetup::new().await;
    let room = |name: &str| json!({ "clinic": setup.clinic, "name": name });
    let send = async |body: Value| {
        with_key(setup.admin().await, "room")
            .post("/api/clinics/rooms/", &body)
            .await
            .unwrap()
            .expect_status(201)
            .unwrap()
    };
    let first = send(room("Consultorio 2")).await;
    setup.app.set_now("2025-12-02T11:59:59Z").unwrap();
    assert_eq!(send(room("Consultorio 2")).await.id(), first.id());
    setup.app.set_now("2025-12-02T12:00:00Z").unwrap();
    let anew = send(room("Consultorio 3")).await;
    assert!(anew.id() != first.id() && !is_replayed(&anew));
}

#[tokio::test]
async fn a_key_is_1_to_255_printable_characters() {
    let setup = ClinicSetup::new().await;
    let long = "k".repeat(256);
    for bad in ["", "ñ", long.as_str()] {
        let answer = with_key(setup.operator().await, bad).post("/api/patients/", &patient_body("3")).await.unwrap();
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (400, "validation_error"), "{bad}");
    }
    let longest =
        with_key(setup.operator().await, &long[..255]).post("/api/patients/", &patient_body("3")).await.unwrap();
    assert_eq!(longest.status, 201);
}

#[tokio::test]
async fn signing_in_ignores_the_key() {
    let setup = ClinicSetup::new().await;
    let body = json!({ "email": "operator@example.com", "password": testkit::test_app::PASSWORD });
    let client = with_key(setup.app.anonymous(), "token");
    let first = client.post("/api/auth/token/", &body).await.unwrap().expect_status(200).unwrap();
    let second = client.post("/api/auth/token/", &body).await.unwrap().expect_status(200).unwrap();
    assert_ne!(first.text("refresh"), second.text("refresh"));
    assert!(!is_replayed(&second));
}
