//! Is a place given away that isn't there? What lies outside the doctor's time, what is taken, what a
//! buffer and a room's size mean, and what a sobreturno lifts.

use crate::appointments::{errors, refused, with};
use crate::world::{World, on_the_day};
use serde_json::{Value, json};

async fn change(world: &World, path: String, members: Value) {
    world.admin().await.patch(&path, &members).await.unwrap().expect_status(200).unwrap();
}

#[tokio::test]
async fn an_appointment_lies_inside_the_doctors_time() {
    let world = World::new().await;
    let empty = world.add_room(&world.clinic, "Consultorio 2").await;
    let idle = world.add_doctor("Bruno", "Paz").await;
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
        let answer = refused(&world, members.clone()).await.expect_status(409).unwrap();
        assert_eq!(answer.code(), "outside_availability", "{members}");
    }
    world.open(&world.doctor, &world.room, "2025-12-15", "13:00", "14:00").await;
    let over = json!({ "start_datetime": on_the_day("12:45"), "end_datetime": on_the_day("13:15") });
    refused(&world, over).await.expect_status(201).unwrap();
    world.open(&world.doctor, &empty, "2025-12-15", "14:00", "15:00").await;
    let split = json!({ "start_datetime": on_the_day("13:45"), "end_datetime": on_the_day("14:15") });
    assert_eq!(refused(&world, split).await.code(), "outside_availability", "nobody changes rooms in an appointment");
    let there = refused(&world, json!({ "start_datetime": on_the_day("14:00") })).await.expect_status(201).unwrap();
    assert_eq!(there.text("room"), empty, "the room is that of the window");
}

#[tokio::test]
async fn a_taken_time_says_whose_it_is() {
    let world = World::new().await;
    let colleague = world.add_doctor("Bruno", "Paz").await;
    world.open(&colleague, &world.room, "2025-12-15", "09:00", "11:00").await;
    let other_room = world.add_room(&world.clinic, "Consultorio 2").await;
    world.open(&colleague, &other_room, "2025-12-15", "11:00", "13:00").await;
    world.book("10:00").await;
    world.book("12:00").await;
    let ana = world.add_patient("Ana", "77", "+12025550177").await;
    let conflict = |resource: &str, from: &str, until: &str| json!({ "resource": resource, "start_datetime": on_the_day(from), "end_datetime": on_the_day(until) });
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
        let answer = refused(&world, members.clone()).await.expect_status(409).unwrap();
        assert_eq!((answer.code().as_str(), &answer.body["conflicts"]), ("slot_taken", &conflicts), "{members}");
    }
    for time in ["09:30", "10:30"] {
        refused(&world, json!({ "start_datetime": on_the_day(time) })).await.expect_status(201).unwrap();
    }
}

#[tokio::test]
async fn a_buffer_is_kept_free_after_each_appointment() {
    let world = World::new().await;
    world.book("09:00").await;
    change(&world, format!("/api/doctors/{}/", world.doctor), json!({ "buffer_minutes": 15 })).await;
    world.book("10:00").await;
    let ana = world.add_patient("Ana", "77", "+12025550177").await;
    let at = |from: &str, until: &str| json!({ "patient": ana, "start_datetime": on_the_day(from), "end_datetime": on_the_day(until) });
    assert_eq!(refused(&world, at("10:40", "11:00")).await.code(), "slot_taken", "inside the buffer");
    assert_eq!(refused(&world, at("09:35", "09:50")).await.code(), "slot_taken", "its own buffer has no room");
    refused(&world, at("09:30", "09:45")).await.expect_status(201).unwrap();
    refused(&world, at("10:45", "11:00")).await.expect_status(201).unwrap();
}

#[tokio::test]
async fn a_room_holds_as_many_at_once_as_it_says() {
    let world = World::new().await;
    change(&world, format!("/api/clinics/rooms/{}/", world.room), json!({ "capacity": 2 })).await;
    let mut doctors = vec![world.doctor.clone()];
    for name in ["Bruno", "Carla"] {
        let doctor = world.add_doctor(name, "Paz").await;
        world.open(&doctor, &world.room, "2025-12-15", "09:00", "13:00").await;
        doctors.push(doctor);
    }
    let mut answers = Vec::new();
    for (number, doctor) in doctors.iter().enumerate() {
        let patient = world.add_patient("Ana", &format!("7{number}"), "+12025550177").await;
        answers.push(refused(&world, json!({ "patient": patient, "doctor": doctor })).await);
    }
    assert_eq!(answers.iter().map(|answer| answer.status.as_u16()).collect::<Vec<_>>(), [201, 201, 409]);
    assert_eq!(answers[2].body["conflicts"][0]["resource"], "room");
}

#[tokio::test]
async fn a_sobreturno_has_a_reason_and_a_limit() {
    let world = World::new().await;
    world.book("10:00").await;
    let ana = world.add_patient("Ana", "77", "+12025550177").await;
    let eva = world.add_patient("Eva", "78", "+12025550178").await;
    let squeeze = |patient: &str| json!({ "patient": patient, "overbook": true, "reason": "urgencia" });
    assert_eq!(refused(&world, squeeze(&ana)).await.code(), "slot_taken", "none a day unless the clinic says so");
    change(&world, format!("/api/clinics/clinics/{}/", world.clinic), json!({ "overbook_per_day": 1 })).await;
    let silent = refused(&world, json!({ "patient": ana, "overbook": true })).await.expect_status(400).unwrap();
    assert_eq!(errors(&silent), ["reason"]);
    let twice = refused(&world, json!({ "overbook": true, "reason": "urgencia" })).await.expect_status(409).unwrap();
    assert_eq!(twice.body["conflicts"][0]["resource"], "patient", "nobody is in two places");
    let out = with(squeeze(&ana), json!({ "start_datetime": on_the_day("14:00") }));
    assert_eq!(refused(&world, out).await.code(), "outside_availability");

    let first = refused(&world, squeeze(&ana)).await.expect_status(201).unwrap();
    assert_eq!(first.body["overbook"], true);
    let later = with(squeeze(&eva), json!({ "start_datetime": on_the_day("12:00") }));
    assert_eq!(refused(&world, later.clone()).await.code(), "slot_taken", "the day's limit, free as the time is");
    let cancel = json!({ "action": "cancel", "reason": "no hace falta" });
    world.act(&first.id(), &cancel).await.expect_status(200).unwrap();
    refused(&world, later).await.expect_status(201).unwrap();
    assert_eq!(refused(&world, squeeze(&ana)).await.code(), "slot_taken");
    // It takes no place from others.
    let normal = json!({ "patient": ana, "start_datetime": on_the_day("12:00") });
    refused(&world, normal).await.expect_status(201).unwrap();
}

#[tokio::test]
async fn moving_a_sobreturno_counts_once() {
    let world = World::new().await;
    change(&world, format!("/api/clinics/clinics/{}/", world.clinic), json!({ "overbook_per_day": 1 })).await;
    let extra = json!({ "overbook": true, "reason": "urgencia" });
    let first = refused(&world, extra).await.expect_status(201).unwrap();
    let wish = json!({ "action": "reschedule", "start_datetime": on_the_day("11:00") });
    let moved = world.act(&first.id(), &wish).await.expect_status(201).unwrap();
    assert_eq!(moved.body["overbook"], true);
    let wish = json!({ "action": "reschedule", "start_datetime": on_the_day("12:00") });
    world.act(&moved.id(), &wish).await.expect_status(201).unwrap();
}
