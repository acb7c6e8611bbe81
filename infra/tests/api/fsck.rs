//! Tests of `cargo citas fsck`, the check of a table's invariants: it finds nothing in a table that only the API has
//! written to, and finds every row that a test damages directly in the table.

use crate::clinic_setup::{ClinicSetup, id, on_the_day};
use crate::dev_server::DevServer;
use crate::programs::citas;
use crate::reminders::{DUE, run_minutes_later};
use crate::sending::{let_time_pass, send_reminder};
use aws_sdk_dynamodb::types::AttributeValue;
use invariants::check_table;
use invariants::report::{FsckReport, Invariant};
use local::fake_twilio::FailMode;
use platform::https;
use serde_json::{Value, json};
use std::collections::HashMap;
use store::Table;
use store::item::Item;
use testkit::test_app::TestError;

async fn run_check(table: &Table) -> FsckReport {
    check_table(table).await.unwrap()
}

/// A setup with appointments that were booked, moved, cancelled, reopened, overbooked, held and kept.
async fn busy_setup() -> ClinicSetup {
    let setup = ClinicSetup::new().await;
    let admin = setup.admin().await;
    let change = json!({ "overbook_per_day": 2 });
    admin.patch(&format!("/api/clinics/clinics/{}/", setup.clinic), &change).await.unwrap().expect_status(200).unwrap();
    let change = json!({ "buffer_minutes": 10 });
    admin.patch(&format!("/api/doctors/{}/", setup.doctor), &change).await.unwrap().expect_status(200).unwrap();
    let ana = setup.add_patient("Ana", "77", "+12025550177").await;
    let act = async |appointment: &str, action: &str| {
        let answer = setup.act(appointment, &json!({ "action": action, "reason": "x" })).await;
        assert!(answer.status.is_success(), "{action}: {}", answer.body);
    };
    let moved = id(&setup.book("09:00").await);
    let request = json!({ "action": "reschedule", "start_datetime": on_the_day("09:50") });
    let moved = setup.act(&moved, &request).await.expect_status(201).unwrap().id();
    act(&moved, "confirm").await;
    act(&id(&setup.book("10:30").await), "cancel").await;
    let reopened = id(&setup.book("10:30").await);
    act(&reopened, "cancel").await;
    act(&reopened, "reopen").await;
    for time in ["09:50", "10:30"] {
        let start = on_the_day(time);
        let sobreturno =
            json!({ "patient": ana, "doctor": setup.doctor, "start_datetime": start, "overbook": true, "reason": "x" });
        setup.try_book(sobreturno).await.expect_status(201).unwrap();
    }
    // One appointment is kept during its hold, one after it has expired, and one is cancelled after it has expired.
    let appointments = [id(&setup.book("11:10").await), id(&setup.book("11:50").await), id(&setup.book("12:30").await)];
    let [held, kept, given_up] = &appointments;
    for appointment in &appointments {
        act(appointment, "request_reschedule").await;
    }
    act(held, "keep").await;
    setup.run_job_at("2025-12-01T12:00:00-03:00").await;
    act(kept, "keep").await;
    act(given_up, "cancel").await;
    act(kept, "request_reschedule").await;
    let window = setup.add_window(&setup.doctor, &setup.room, "2025-12-16", "09:00", "13:00").await;
    setup.admin().await.delete(&format!("/api/schedules/{window}/")).await.unwrap().expect_status(204).unwrap();
    setup
}

/// The check also reads every row of the table.
#[tokio::test]
async fn a_table_that_only_the_api_has_written_to_is_clean() {
    let setup = busy_setup().await;
    let report = run_check(&setup.app.system.database.table()).await;
    assert_eq!(report.findings, [], "{report}");
    assert_eq!(report.appointments, 9);
    assert_eq!(report.rows, all_items(&setup.app.system.database.table()).await.len());
}

#[tokio::test]
async fn failed_and_delivered_messages_leave_a_clean_table() {
    let setup = ClinicSetup::new().await;
    let table = setup.app.system.database.table();
    let modes = [FailMode::TimeoutAfterAccept, FailMode::ServerError, FailMode::TooManyRequests, FailMode::Refused];
    for time in ["09:00", "09:30", "10:00", "10:30", "11:00"] {
        setup.book(time).await;
    }
    let by_hand = id(&setup.book("12:00").await);
    for force in [false, true] {
        let_time_pass(&setup);
        send_reminder(&setup, &by_hand, json!({ "force": force })).await.expect_status(200).unwrap();
    }
    setup.app.set_now(DUE).unwrap();
    for mode in modes {
        setup.app.twilio().unwrap().fail(mode, None, 1);
        run_minutes_later(&setup, 0).await;
        assert_eq!(run_check(&table).await.findings, []);
    }
    let message = setup.app.outbox().unwrap().pop().unwrap().sid;
    setup.patient_presses("cancel", &message).await;
    setup.patient_writes("Confirmar").await;
    for minutes in [1, 15, 60, 3 * 24 * 60] {
        run_minutes_later(&setup, minutes).await;
        assert_eq!(run_check(&table).await.findings, []);
    }
}

