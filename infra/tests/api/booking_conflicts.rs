//! Tests of bookings that are refused: outside of the doctor's availability, over an occupied time, a buffer or a
//! room's capacity; and what overbooking (sobreturno) permits.

use crate::appointments::{error_fields, try_booking_with, with_members};
use crate::clinic_setup::{ClinicSetup, id, on_the_day};
use domain::user::Role;
use serde_json::{Value, json};

async fn patch(setup: &ClinicSetup, path: String, members: Value) {
    setup.admin().await.patch(&path, &members).await.unwrap().expect_status(200).unwrap();
}

#[tokio::test]
async fn an_appointment_must_be_inside_the_doctors_availability() {
    let setup = ClinicSetup::new().await;
    let empty = setup.add_room(&setup.clinic, "Consultorio 2").await;
    let idle = setup.add_doctor("Bruno", "Paz").await;
    for members in [
        json!({ "start_datetime": on_the_day("08:59") }),
        json!({ "start_datetime": on_the_day("13:00") }),
        json!({ "start_datetime": on_the_day("12:45") }),
        json!({ "end_datetime": on_the_day("13:01") }),
        json!({ "start_datetime": "2025-12-16T10:00:00-03:00" }),
        json!({ "start_datetime": "2025-12-16T10:00:00" }),
        json!({ "room": empty }),
        json!({ "doctor": idle }),
    ] {
        let answer = try_booking_with(&setup, members.clone()).await.expect_status(409).unwrap();
        assert_eq!(answer.code(), "outside_availability", "{members}");
    }
    setup.add_window(&setup.doctor, &setup.room, "2025-12-15", "13:00", "14:00").await;
    let over = json!({ "start_datetime": on_the_day("12:45"), "end_datetime": on_the_day("13:15") });
    try_booking_with(&setup, over).await.expect_status(201).unwrap();
    setup.add_window(&setup.doctor, &empty, "2025-12-15", "14:00", "15:00").await;
    let split = json!({ "start_datetime": on_the_day("13:45"), "end_datetime": on_the_day("14:15") });
    assert_eq!(try_booking_with(&setup, split).await.code(), "outside_availability", "an appointment has one room");
    let there =
        try_booking_with(&setup, json!({ "start_datetime": on_the_day("14:00") })).await.expect_status(201).unwrap();
    assert_eq!(there.text("room"), empty, "the room is that of the window");
}

#[tokio::test]
async fn an_occupied_time_names_the_conflicting_resources() {
    let setup = ClinicSetup::new().await;
    let colleague = setup.add_doctor("Bruno", "Paz").await;
    setup.add_window(&colleague, &setup.room, "2025-12-15", "09:00", "11:00").await;
    let other_room = setup.add_room(&setup.clinic, "Consultorio 2").await;
    setup.add_window(&colleague, &other_room, "2025-12-15", "11:00", "13:00").await;
    let booked = [("10:00", id(&setup.book("10:00").await)), ("12:00", id(&setup.book("12:00").await))];
    let ana = setup.add_patient("Ana", "77", "+12025550177").await;
    let conflict = |resource: &str, from: &str, until: &str| {
        let (_, appointment) = booked.iter().find(|(start, _)| *start == from).unwrap();
        json!({ "resource": resource, "start_datetime": on_the_day(from), "end_datetime": on_the_day(until),
            "appointment": appointment, "patient_name": "Lucía Fernández" })
    };
    for (members, conflicts) in [
        (json!({ "patient": ana }), json!([conflict("doctor", "10:00", "10:30"), conflict("room", "10:00", "10:30")])),
        (json!({ "patient": ana, "doctor": colleague }), json!([conflict("room", "10:00", "10:30")])),
        (
            json!({ "doctor": colleague, "start_datetime": on_the_day("11:45") }),
            json!([conflict("patient", "12:00", "12:30")]),
        ),
        (
            json!({ "start_datetime": on_the_day("09:45") }),
            json!(["doctor", "room", "patient"].map(|resource| conflict(resource, "10:00", "10:30"))),
        ),
    ] {
        let answer = try_booking_with(&setup, members.clone()).await.expect_status(409).unwrap();
        assert_eq!((answer.code().as_str(), &answer.body["conflicts"]), ("slot_taken", &conflicts), "{members}");
    }
    for time in ["09:30", "10:30"] {
        try_booking_with(&setup, json!({ "start_datetime": on_the_day(time) })).await.expect_status(201).unwrap();
    }
}

