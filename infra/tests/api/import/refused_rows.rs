//! Tests of rows that the import refuses: each is reported with its field and the reason, and all other rows are
//! imported.

use super::{empty_system, import, zone};
use cli::import::{ImportError, django};
use domain::ids::PatientId;
use domain::time::{Instant, TimeDelta};
use invariants::check_table;
use serde_json::{Value, json};
use testkit::test_app::TestApp;

#[expect(clippy::needless_pass_by_value, reason = "callers write `json!` in place")]
fn dump_row(model: &str, pk: u64, fields: Value) -> Value {
    json!({ "model": model, "pk": pk, "fields": fields })
}

fn patient_row(pk: u64, document: &str) -> Value {
    let fields = json!({
        "first_name": "Ana", "last_name": "Peña", "document_type": "CEDULA", "document_number": document,
        "birth_date": "", "phone_number": "809-555-2000", "email": "", "created_at": "2025-11-01T10:00:00Z",
    });
    dump_row("patients.patient", pk, fields)
}

#[expect(clippy::needless_pass_by_value, reason = "callers write `json!` in place")]
fn appointment_row(pk: u64, time: &str, change: Value) -> Value {
    let mut fields = json!({
        "patient": 1, "schedule": 1, "doctor": 1, "room": 1, "status": "PENDING", "notes": null,
        "start_datetime": format!("2025-12-20T{time}:00Z"), "created_at": "2025-11-01T10:00:00Z",
    });
    let start = Instant::parse(fields["start_datetime"].as_str().unwrap()).unwrap();
    fields["end_datetime"] = json!(start.plus(TimeDelta::minutes(20)).rfc3339());
    fields.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    dump_row("appointments.appointment", pk, fields)
}

/// The dump of a small service without any error.
fn valid_dump() -> Vec<Value> {
    let window = |pk: u64, from: &str, until: &str| {
        let fields = json!({ "doctor": 1, "room": 1, "date": "2025-12-20", "start_time": from, "end_time": until, "slot_minutes": 20 });
        dump_row("schedules.schedule", pk, fields)
    };
    let doctor = json!({ "first_name": "Luz", "last_name": "Güell", "specialty": "Cardiología", "email": null, "phone_number": "" });
    vec![
        dump_row("clinics.clinic", 1, json!({ "name": "Norte", "address": "", "phone_number": null })),
        dump_row("clinics.room", 1, json!({ "clinic": 1, "name": "Consultorio 1", "capacity": 1 })),
        dump_row("doctors.doctor", 1, doctor),
        patient_row(1, "001-0000001-1"),
        window(1, "08:00:00", "12:00:00"),
    ]
}

/// Imports a valid dump plus these rows. Returns the lines of the report about refused rows.
async fn import_complaints(more: Vec<Value>) -> (TestApp, Vec<String>) {
    let app = empty_system().await;
    let dump = json!([valid_dump(), more].concat()).to_string();
    let report = import(&app, &dump).await;
    let said = report.to_string();
    let lines = said.lines().filter_map(|line| line.strip_prefix("  ")).map(str::to_owned).collect();
    let checked = check_table(&app.system.database.table()).await.unwrap();
    assert_eq!(checked.findings, [], "{checked}");
    (app, lines)
}

#[tokio::test]
async fn a_valid_dump_is_imported_completely() {
    let window = json!({ "doctor": 1, "room": 1, "date": "2025-12-20", "start_time": "12:00", "end_time": "13:00", "slot_minutes": 20 });
    let more = vec![
        appointment_row(1, "12:00", json!({})),
        appointment_row(2, "12:20", json!({ "status": "no-show" })),
        appointment_row(3, "12:20", json!({ "status": "Cancelada" })),
        // In the clinic's local time, as a service without time zones writes it.
        appointment_row(
            4,
            "12:20",
            json!({ "start_datetime": "2025-12-20T08:40:00", "end_datetime": "2025-12-20T09:00:00" }),
        ),
        dump_row("schedules.schedule", 2, window),
    ];
    let (_, said) = import_complaints(more).await;
    assert_eq!(said, [""; 0]);
}