#[tokio::test]
async fn references_to_removed_rows_are_no_finding() {
    let setup = ClinicSetup::new().await;
    let admin = setup.admin().await;
    let holiday = json!({ "clinic": setup.clinic, "date": "2025-12-24", "name": "Nochebuena" });
    let rule = json!({
        "doctor": setup.doctor, "room": setup.room, "weekdays": [1], "valid_from": "2025-12-16",
        "start_time": "14:00", "end_time": "18:00",
    });
    let block = json!({
        "doctor": setup.doctor, "start_datetime": "2025-12-22T14:00:00-03:00",
        "end_datetime": "2025-12-22T16:00:00-03:00", "reason": "congreso",
    });
    for (path, body) in [
        ("/api/clinics/holidays/", holiday),
        ("/api/schedules/rules/", rule),
        ("/api/schedules/blocks/", block),
        ("/api/doctors/specialties/", json!({ "name": "Cardiología" })),
    ] {
        let made = id(&setup.create(path, &body).await);
        admin.delete(&format!("{path}{made}/")).await.unwrap().expect_status(204).unwrap();
        assert_eq!(run_check(&setup.app.system.database.table()).await.findings, [], "{path}");
    }
}

pub(crate) async fn all_items(table: &Table) -> Vec<Item> {
    let pages = table.client().scan().table_name(table.name()).into_paginator().items().send();
    pages.collect::<Result<_, _>>().await.unwrap()
}

async fn put_item(table: &Table, item: &Item) {
    table.client().put_item().table_name(table.name()).set_item(Some(item.clone())).send().await.unwrap();
}

async fn delete_item(table: &Table, item: &Item) {
    let request = table.client().delete_item().table_name(table.name());
    request.key("PK", item["PK"].clone()).key("SK", item["SK"].clone()).send().await.unwrap();
}

fn text(item: &Item, name: &str) -> String {
    store::item::text_attribute(item, name).unwrap_or_default()
}

fn has_members(item: &Item, kind: &str, marks: &[(&str, &str)]) -> bool {
    text(item, "kind") == kind && marks.iter().all(|(name, value)| text(item, name).starts_with(value))
}

/// How a row is damaged.
enum Damage {
    Delete,
    Set(&'static str, AttributeValue),
}

#[tokio::test]
async fn every_damaged_row_is_found() {
    use Invariant::{Agenda, ClosedTime, History, Links, Notifications, Outcomes, Overbooking, Overlap, Rows};
    let string = |text: &str| AttributeValue::S(text.into());
    let number = |number: u64| AttributeValue::N(number.to_string());
    let unknown_id = || string("01940000-0000-7000-8000-000000000001");
    let setup = busy_setup().await;
    let table = setup.app.system.database.table();
    let whole = all_items(&table).await;
    let pending = [("status", "PENDING")];
    type DamageCase<'a> = (&'static str, &'a [(&'static str, &'static str)], Damage, &'a [Invariant]);
    let damages: &[DamageCase<'_>] = &[
        ("agenda", &[("PK", "DOCTOR")], Damage::Delete, &[Agenda]),
        ("agenda", &[("PK", "PATIENT")], Damage::Set("version", number(1)), &[Agenda]),
        ("agenda", &[("PK", "ROOM")], Damage::Set("iv", AttributeValue::M(HashMap::new())), &[Agenda]),
        ("agenda", &[("PK", "ROOM")], Damage::Set("iv", string("")), &[Rows, Agenda]),
        ("appointment", &pending, Damage::Set("start", string("2025-12-15T12:00:00Z")), &[Overlap, Agenda]),
        ("appointment", &pending, Damage::Set("status", string("CANCELLED")), &[Agenda, History]),
        ("appointment", &pending, Damage::Set("status", string("GONE")), &[Rows, Agenda, History]),
        (
            "appointment",
            &[("rescheduled_from", "0")],
            Damage::Delete,
            &[Agenda, History, Links, Outcomes, Notifications],
        ),
        ("appointment", &[("rescheduled_from", "0")], Damage::Set("rescheduled_from", unknown_id()), &[Links]),
        ("appointment", &[("hold_until", "2")], Damage::Set("hold_until", string("2025-12-01T16:00:00Z")), &[Links]),
        ("hold", &[], Damage::Delete, &[Links]),
        ("hold", &[], Damage::Set("appointment", unknown_id()), &[Rows, Links]),
        ("counter", &[("SK", "OVERBOOK")], Damage::Delete, &[Overbooking]),
        ("counter", &[("SK", "OVERBOOK")], Damage::Set("count", number(3)), &[Overbooking]),
        ("clinic", &[], Damage::Delete, &[Overbooking, Outcomes]),
        ("room", &[], Damage::Delete, &[Overlap, Outcomes]),
        ("action", &[("action", "create")], Damage::Delete, &[History]),
        ("action", &[("action", "keep")], Damage::Set("from_status", string("PENDING")), &[History]),
        ("action", &[("action", "confirm")], Damage::Set("created_at", string("2025-11-01T00:00:00Z")), &[History]),
        ("audit", &[("model", "appointment")], Damage::Delete, &[History]),
        ("idempotency", &[], Damage::Set("resource", unknown_id()), &[Outcomes]),
        ("notification", &[("status", "pending")], Damage::Delete, &[Notifications]),
        ("notification", &[("status", "pending")], Damage::Set("status", string("sent")), &[Notifications]),
        ("window", &[], Damage::Delete, &[ClosedTime]),
        ("doctor", &[], Damage::Set("is_active", AttributeValue::Bool(false)), &[ClosedTime]),
        ("appointment", &pending, Damage::Set("stranded", AttributeValue::Bool(true)), &[ClosedTime]),
        ("due", &[], Damage::Delete, &[Notifications]),
        ("due", &[], Damage::Set("notification", unknown_id()), &[Rows, Notifications]),
    ];
    for (kind, marks, damage, invariants) in damages {
        let row =
            whole.iter().find(|item| has_members(item, kind, marks)).unwrap_or_else(|| panic!("no {kind} {marks:?}"));
        match damage {
            Damage::Delete => delete_item(&table, row).await,
            Damage::Set(name, value) => {
                let mut broken = row.clone();
                broken.insert((*name).to_owned(), value.clone());
                put_item(&table, &broken).await;
            }
        }
        let report = run_check(&table).await;
        for invariant in *invariants {
            assert!(report.faults().any(|fault| fault.invariant == *invariant), "{kind} {marks:?}: {report}");
        }
        put_item(&table, row).await;
        assert!(run_check(&table).await.is_clean(), "{kind} {marks:?} is repaired");
    }
}