/// The same doctor, patient or appointment may be at a clinic that the caller doesn't see.
#[tokio::test]
async fn a_conflict_at_another_clinic_names_no_patient() {
    let setup = ClinicSetup::new().await;
    setup.book("10:00").await;
    let norte = setup.add_clinic("Norte").await;
    let room = setup.add_room(&norte, "Sala").await;
    let colleague = setup.add_doctor("Bruno", "Paz").await;
    setup.add_window(&colleague, &room, "2025-12-15", "09:00", "13:00").await;
    setup.app.add_user("norte@example.org", Role::Operator, &[&norte]).await.unwrap();
    let narrowed = setup.app.sign_in("norte@example.org").await.unwrap();
    let mut booking = setup.booking(&on_the_day("10:00"));
    booking["doctor"] = json!(colleague);
    let hidden = narrowed.post("/api/appointments/", &booking).await.unwrap().expect_status(409).unwrap();
    let wanted = json!([{ "resource": "patient", "start_datetime": on_the_day("10:00"),
        "end_datetime": on_the_day("10:30") }]);
    assert_eq!(hidden.body["conflicts"], wanted);
    let seen = setup.try_book(booking).await.expect_status(409).unwrap();
    assert_eq!(seen.body["conflicts"][0]["patient_name"], "Lucía Fernández");
}

