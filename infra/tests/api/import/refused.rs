//! Each row that doesn't fit is named with its field and the reason, and the rest comes all the same.

use super::{empty, import, zone};
use cli::import::{ImportError, django};
use domain::ids::PatientId;
use domain::time::{Instant, TimeDelta};
use invariants::check_table;
use serde_json::{Value, json};
use testkit::test_app::TestApp;

fn row(model: &str, pk: u64, fields: Value) -> Value {
    json!({ "model": model, "pk": pk, "fields": fields })
}

fn patient(pk: u64, document: &str) -> Value {
    let fields = json!({
        "first_name": "Ana", "last_name": "Peña", "document_type": "CEDULA", "document_number": document,
        "birth_date": "", "phone_number": "809-555-2000", "email": "", "created_at": "2025-11-01T10:00:00Z",
    });
    row("patients.patient", pk, fields)
}

fn appointment(pk: u64, time: &str, change: Value) -> Value {
    let mut fields = json!({
        "patient": 1, "schedule": 1, "doctor": 1, "room": 1, "status": "PENDING", "notes": null,
        "start_datetime": format!("2025-12-20T{time}:00Z"), "created_at": "2025-11-01T10:00:00Z",
    });
    let start = Instant::parse(fields["start_datetime"].as_str().unwrap()).unwrap();
    fields["end_datetime"] = json!(start.plus(TimeDelta::minutes(20)).rfc3339());
    fields.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    row("appointments.appointment", pk, fields)
}

/// A small service in which everything is in order.
fn sound() -> Vec<Value> {
    let window = |pk: u64, from: &str, until: &str| {
        let fields = json!({ "doctor": 1, "room": 1, "date": "2025-12-20", "start_time": from, "end_time": until, "slot_minutes": 20 });
        row("schedules.schedule", pk, fields)
    };
    let doctor = json!({ "first_name": "Luz", "last_name": "Güell", "specialty": "Cardiología", "email": null, "phone_number": "" });
    vec![
        row("clinics.clinic", 1, json!({ "name": "Norte", "address": "", "phone_number": null })),
        row("clinics.room", 1, json!({ "clinic": 1, "name": "Consultorio 1", "capacity": 1 })),
        row("doctors.doctor", 1, doctor),
        patient(1, "001-0000001-1"),
        window(1, "08:00:00", "12:00:00"),
    ]
}

/// What is complained of after the rows of a sound dump and these.
async fn complaints(more: Vec<Value>) -> (TestApp, Vec<String>) {
    let app = empty().await;
    let dump = json!([sound(), more].concat()).to_string();
    let report = import(&app, &dump).await;
    let said = report.to_string();
    let lines = said.lines().filter_map(|line| line.strip_prefix("  ")).map(str::to_owned).collect();
    let checked = check_table(&app.system.database.table()).await.unwrap();
    assert_eq!(checked.findings, [], "{checked}");
    (app, lines)
}

#[tokio::test]
async fn a_sound_dump_is_taken_whole() {
    let window = json!({ "doctor": 1, "room": 1, "date": "2025-12-20", "start_time": "12:00", "end_time": "13:00", "slot_minutes": 20 });
    let more = vec![
        appointment(1, "12:00", json!({})),
        appointment(2, "12:20", json!({ "status": "no-show" })),
        appointment(3, "12:20", json!({ "status": "Cancelada" })),
        // By the clinic's clock, as a service without time zones wrote it.
        appointment(
            4,
            "12:20",
            json!({ "start_datetime": "2025-12-20T08:40:00", "end_datetime": "2025-12-20T09:00:00" }),
        ),
        row("schedules.schedule", 2, window),
    ];
    let (_, said) = complaints(more).await;
    assert_eq!(said, [""; 0]);
}

#[tokio::test]
async fn what_names_nothing_is_refused_and_what_hangs_on_it_too() {
    let action = |pk: u64, appointment: u64, action: &str| {
        let fields = json!({ "appointment": appointment, "action": action, "payload": {}, "created_at": "2025-11-02T10:00:00Z" });
        row("appointments.appointmentaction", pk, fields)
    };
    let more = vec![
        patient(2, "001 0000001 1"),
        appointment(1, "12:00", json!({ "patient": 99 })),
        appointment(2, "12:20", json!({ "patient": 2, "room": null, "doctor": 7 })),
        appointment(3, "12:40", json!({ "room": null })),
        action(1, 2, "confirm"),
        action(2, 77, "confirm"),
        action(3, 3, "teleport"),
        patient(1, "9"),
        row("auth.permission", 1, json!({})),
    ];
    let (_, said) = complaints(more).await;
    let expected = [
        "patients.patient 1: pk: It stands there twice.",
        "patients.patient 2: document_number: The same as patients.patient 1.",
        "appointments.appointment 1: patient: There is no patients.patient 99.",
        "appointments.appointment 2: patient: patients.patient 2 isn't imported.",
        "appointments.appointment 2: doctor: There is no doctors.doctor 7.",
        "appointments.appointmentaction 1: appointment: appointments.appointment 2 isn't imported.",
        "appointments.appointmentaction 3: action: Must be one of: create, confirm, cancel, reprogram, complete, no_show, update.",
        "appointments.appointmentaction 2: appointment: There is no appointments.appointment 77.",
    ];
    assert_eq!(said, expected);
}

