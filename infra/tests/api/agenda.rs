//! Is every appointment found by what the reception desk asks for, and no other?

use crate::paging::walk;
use crate::world::{World, id, on_the_day, text};
use local::protocol::Kind;
use serde_json::{Value, json};
use testkit::faulty_client::{Wire, operation};

struct Agenda {
    world: World,
    early: String,
    late: String,
    /// With another doctor and patient, at another clinic, on the next day.
    other: String,
    ana: String,
    colleague: String,
    norte: String,
    sala: String,
    /// Where the late one is.
    second: String,
}

async fn agenda() -> Agenda {
    let world = World::new().await;
    let second = world.add_room(&world.clinic, "Consultorio 2").await;
    world.open(&world.doctor, &second, "2025-12-15", "13:00", "14:00").await;
    let late = id(&world.book("13:00").await);
    let early = id(&world.book("09:00").await);
    let norte = world.add_clinic("Norte").await;
    let sala = world.add_room(&norte, "Sala").await;
    let colleague = world.add_doctor("Bruno", "Paz").await;
    world.open(&colleague, &sala, "2025-12-16", "09:00", "13:00").await;
    let ana = world.add_patient("Ana", "77", "+12025550177").await;
    let booking = json!({ "patient": ana, "doctor": colleague, "start_datetime": "2025-12-16T09:00:00-03:00" });
    let other = world.try_book(booking).await.expect_status(201).unwrap().id();
    Agenda { world, early, late, other, ana, colleague, norte, sala, second }
}

impl Agenda {
    async fn found(&self, query: &str) -> Vec<&str> {
        let names = [(&self.early, "early"), (&self.late, "late"), (&self.other, "other")];
        let rows: Vec<Value> = self.world.list(&format!("/api/appointments/?{query}")).await;
        rows.iter()
            .filter_map(|row| names.iter().find(|(known, _)| **known == id(row)).map(|(_, name)| *name))
            .collect()
    }
}

#[tokio::test]
async fn every_filter_filters() {
    let agenda = agenda().await;
    let world = &agenda.world;
    assert_eq!(agenda.found("").await, ["early", "late", "other"], "by start");
    let own = ["early", "late"];
    for (query, wanted) in [
        (format!("patient={}", world.patient), own.as_slice()),
        (format!("patient={}", agenda.ana), &["other"]),
        (format!("doctor={}", world.doctor), &own),
        (format!("doctor={}", agenda.colleague), &["other"]),
        (format!("room={}", world.room), &["early"]),
        (format!("room={}", agenda.second), &["late"]),
        (format!("room={}", agenda.sala), &["other"]),
        (format!("clinic={}", world.clinic), &own),
        (format!("clinic={}", agenda.norte), &["other"]),
        (format!("patient={}&clinic={}", world.patient, agenda.norte), &[]),
        (format!("doctor={}&patient={}", agenda.colleague, agenda.ana), &["other"]),
        ("date=2025-12-15".to_owned(), &own),
        ("date=2025-12-16".to_owned(), &["other"]),
        ("date=2025-12-17".to_owned(), &[]),
        ("date_from=2025-12-16".to_owned(), &["other"]),
        ("date_to=2025-12-15".to_owned(), &own),
        ("date_from=2025-12-15&date_to=2025-12-16".to_owned(), &["early", "late", "other"]),
    ] {
        assert_eq!(agenda.found(&query).await, *wanted, "{query}");
    }
    let unknown = "room=019b2f3e-7a10-7cc1-9d7e-0242ac120002";
    assert!(agenda.found(unknown).await.is_empty());
}

#[tokio::test]
async fn status_and_attention_filter() {
    let agenda = agenda().await;
    let world = &agenda.world;
    let ask = json!({ "action": "request_reschedule" });
    world.act(&agenda.early, &json!({ "action": "confirm" })).await.expect_status(200).unwrap();
    world.act(&agenda.late, &ask).await.expect_status(200).unwrap();
    for (query, wanted) in [
        ("status=PENDING", ["other"].as_slice()),
        ("status=CONFIRMED", &["early"]),
        ("status=CONFIRMED,RESCHEDULED", &["early", "late"]),
        ("status=CANCELLED", &[]),
        ("needs_attention=true", &["late"]),
        ("needs_attention=false", &["early", "other"]),
    ] {
        assert_eq!(agenda.found(query).await, *wanted, "{query}");
    }
    let operator = world.operator().await;
    for query in [
        "status=LOST",
        "date=15/12/2025",
        "doctor=x",
        "date=2025-12-15&date_to=2025-12-16",
        "date_from=2025-12-16&date_to=2025-12-15",
    ] {
        assert_eq!(operator.get(&format!("/api/appointments/?{query}")).await.unwrap().status, 400, "{query}");
    }
}

