//! Tests of the list of appointments: its filters, its order, and how many queries it takes.

use crate::clinic_setup::{ClinicSetup, id, on_the_day, text};
use crate::paging::walk_pages;
use local::protocol::OperationKind;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use testkit::faulty_client::{FaultyClient, run_as_operation};

struct AgendaSetup {
    setup: ClinicSetup,
    early: String,
    late: String,
    /// With another doctor and patient, at another clinic, on the next day.
    other: String,
    ana: String,
    colleague: String,
    norte: String,
    sala: String,
    /// The room of the late appointment.
    second: String,
}

async fn agenda_setup() -> AgendaSetup {
    let setup = ClinicSetup::new().await;
    let second = setup.add_room(&setup.clinic, "Consultorio 2").await;
    setup.add_window(&setup.doctor, &second, "2025-12-15", "13:00", "14:00").await;
    let late = id(&setup.book("13:00").await);
    let early = id(&setup.book("09:00").await);
    let norte = setup.add_clinic("Norte").await;
    let sala = setup.add_room(&norte, "Sala").await;
    let colleague = setup.add_doctor("Bruno", "Paz").await;
    setup.add_window(&colleague, &sala, "2025-12-16", "09:00", "13:00").await;
    let ana = setup.add_patient("Ana", "77", "+12025550177").await;
    let booking = json!({ "patient": ana, "doctor": colleague, "start_datetime": "2025-12-16T09:00:00-03:00" });
    let other = setup.try_book(booking).await.expect_status(201).unwrap().id();
    AgendaSetup { setup, early, late, other, ana, colleague, norte, sala, second }
}

impl AgendaSetup {
    async fn find(&self, query: &str) -> Vec<&str> {
        let names = [(&self.early, "early"), (&self.late, "late"), (&self.other, "other")];
        let rows: Vec<Value> = self.setup.list(&format!("/api/appointments/?{query}")).await;
        rows.iter()
            .filter_map(|row| names.iter().find(|(known, _)| **known == id(row)).map(|(_, name)| *name))
            .collect()
    }
}

#[tokio::test]
async fn every_filter_selects_its_appointments() {
    let agenda = agenda_setup().await;
    let setup = &agenda.setup;
    assert_eq!(agenda.find("").await, ["early", "late", "other"], "by start");
    let own = ["early", "late"];
    for (query, wanted) in [
        (format!("patient={}", setup.patient), own.as_slice()),
        (format!("patient={}", agenda.ana), &["other"]),
        (format!("doctor={}", setup.doctor), &own),
        (format!("doctor={}", agenda.colleague), &["other"]),
        (format!("room={}", setup.room), &["early"]),
        (format!("room={}", agenda.second), &["late"]),
        (format!("room={}", agenda.sala), &["other"]),
        (format!("clinic={}", setup.clinic), &own),
        (format!("clinic={}", agenda.norte), &["other"]),
        (format!("patient={}&clinic={}", setup.patient, agenda.norte), &[]),
        (format!("doctor={}&patient={}", agenda.colleague, agenda.ana), &["other"]),
        ("date=2025-12-15".to_owned(), &own),
        ("date=2025-12-16".to_owned(), &["other"]),
        ("date=2025-12-17".to_owned(), &[]),
        ("date_from=2025-12-16".to_owned(), &["other"]),
        ("date_to=2025-12-15".to_owned(), &own),
        ("date_from=2025-12-15&date_to=2025-12-16".to_owned(), &["early", "late", "other"]),
    ] {
        assert_eq!(agenda.find(&query).await, *wanted, "{query}");
    }
    let unknown = "room=019b2f3e-7a10-7cc1-9d7e-0242ac120002";
    assert!(agenda.find(unknown).await.is_empty());
}