#[tokio::test]
async fn a_row_with_a_missing_reference_is_refused_with_its_dependents() {
    let action = |pk: u64, appointment: u64, action: &str| {
        let fields = json!({ "appointment": appointment, "action": action, "payload": {}, "created_at": "2025-11-02T10:00:00Z" });
        dump_row("appointments.appointmentaction", pk, fields)
    };
    let more = vec![
        patient_row(2, "001 0000001 1"),
        appointment_row(1, "12:00", json!({ "patient": 99 })),
        appointment_row(2, "12:20", json!({ "patient": 2, "room": null, "doctor": 7 })),
        appointment_row(3, "12:40", json!({ "room": null })),
        action(1, 2, "confirm"),
        action(2, 77, "confirm"),
        action(3, 3, "teleport"),
        patient_row(1, "9"),
        dump_row("auth.permission", 1, json!({})),
    ];
    let (_, said) = import_complaints(more).await;
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
async fn impossible_appointments_are_refused() {
    let more = vec![
        appointment_row(1, "12:00", json!({ "end_datetime": "2025-12-20T11:00:00Z" })),
        appointment_row(2, "12:20", json!({ "status": "ARRIVED" })),
        appointment_row(3, "20:00", json!({})),
        appointment_row(4, "12:40", json!({ "start_datetime": "yesterday" })),
        appointment_row(5, "12:40", json!({})),
        appointment_row(6, "12:50", json!({})),
        appointment_row(7, "12:40", json!({ "status": "CANCELLED" })),
        appointment_row(8, "13:00", json!({ "end_datetime": "2025-12-20T13:02:00Z" })),
    ];
    let (_, said) = import_complaints(more).await;
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

/// The status of an imported message decides whether the appointment's reminder is still sent.
#[tokio::test]
async fn an_appointment_with_a_message_that_may_have_been_sent_gets_no_other() {
    let message = |pk: u64, status: &str, sid: Value| {
        let fields = json!({
            "appointment": 1, "channel": "whatsapp", "to": "whatsapp:809-555-2000", "template": "reminder_freeform",
            "status": status, "external_id": sid, "delivered_at": null, "created_at": "2025-12-15T10:00:00Z",
        });
        dump_row("notifications.notification", pk, fields)
    };
    let sid = json!("SM7281c9e4ab3007941fb0975f63c47f8a");
    for (status, sid, expected) in [
        ("queued", sid.clone(), ("sent", 1)),
        ("Delivered", sid.clone(), ("delivered", 1)),
        ("sending", json!(null), ("unknown", 1)),
        ("failed", json!(""), ("pending", 2)),
        ("pending", json!(null), ("pending", 2)),
    ] {
        let (app, said) =
            import_complaints(vec![appointment_row(1, "12:00", json!({})), message(1, status, sid)]).await;
        assert_eq!(said, [""; 0]);
        let list = app.admin().await.unwrap().get("/api/appointments/?date=2025-12-20").await.unwrap().results();
        let path = format!("/api/notifications/?appointment={}", list[0]["id"].as_str().unwrap());
        let rows = app.admin().await.unwrap().get(&path).await.unwrap().results();
        assert_eq!((list[0]["reminder"]["status"].as_str().unwrap(), rows.len()), expected, "{status}");
    }
    let bad = vec![
        appointment_row(1, "12:00", json!({})),
        message(1, "lost", sid.clone()),
        message(2, "sent", sid.clone()),
        message(3, "sent", sid),
    ];
    let (_, said) = import_complaints(bad).await;
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[0].starts_with("notifications.notification 1: status: Must be one of: pending, "), "{said:?}");
    assert_eq!(said[1], "notifications.notification 3: external_id: The same as notifications.notification 2.");
}

#[tokio::test]
async fn overlapping_windows_are_reported() {
    let window = |pk: u64, from: &str, until: &str| {
        let fields = json!({ "doctor": 1, "room": 1, "date": "2025-12-20", "start_time": from, "end_time": until, "slot_minutes": 3 });
        dump_row("schedules.schedule", pk, fields)
    };
    let mut overlapping = window(2, "11:00:00", "13:00:00");
    overlapping["fields"]["slot_minutes"] = json!(20);
    let (_, said) = import_complaints(vec![overlapping, window(3, "15:00", "14:00")]).await;
    let expected = [
        "schedules.schedule 3: slot_minutes: Must be between 5 and 240.",
        "schedules.schedule 3: end_time: The end must be after the start.",
        "schedules.schedule 2: start_time: schedules.schedule 1",
    ];
    assert_eq!(said, expected);
}

#[tokio::test]
async fn an_invalid_dump_and_a_table_without_an_admin_are_refused() {
    let app = empty_system().await;
    for wrong in ["", "{}", "[1]", r#"[{"model": "x"}]"#, r#"[{"model": 1, "pk": 1, "fields": {}}]"#] {
        let done = django::import(&app.system.app, wrong, zone()).await;
        assert!(matches!(done, Err(ImportError::Dump(_))), "{wrong}");
    }
    let unknown = cli::import::old_ids::id::<PatientId>("patients.patient", 1);
    assert!(app::directory::patients::get_patient(&app.system.app, unknown).await.is_err());
    let table = local::database::Database::memory().await.unwrap();
    let clock = local::clock::FixedClock::new(Instant::parse(super::MIDDLE).unwrap());
    let config = local::system::SystemConfig {
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
    let app = TestApp::without_users(config, clock).unwrap();
    let done = django::import(&app.system.app, super::DUMP, zone()).await;
    assert!(matches!(done, Err(ImportError::NoAdmin)));
}