/// An overbooked appointment at the same time isn't what stands in the way of another one.
#[tokio::test]
async fn a_conflict_of_an_action_names_the_appointment_that_took_the_time() {
    let setup = ClinicSetup::new().await;
    let first = id(&setup.book("10:00").await);
    patch(&setup, format!("/api/clinics/clinics/{}/", setup.clinic), json!({ "overbook_per_day": 1 })).await;
    let eva = setup.add_patient("Eva", "78", "+12025550178").await;
    let overbooked = json!({ "patient": eva, "overbook": true, "reason": "urgencia" });
    try_booking_with(&setup, overbooked).await.expect_status(201).unwrap();
    let cancel = json!({ "action": "cancel", "reason": "x" });
    setup.act(&first, &cancel).await.expect_status(200).unwrap();
    let ana = setup.add_patient("Ana", "77", "+12025550177").await;
    let taken = try_booking_with(&setup, json!({ "patient": ana })).await.expect_status(201).unwrap().id();
    let refused = setup.act(&first, &json!({ "action": "reopen" })).await.expect_status(409).unwrap();
    let named: Vec<(&Value, &Value)> = refused.body["conflicts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|conflict| (&conflict["resource"], &conflict["appointment"]))
        .collect();
    assert_eq!(named, [(&json!("doctor"), &json!(taken)), (&json!("room"), &json!(taken))]);
}

#[tokio::test]
async fn a_buffer_is_kept_free_after_each_appointment() {
    let setup = ClinicSetup::new().await;
    setup.book("09:00").await;
    patch(&setup, format!("/api/doctors/{}/", setup.doctor), json!({ "buffer_minutes": 15 })).await;
    setup.book("10:00").await;
    let ana = setup.add_patient("Ana", "77", "+12025550177").await;
    let at = |from: &str, until: &str| json!({ "patient": ana, "start_datetime": on_the_day(from), "end_datetime": on_the_day(until) });
    assert_eq!(try_booking_with(&setup, at("10:40", "11:00")).await.code(), "slot_taken", "inside the buffer");
    assert_eq!(try_booking_with(&setup, at("09:35", "09:50")).await.code(), "slot_taken", "its own buffer has no room");
    try_booking_with(&setup, at("09:30", "09:45")).await.expect_status(201).unwrap();
    try_booking_with(&setup, at("10:45", "11:00")).await.expect_status(201).unwrap();
}

#[tokio::test]
async fn a_room_holds_as_many_appointments_as_its_capacity() {
    let setup = ClinicSetup::new().await;
    patch(&setup, format!("/api/clinics/rooms/{}/", setup.room), json!({ "capacity": 2 })).await;
    let mut doctors = vec![setup.doctor.clone()];
    for name in ["Bruno", "Carla"] {
        let doctor = setup.add_doctor(name, "Paz").await;
        setup.add_window(&doctor, &setup.room, "2025-12-15", "09:00", "13:00").await;
        doctors.push(doctor);
    }
    let mut answers = Vec::new();
    for (number, doctor) in doctors.iter().enumerate() {
        let patient = setup.add_patient("Ana", &format!("7{number}"), "+12025550177").await;
        answers.push(try_booking_with(&setup, json!({ "patient": patient, "doctor": doctor })).await);
    }
    assert_eq!(answers.iter().map(|answer| answer.status.as_u16()).collect::<Vec<_>>(), [201, 201, 409]);
    assert_eq!(answers[2].body["conflicts"][0]["resource"], "room");
}

#[tokio::test]
async fn overbooking_needs_a_reason_and_has_a_daily_limit() {
    let setup = ClinicSetup::new().await;
    setup.book("10:00").await;
    let ana = setup.add_patient("Ana", "77", "+12025550177").await;
    let eva = setup.add_patient("Eva", "78", "+12025550178").await;
    let overbooked = |patient: &str| json!({ "patient": patient, "overbook": true, "reason": "urgencia" });
    assert_eq!(try_booking_with(&setup, overbooked(&ana)).await.code(), "overbook_limit", "the default limit is 0");
    patch(&setup, format!("/api/clinics/clinics/{}/", setup.clinic), json!({ "overbook_per_day": 1 })).await;
    let silent =
        try_booking_with(&setup, json!({ "patient": ana, "overbook": true })).await.expect_status(400).unwrap();
    assert_eq!(error_fields(&silent), ["reason"]);
    let twice =
        try_booking_with(&setup, json!({ "overbook": true, "reason": "urgencia" })).await.expect_status(409).unwrap();
    assert_eq!(twice.body["conflicts"][0]["resource"], "patient", "a patient can't be overbooked");
    let out = with_members(overbooked(&ana), json!({ "start_datetime": on_the_day("14:00") }));
    assert_eq!(try_booking_with(&setup, out).await.code(), "outside_availability");

    let first = try_booking_with(&setup, overbooked(&ana)).await.expect_status(201).unwrap();
    assert_eq!(first.body["overbook"], true);
    let later = with_members(overbooked(&eva), json!({ "start_datetime": on_the_day("12:00") }));
    assert_eq!(
        try_booking_with(&setup, later.clone()).await.code(),
        "overbook_limit",
        "the day's limit, although the time is free"
    );
    let cancel = json!({ "action": "cancel", "reason": "no hace falta" });
    setup.act(&first.id(), &cancel).await.expect_status(200).unwrap();
    try_booking_with(&setup, later).await.expect_status(201).unwrap();
    assert_eq!(try_booking_with(&setup, overbooked(&ana)).await.code(), "overbook_limit");
    // An overbooked appointment doesn't occupy the time.
    let normal = json!({ "patient": ana, "start_datetime": on_the_day("12:00") });
    try_booking_with(&setup, normal).await.expect_status(201).unwrap();
}

#[tokio::test]
async fn a_moved_overbooked_appointment_counts_once() {
    let setup = ClinicSetup::new().await;
    patch(&setup, format!("/api/clinics/clinics/{}/", setup.clinic), json!({ "overbook_per_day": 1 })).await;
    let extra = json!({ "overbook": true, "reason": "urgencia" });
    let first = try_booking_with(&setup, extra).await.expect_status(201).unwrap();
    let request = json!({ "action": "reschedule", "start_datetime": on_the_day("11:00") });
    let moved = setup.act(&first.id(), &request).await.expect_status(201).unwrap();
    assert_eq!(moved.body["overbook"], true);
    let request = json!({ "action": "reschedule", "start_datetime": on_the_day("12:00") });
    setup.act(&moved.id(), &request).await.expect_status(201).unwrap();
}