#[tokio::test]
async fn status_and_needs_attention_select_appointments() {
    let agenda = agenda_setup().await;
    let setup = &agenda.setup;
    let ask = json!({ "action": "request_reschedule" });
    setup.act(&agenda.early, &json!({ "action": "confirm" })).await.expect_status(200).unwrap();
    setup.act(&agenda.late, &ask).await.expect_status(200).unwrap();
    for (query, wanted) in [
        ("status=PENDING", ["other"].as_slice()),
        ("status=CONFIRMED", &["early"]),
        ("status=CONFIRMED,RESCHEDULED", &["early", "late"]),
        ("status=CANCELLED", &[]),
        ("needs_attention=true", &["late"]),
        ("needs_attention=false", &["early", "other"]),
    ] {
        assert_eq!(agenda.find(query).await, *wanted, "{query}");
    }
    let operator = setup.operator().await;
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
async fn the_past_is_listed_only_when_a_filter_asks_for_it() {
    let agenda = agenda_setup().await;
    agenda.setup.app.set_now("2025-12-16T00:10:00-03:00").unwrap();
    assert_eq!(agenda.find("").await, ["other"], "from today on");
    assert_eq!(agenda.find(&format!("patient={}", agenda.setup.patient)).await, ["early", "late"]);
    assert_eq!(agenda.find("date=2025-12-15").await, ["early", "late"]);
    assert_eq!(agenda.find(&format!("doctor={}", agenda.setup.doctor)).await, [""; 0]);
    agenda.setup.app.set_now("2025-12-15T23:50:00-03:00").unwrap();
    assert_eq!(agenda.find("").await, ["early", "late", "other"], "today is the clinic's, not UTC's");
}

#[tokio::test]
async fn a_date_is_the_clinics_local_day() {
    let setup = ClinicSetup::new().await;
    setup.add_window(&setup.doctor, &setup.room, "2025-12-15", "22:00", "23:50").await;
    let appointment = setup.book("23:00").await;
    assert_eq!(text(&appointment, "start_datetime"), on_the_day("23:00"));
    assert_eq!(setup.list("/api/appointments/?date=2025-12-15").await.len(), 1);
    assert!(setup.list("/api/appointments/?date=2025-12-16").await.is_empty(), "where it is in UTC");
}

/// Two doctors in two rooms of one clinic, with eight appointments a day each on three consecutive days.
async fn busy_setup() -> (ClinicSetup, FaultyClient, String, String) {
    let faulty_client = FaultyClient::default();
    let setup = ClinicSetup::with_client(&faulty_client).await;
    let room = setup.add_room(&setup.clinic, "Consultorio 2").await;
    let doctor = setup.add_doctor("Bruno", "Paz").await;
    let ana = setup.add_patient("Ana", "77", "+12025550177").await;
    for day in ["2025-12-15", "2025-12-16", "2025-12-17"] {
        for (patient, doctor, room) in [(&setup.patient, &setup.doctor, &setup.room), (&ana, &doctor, &room)] {
            setup.add_window(doctor, room, day, "13:00", "17:00").await;
            for slot in 0..8 {
                let start = format!("{day}T{:02}:{:02}:00-03:00", 13 + slot / 2, 30 * (slot % 2));
                let booking = json!({ "patient": patient, "doctor": doctor, "start_datetime": start });
                setup.try_book(booking).await.expect_status(201).unwrap();
            }
        }
    }
    faulty_client.record_calls();
    (setup, faulty_client, doctor, room)
}

/// Independent of other days and other doctors of the clinic.
#[tokio::test]
async fn a_day_or_a_week_is_one_query() {
    let (setup, faulty_client, doctor, room) = busy_setup().await;
    let operator = setup.operator().await;
    let (day, week) = ("date=2025-12-16", "date_from=2025-12-15&date_to=2025-12-21");
    for (query, found) in [
        (format!("doctor={doctor}&{day}"), 8),
        (format!("doctor={doctor}&{week}"), 24),
        (format!("room={room}&{day}"), 8),
        (format!("room={room}&{week}"), 24),
        (format!("clinic={}&{day}", setup.clinic), 16),
        (format!("clinic={}&{week}", setup.clinic), 48),
        (format!("clinic={}&doctor={doctor}&{day}", setup.clinic), 8),
    ] {
        // Smaller pages than the default, so that fewer appointments fill them.
        let path = format!("/api/appointments/?{query}&page_size=20");
        let answer = run_as_operation(1, operator.get(&path)).await.unwrap().expect_status(200).unwrap();
        let queries =
            faulty_client.take_calls(1).into_iter().filter(|exchange| exchange.kind == OperationKind::Query).count();
        assert_eq!((answer.results().len(), queries), (found.min(20), 1), "{query}");
        assert_eq!(answer.body["next"] == Value::Null, found <= 20, "{query}");
        let (forwards, backwards) = walk_pages(&operator, &path).await;
        assert_eq!((forwards.iter().flatten().count(), backwards.iter().flatten().count()), (found, found), "{query}");
    }
}

/// D1: a filter reads on until the page is full or there are no more rows.
#[tokio::test]
async fn no_page_is_empty_before_the_end() {
    let setup = ClinicSetup::new().await;
    setup.add_window(&setup.doctor, &setup.room, "2025-12-16", "08:00", "20:00").await;
    for hour in 8..20 {
        setup.book(&format!("2025-12-16T{hour:02}:00:00-03:00")).await;
    }
    let last = id(&setup.book("2025-12-16T19:30:00-03:00").await);
    let cancel = json!({ "action": "cancel", "reason": "x" });
    setup.act(&last, &cancel).await.expect_status(200).unwrap();
    for filter in ["status=CANCELLED".to_owned(), format!("status=CANCELLED&doctor={}", setup.doctor)] {
        let path = format!("/api/appointments/?{filter}&page_size=1");
        let page = setup.admin().await.get(&path).await.unwrap().expect_status(200).unwrap();
        assert_eq!(page.results().iter().map(id).collect::<Vec<_>>(), std::slice::from_ref(&last), "{filter}");
    }
    // The last page has only rows that the filter drops; the way back misses nothing.
    let (forwards, backwards) = walk_pages(&setup.admin().await, "/api/appointments/?status=PENDING&page_size=6").await;
    assert_eq!(forwards.iter().map(Vec::len).collect::<Vec<_>>(), [6, 6, 0]);
    let ids = |pages: &[Vec<Value>]| pages.iter().flatten().map(id).collect::<BTreeSet<_>>();
    assert_eq!(ids(&backwards), ids(&forwards));
}