#[tokio::test]
async fn appointments_that_cannot_have_been_are_refused() {
    let more = vec![
        appointment(1, "12:00", json!({ "end_datetime": "2025-12-20T11:00:00Z" })),
        appointment(2, "12:20", json!({ "status": "ARRIVED" })),
        appointment(3, "20:00", json!({})),
        appointment(4, "12:40", json!({ "start_datetime": "yesterday" })),
        appointment(5, "12:40", json!({})),
        appointment(6, "12:50", json!({})),
        appointment(7, "12:40", json!({ "status": "CANCELLED" })),
        appointment(8, "13:00", json!({ "end_datetime": "2025-12-20T13:02:00Z" })),
    ];
    let (_, said) = complaints(more).await;
    let expected = [
        "appointments.appointment 1: end_datetime: The end must be after the start.",
        "appointments.appointment 2: status: Must be one of: PENDING, CONFIRMED, RESCHEDULED, CANCELLED, COMPLETED, NO_SHOW.",
        "appointments.appointment 3: start_datetime: Outside the doctor's time in that room.",
        "appointments.appointment 4: start_datetime: Not an RFC 3339 date and time in whole seconds.",
        "appointments.appointment 8: end_datetime: Must last between 5 and 720 minutes.",
        "appointments.appointment 6: doctor: appointments.appointment 5",
        "appointments.appointment 6: room: appointments.appointment 5",
        "appointments.appointment 6: patient: appointments.appointment 5",
    ];
    assert_eq!(said, expected);
}

/// What a message's state means for the reminder of an appointment to come.
#[tokio::test]
async fn a_message_that_may_be_out_is_not_followed_by_another() {
    let message = |pk: u64, status: &str, sid: Value| {
        let fields = json!({
            "appointment": 1, "channel": "whatsapp", "to": "whatsapp:809-555-2000", "template": "reminder_freeform",
            "status": status, "external_id": sid, "delivered_at": null, "created_at": "2025-12-15T10:00:00Z",
        });
        row("notifications.notification", pk, fields)
    };
    let sid = json!("SM7281c9e4ab3007941fb0975f63c47f8a");
    for (status, sid, expected) in [
        ("queued", sid.clone(), ("sent", 1)),
        ("Delivered", sid.clone(), ("delivered", 1)),
        ("sending", json!(null), ("unknown", 1)),
        ("failed", json!(""), ("pending", 2)),
        ("pending", json!(null), ("pending", 2)),
    ] {
        let (app, said) = complaints(vec![appointment(1, "12:00", json!({})), message(1, status, sid)]).await;
        assert_eq!(said, [""; 0]);
        let list = app.admin().await.unwrap().get("/api/appointments/?date=2025-12-20").await.unwrap().results();
        let path = format!("/api/notifications/?appointment={}", list[0]["id"].as_str().unwrap());
        let rows = app.admin().await.unwrap().get(&path).await.unwrap().results();
        assert_eq!((list[0]["reminder"]["status"].as_str().unwrap(), rows.len()), expected, "{status}");
    }
    let bad = vec![
        appointment(1, "12:00", json!({})),
        message(1, "lost", sid.clone()),
        message(2, "sent", sid.clone()),
        message(3, "sent", sid),
    ];
    let (_, said) = complaints(bad).await;
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[0].starts_with("notifications.notification 1: status: Must be one of: pending, "), "{said:?}");
    assert_eq!(said[1], "notifications.notification 3: external_id: The same as notifications.notification 2.");
}

#[tokio::test]
async fn windows_that_overlap_are_listed() {
    let window = |pk: u64, from: &str, until: &str| {
        let fields = json!({ "doctor": 1, "room": 1, "date": "2025-12-20", "start_time": from, "end_time": until, "slot_minutes": 3 });
        row("schedules.schedule", pk, fields)
    };
    let mut overlapping = window(2, "11:00:00", "13:00:00");
    overlapping["fields"]["slot_minutes"] = json!(20);
    let (_, said) = complaints(vec![overlapping, window(3, "15:00", "14:00")]).await;
    let expected = [
        "schedules.schedule 3: slot_minutes: Must be between 5 and 240.",
        "schedules.schedule 3: end_time: The end must be after the start.",
        "schedules.schedule 2: start_time: schedules.schedule 1",
    ];
    assert_eq!(said, expected);
}

#[tokio::test]
async fn what_is_no_dump_and_a_table_that_nobody_could_use_are_refused() {
    let app = empty().await;
    for wrong in ["", "{}", "[1]", r#"[{"model": "x"}]"#, r#"[{"model": 1, "pk": 1, "fields": {}}]"#] {
        let done = django::import(&app.system.app, wrong, zone()).await;
        assert!(matches!(done, Err(ImportError::Dump(_))), "{wrong}");
    }
    let nobody = cli::import::old_ids::id::<PatientId>("patients.patient", 1);
    assert!(app::directory::patients::get_patient(&app.system.app, nobody).await.is_err());
    let table = local::database::Database::memory().await.unwrap();
    let clock = local::clock::FixedClock::new(Instant::parse(super::MIDDLE).unwrap());
    let blueprint = local::system::Blueprint {
        database: table,
        clock: std::sync::Arc::new(clock.clone()),
        secrets: local::system::secrets(testkit::test_app::PUBLIC_URL, local::system::FAKE_TOKEN),
        settings: std::collections::BTreeMap::new(),
        format: local::gateway::Format::Rest,
        events: std::sync::Arc::new(platform::events::NoEvents),
        messenger: None,
        archive: None,
        ids: app::support::id_source::IdSource::default(),
        tuning: app::support::tuning::Tuning::default(),
        observer: std::sync::Arc::new(local::observer::NoObserver),
    };
    let app = TestApp::without_users(blueprint, clock).unwrap();
    let done = django::import(&app.system.app, super::DUMP, zone()).await;
    assert!(matches!(done, Err(ImportError::NoAdmin)));
}