#[tokio::test]
async fn the_past_is_there_for_who_asks() {
    let agenda = agenda().await;
    agenda.world.app.set_now("2025-12-16T00:10:00-03:00").unwrap();
    assert_eq!(agenda.found("").await, ["other"], "from today on");
    assert_eq!(agenda.found(&format!("patient={}", agenda.world.patient)).await, ["early", "late"]);
    assert_eq!(agenda.found("date=2025-12-15").await, ["early", "late"]);
    assert_eq!(agenda.found(&format!("doctor={}", agenda.world.doctor)).await, [""; 0]);
    agenda.world.app.set_now("2025-12-15T23:50:00-03:00").unwrap();
    assert_eq!(agenda.found("").await, ["early", "late", "other"], "today is the clinic's, not UTC's");
}

#[tokio::test]
async fn a_date_is_the_clinics_local_day() {
    let world = World::new().await;
    world.open(&world.doctor, &world.room, "2025-12-15", "22:00", "23:50").await;
    let appointment = world.book("23:00").await;
    assert_eq!(text(&appointment, "start_datetime"), on_the_day("23:00"));
    assert_eq!(world.list("/api/appointments/?date=2025-12-15").await.len(), 1);
    assert!(world.list("/api/appointments/?date=2025-12-16").await.is_empty(), "where it is in UTC");
}

/// Eight appointments a day of each of two doctors in rooms of one clinic, on three days in a row.
async fn busy() -> (World, Wire, String, String) {
    let wire = Wire::default();
    let world = World::through(&wire).await;
    let room = world.add_room(&world.clinic, "Consultorio 2").await;
    let doctor = world.add_doctor("Bruno", "Paz").await;
    let ana = world.add_patient("Ana", "77", "+12025550177").await;
    for day in ["2025-12-15", "2025-12-16", "2025-12-17"] {
        for (patient, doctor, room) in [(&world.patient, &world.doctor, &world.room), (&ana, &doctor, &room)] {
            world.open(doctor, room, day, "13:00", "17:00").await;
            for slot in 0..8 {
                let start = format!("{day}T{:02}:{:02}:00-03:00", 13 + slot / 2, 30 * (slot % 2));
                let booking = json!({ "patient": patient, "doctor": doctor, "start_datetime": start });
                world.try_book(booking).await.expect_status(201).unwrap();
            }
        }
    }
    wire.record();
    (world, wire, doctor, room)
}

/// However full the days before and after, and whoever else works there.
#[tokio::test]
async fn a_day_or_a_week_is_one_query() {
    let (world, wire, doctor, room) = busy().await;
    let operator = world.operator().await;
    let (day, week) = ("date=2025-12-16", "date_from=2025-12-15&date_to=2025-12-21");
    for (query, found) in [
        (format!("doctor={doctor}&{day}"), 8),
        (format!("doctor={doctor}&{week}"), 24),
        (format!("room={room}&{day}"), 8),
        (format!("room={room}&{week}"), 24),
        (format!("clinic={}&{day}", world.clinic), 16),
        (format!("clinic={}&{week}", world.clinic), 48),
        (format!("clinic={}&doctor={doctor}&{day}", world.clinic), 8),
    ] {
        // Smaller pages than usual, so that fewer appointments fill them.
        let path = format!("/api/appointments/?{query}&page_size=20");
        let answer = operation(1, operator.get(&path)).await.unwrap().expect_status(200).unwrap();
        let queries = wire.take(1).into_iter().filter(|exchange| exchange.kind == Kind::Query).count();
        assert_eq!((answer.results().len(), queries), (found.min(20), 1), "{query}");
        assert_eq!(answer.body["next"] == Value::Null, found <= 20, "{query}");
        let (forwards, backwards) = walk(&operator, &path).await;
        assert_eq!((forwards.iter().flatten().count(), backwards.iter().flatten().count()), (found, found), "{query}");
    }
}