#[tokio::test]
async fn rows_of_unknown_kinds_are_ignored() {
    let setup = busy_setup().await;
    let table = setup.app.system.database.table();
    let row = |kind: &str| {
        let text = |text: &str| AttributeValue::S(text.into());
        HashMap::from([
            ("PK".to_owned(), text("DOCTOR#1")),
            ("SK".to_owned(), text(kind)),
            ("kind".to_owned(), text(kind)),
        ])
    };
    put_item(&table, &row("suspension")).await;
    put_item(&table, &row("payer")).await;
    assert!(run_check(&table).await.is_clean());
}

fn run_fsck(arguments: &[&str]) -> Result<(bool, String), TestError> {
    let output = citas(&["fsck"], arguments).output()?;
    let said = [output.stdout, output.stderr].concat();
    Ok((output.status.success(), String::from_utf8_lossy(&said).into_owned()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_prints_its_findings_and_fails() -> Result<(), TestError> {
    let setup = busy_setup().await;
    let table = setup.app.system.database.table();
    let endpoint = ["--endpoint", setup.app.system.database.endpoint()];
    let (clean, said) = tokio::task::block_in_place(|| run_fsck(&endpoint))?;
    assert!(clean && said.contains("9 appointments: 0 faults, 0 warnings"), "{said}");
    let hold = all_items(&table).await.into_iter().find(|item| has_members(item, "hold", &[])).ok_or("no hold")?;
    delete_item(&table, &hold).await;
    let (clean, said) = tokio::task::block_in_place(|| run_fsck(&endpoint))?;
    let (appointment, until) = (text(&hold, "appointment"), text(&hold, "until"));
    let expected = format!("FAULT links: appointment {appointment}: it is held until {until}");
    assert!(!clean && said.contains(&expected), "{said}");
    assert!(!said.contains("Fernández") && !said.contains("+1202"), "{said}");
    Ok(())
}

#[tokio::test]
async fn the_table_of_the_local_server_is_checked() -> Result<(), TestError> {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("fsck-{}", std::process::id()));
    let data = folder.display().to_string();
    let (clean, said) = run_fsck(&["--data", &data])?;
    assert!(!clean && said.contains("there is no ") && !folder.exists(), "{said}");
    let server = DevServer::start(&["--data", &data])?;
    let health: Value =
        https::client().build()?.get(format!("{}/api/health/", server.url())).send().await?.json().await?;
    assert_eq!(health["status"], "ok");
    assert!(server.interrupt()?);
    let (clean, said) = run_fsck(&["--data", &data])?;
    assert!(clean && said.contains("appointments: 0 faults"), "{said}");
    std::fs::remove_dir_all(folder)?;
    Ok(())
}
