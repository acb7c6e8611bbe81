//! Does a request that is sent twice have one effect? With `Idempotency-Key`, also a day later, also
//! by somebody else, also when it was refused the first time.

use crate::world::{World, id};
use serde_json::{Value, json};
use testkit::test_app::{Answer, Client};

fn keyed<'a>(client: Client<'a>, key: &str) -> Client<'a> {
    client.header("idempotency-key", key).unwrap()
}

fn replayed(answer: &Answer) -> bool {
    answer.header("idempotency-replayed") == "true"
}

fn patient(document: &str) -> Value {
    json!({ "first_name": "Ana", "last_name": "Ruiz", "document_number": document, "phone_number": "+12025550170" })
}

#[tokio::test]
async fn the_same_key_and_body_is_the_first_outcome_again() {
    let world = World::new().await;
    let client = keyed(world.operator().await, "alta-1");
    let first = client.post("/api/patients/", &patient("1")).await.unwrap().expect_status(201).unwrap();
    assert!(!replayed(&first));
    let path = format!("/api/patients/{}/", first.id());
    world.operator().await.patch(&path, &json!({ "notes": "hoy" })).await.unwrap().expect_status(200).unwrap();

    let again = client.post("/api/patients/", &patient("1")).await.unwrap().expect_status(201).unwrap();
    assert!(replayed(&again));
    assert_eq!(again.header("location"), first.header("location"));
    assert_eq!((again.id(), again.text("notes")), (first.id(), "hoy".to_owned()), "as it is now");

    let other = client.post("/api/patients/", &patient("2")).await.unwrap().expect_status(422).unwrap();
    assert_eq!(other.code(), "idempotency_mismatch");
    let elsewhere = json!({ "first_name": "A", "last_name": "B" });
    let doctor = keyed(world.admin().await, "alta-1").post("/api/doctors/", &elsewhere).await.unwrap();
    assert_eq!((doctor.status.as_u16(), replayed(&doctor)), (201, false), "another route, another user");
}

#[tokio::test]
async fn a_booking_and_an_action_happen_once() {
    let world = World::new().await;
    let operator = world.operator().await;
    let booking = world.booking("2025-12-15T10:00:00-03:00");
    let book = keyed(operator.clone(), "book");
    let first = book.post("/api/appointments/", &booking).await.unwrap().expect_status(201).unwrap();
    let again = book.post("/api/appointments/", &booking).await.unwrap().expect_status(201).unwrap();
    assert_eq!((first.id(), replayed(&again)), (again.id(), true));

    let path = format!("/api/appointments/{}/actions/", first.id());
    let confirm = keyed(operator.clone(), "confirm");
    confirm.post(&path, &json!({ "action": "confirm" })).await.unwrap().expect_status(200).unwrap();
    world.act(&first.id(), &json!({ "action": "unconfirm" })).await.expect_status(200).unwrap();
    let late = confirm.post(&path, &json!({ "action": "confirm" })).await.unwrap().expect_status(200).unwrap();
    assert_eq!((replayed(&late), late.text("status").as_str()), (true, "PENDING"), "not done again");

    let mover = keyed(operator, "move");
    let wish = json!({ "action": "reschedule", "start_datetime": "2025-12-15T12:00:00-03:00" });
    let moved = mover.post(&path, &wish).await.unwrap().expect_status(201).unwrap();
    let again = mover.post(&path, &wish).await.unwrap().expect_status(201).unwrap();
    assert_eq!((moved.id(), moved.header("location")), (again.id(), again.header("location")));
    assert!(replayed(&again));
}

#[tokio::test]
async fn a_refusal_is_not_kept() {
    let world = World::new().await;
    let appointment = world.book("10:00").await;
    let other = world.add_patient("Ana", "77", "+12025550177").await;
    let mut booking = world.booking("2025-12-15T10:00:00-03:00");
    booking["patient"] = json!(other);
    let client = keyed(world.operator().await, "wait");
    let taken = client.post("/api/appointments/", &booking).await.unwrap().expect_status(409).unwrap();
    assert_eq!(taken.code(), "slot_taken");
    let cancel = json!({ "action": "cancel", "reason": "llamó" });
    world.act(&id(&appointment), &cancel).await.expect_status(200).unwrap();
    let booked = client.post("/api/appointments/", &booking).await.unwrap().expect_status(201).unwrap();
    assert!(!replayed(&booked));
}

#[tokio::test]
async fn a_key_is_free_again_after_a_day() {
    let world = World::new().await;
    let room = |name: &str| json!({ "clinic": world.clinic, "name": name });
    let send = async |body: Value| {
        keyed(world.admin().await, "room").post("/api/clinics/rooms/", &body).await.unwrap().expect_status(201).unwrap()
    };
    let first = send(room("Consultorio 2")).await;
    world.app.set_now("2025-12-02T11:59:59Z").unwrap();
    assert_eq!(send(room("Consultorio 2")).await.id(), first.id());
    world.app.set_now("2025-12-02T12:00:00Z").unwrap();
    let anew = send(room("Consultorio 3")).await;
    assert!(anew.id() != first.id() && !replayed(&anew));
}

#[tokio::test]
async fn a_key_is_1_to_255_printable_characters() {
    let world = World::new().await;
    let long = "k".repeat(256);
    for bad in ["", "ñ", long.as_str()] {
        let answer = keyed(world.operator().await, bad).post("/api/patients/", &patient("3")).await.unwrap();
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (400, "validation_error"), "{bad}");
    }
    let longest = keyed(world.operator().await, &long[..255]).post("/api/patients/", &patient("3")).await.unwrap();
    assert_eq!(longest.status, 201);
}

#[tokio::test]
async fn signing_in_takes_no_key() {
    let world = World::new().await;
    let body = json!({ "email": "operator@example.com", "password": testkit::test_app::PASSWORD });
    let client = keyed(world.app.anonymous(), "token");
    let first = client.post("/api/auth/token/", &body).await.unwrap().expect_status(200).unwrap();
    let second = client.post("/api/auth/token/", &body).await.unwrap().expect_status(200).unwrap();
    assert_ne!(first.text("refresh"), second.text("refresh"));
    assert!(!replayed(&second));
}
