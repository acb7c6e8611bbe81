//! `cargo citas fsck`: silent about a table that only the API has written to, and never about one that
//! something else has. What is broken here is broken in the table, behind everybody's back.

use crate::programs::citas;
use crate::reminders::{DUE, minutes_later};
use crate::sending::send;
use crate::server::Server;
use crate::world::{World, id, on_the_day};
use aws_sdk_dynamodb::types::AttributeValue;
use invariants::check_table;
use invariants::report::{Invariant, Report};
use local::fake_twilio::FailMode;
use platform::https;
use serde_json::{Value, json};
use std::collections::HashMap;
use store::Table;
use testkit::test_app::Trouble;

pub(crate) type Item = HashMap<String, AttributeValue>;

async fn check(table: &Table) -> Report {
    check_table(table).await.unwrap()
}

/// A day at the reception desk: every way in which time is taken and given back.
async fn busy() -> World {
    let world = World::new().await;
    let admin = world.admin().await;
    let change = json!({ "overbook_per_day": 2 });
    admin.patch(&format!("/api/clinics/clinics/{}/", world.clinic), &change).await.unwrap().expect_status(200).unwrap();
    let change = json!({ "buffer_minutes": 10 });
    admin.patch(&format!("/api/doctors/{}/", world.doctor), &change).await.unwrap().expect_status(200).unwrap();
    let ana = world.add_patient("Ana", "77", "+12025550177").await;
    let act = async |appointment: &str, action: &str| {
        let answer = world.act(appointment, &json!({ "action": action, "reason": "x" })).await;
        assert!(answer.status.is_success(), "{action}: {}", answer.body);
    };
    let moved = id(&world.book("09:00").await);
    let wish = json!({ "action": "reschedule", "start_datetime": on_the_day("09:50") });
    let moved = world.act(&moved, &wish).await.expect_status(201).unwrap().id();
    act(&moved, "confirm").await;
    act(&id(&world.book("10:30").await), "cancel").await;
    let reopened = id(&world.book("10:30").await);
    act(&reopened, "cancel").await;
    act(&reopened, "reopen").await;
    for time in ["09:50", "10:30"] {
        let start = on_the_day(time);
        let sobreturno =
            json!({ "patient": ana, "doctor": world.doctor, "start_datetime": start, "overbook": true, "reason": "x" });
        world.try_book(sobreturno).await.expect_status(201).unwrap();
    }
    // One that is kept while it is held, one after its hold has run out, one that nobody took up.
    let appointments = [id(&world.book("11:10").await), id(&world.book("11:50").await), id(&world.book("12:30").await)];
    let [held, kept, given_up] = &appointments;
    for appointment in &appointments {
        act(appointment, "request_reschedule").await;
    }
    act(held, "keep").await;
    world.tick("2025-12-01T12:00:00-03:00").await;
    act(kept, "keep").await;
    act(given_up, "cancel").await;
    act(kept, "request_reschedule").await;
    let window = world.open(&world.doctor, &world.room, "2025-12-16", "09:00", "13:00").await;
    world.admin().await.delete(&format!("/api/schedules/{window}/")).await.unwrap().expect_status(204).unwrap();
    world
}

/// What the demo data, the walk-through and a busy day leave behind is as it should be; what the check
/// reads is all that there is.
#[tokio::test]
async fn a_table_that_only_the_api_has_written_to_is_clean() {
    let world = busy().await;
    let report = check(&world.app.system.database.table()).await;
    assert_eq!(report.findings, [], "{report}");
    assert_eq!(report.appointments, 9);
    assert_eq!(report.rows, rows(&world.app.system.database.table()).await.len());
}

#[tokio::test]
async fn messages_leave_nothing_behind_whatever_becomes_of_them() {
    let world = World::new().await;
    let table = world.app.system.database.table();
    let modes = [FailMode::TimeoutAfterAccept, FailMode::ServerError, FailMode::TooManyRequests, FailMode::Refused];
    for time in ["09:00", "09:30", "10:00", "10:30", "11:00"] {
        world.book(time).await;
    }
    let by_hand = id(&world.book("12:00").await);
    for force in [false, true] {
        send(&world, &by_hand, json!({ "force": force })).await.expect_status(200).unwrap();
    }
    world.app.set_now(DUE).unwrap();
    for mode in modes {
        world.app.twilio().unwrap().fail(mode, None, 1);
        minutes_later(&world, 0).await;
        assert_eq!(check(&table).await.findings, []);
    }
    let message = world.app.outbox().unwrap().pop().unwrap().sid;
    world.presses("cancel", &message).await;
    world.writes("Confirmar").await;
    for minutes in [1, 15, 60, 3 * 24 * 60] {
        minutes_later(&world, minutes).await;
        assert_eq!(check(&table).await.findings, []);
    }
}

#[tokio::test]
async fn what_was_removed_may_still_be_pointed_at() {
    let world = World::new().await;
    let admin = world.admin().await;
    let holiday = json!({ "clinic": world.clinic, "date": "2025-12-24", "name": "Nochebuena" });
    let rule = json!({
        "doctor": world.doctor, "room": world.room, "weekdays": [1], "valid_from": "2025-12-16",
        "start_time": "14:00", "end_time": "18:00",
    });
    let block = json!({
        "doctor": world.doctor, "start_datetime": "2025-12-22T14:00:00-03:00",
        "end_datetime": "2025-12-22T16:00:00-03:00", "reason": "congreso",
    });
    for (path, body) in [
        ("/api/clinics/holidays/", holiday),
        ("/api/schedules/rules/", rule),
        ("/api/schedules/blocks/", block),
        ("/api/doctors/specialties/", json!({ "name": "Cardiología" })),
    ] {
        let made = id(&world.made(path, &body).await);
        admin.delete(&format!("{path}{made}/")).await.unwrap().expect_status(204).unwrap();
        assert_eq!(check(&world.app.system.database.table()).await.findings, [], "{path}");
    }
}

pub(crate) async fn rows(table: &Table) -> Vec<Item> {
    let pages = table.client().scan().table_name(table.name()).into_paginator().items().send();
    pages.collect::<Result<_, _>>().await.unwrap()
}

async fn put(table: &Table, item: &Item) {
    table.client().put_item().table_name(table.name()).set_item(Some(item.clone())).send().await.unwrap();
}

async fn delete(table: &Table, item: &Item) {
    let request = table.client().delete_item().table_name(table.name());
    request.key("PK", item["PK"].clone()).key("SK", item["SK"].clone()).send().await.unwrap();
}

fn text(item: &Item, name: &str) -> String {
    store::item::member(item, name).unwrap_or_default()
}

fn is(item: &Item, kind: &str, marks: &[(&str, &str)]) -> bool {
    text(item, "kind") == kind && marks.iter().all(|(name, value)| text(item, name).starts_with(value))
}

/// What is done to the one row that is broken.
enum Blow {
    Delete,
    Set(&'static str, AttributeValue),
}

#[tokio::test]
async fn whatever_is_broken_in_the_table_is_found() {
    use Invariant::{Agenda, History, Links, Notifications, Outcomes, Overbooking, Overlap, Rows};
    let string = |text: &str| AttributeValue::S(text.into());
    let number = |number: u64| AttributeValue::N(number.to_string());
    let nobody = || string("01940000-0000-7000-8000-000000000001");
    let world = busy().await;
    let table = world.app.system.database.table();
    let whole = rows(&table).await;
    let pending = [("status", "PENDING")];
    type Damage<'a> = (&'static str, &'a [(&'static str, &'static str)], Blow, &'a [Invariant]);
    let damages: &[Damage<'_>] = &[
        ("agenda", &[("PK", "DOCTOR")], Blow::Delete, &[Agenda]),
        ("agenda", &[("PK", "PATIENT")], Blow::Set("version", number(1)), &[Agenda]),
        ("agenda", &[("PK", "ROOM")], Blow::Set("iv", AttributeValue::M(HashMap::new())), &[Agenda]),
        ("agenda", &[("PK", "ROOM")], Blow::Set("iv", string("")), &[Rows, Agenda]),
        ("appointment", &pending, Blow::Set("start", string("2025-12-15T12:00:00Z")), &[Overlap, Agenda]),
        ("appointment", &pending, Blow::Set("status", string("CANCELLED")), &[Agenda, History]),
        ("appointment", &pending, Blow::Set("status", string("GONE")), &[Rows, Agenda, History]),
        ("appointment", &[("rescheduled_from", "0")], Blow::Delete, &[Agenda, History, Links, Outcomes, Notifications]),
        ("appointment", &[("rescheduled_from", "0")], Blow::Set("rescheduled_from", nobody()), &[Links]),
        ("appointment", &[("hold_until", "2")], Blow::Set("hold_until", string("2025-12-01T16:00:00Z")), &[Links]),
        ("hold", &[], Blow::Delete, &[Links]),
        ("hold", &[], Blow::Set("appointment", nobody()), &[Rows, Links]),
        ("counter", &[("SK", "OVERBOOK")], Blow::Delete, &[Overbooking]),
        ("counter", &[("SK", "OVERBOOK")], Blow::Set("count", number(3)), &[Overbooking]),
        ("clinic", &[], Blow::Delete, &[Overbooking, Outcomes]),
        ("room", &[], Blow::Delete, &[Overlap, Outcomes]),
        ("action", &[("action", "create")], Blow::Delete, &[History]),
        ("action", &[("action", "keep")], Blow::Set("from_status", string("PENDING")), &[History]),
        ("action", &[("action", "confirm")], Blow::Set("created_at", string("2025-11-01T00:00:00Z")), &[History]),
        ("audit", &[("model", "appointment")], Blow::Delete, &[History]),
        ("idempotency", &[], Blow::Set("resource", nobody()), &[Outcomes]),
        ("notification", &[("status", "pending")], Blow::Delete, &[Notifications]),
        ("notification", &[("status", "pending")], Blow::Set("status", string("sent")), &[Notifications]),
        ("due", &[], Blow::Delete, &[Notifications]),
        ("due", &[], Blow::Set("notification", nobody()), &[Rows, Notifications]),
    ];
    for (kind, marks, blow, invariants) in damages {
        let row = whole.iter().find(|item| is(item, kind, marks)).unwrap_or_else(|| panic!("no {kind} {marks:?}"));
        match blow {
            Blow::Delete => delete(&table, row).await,
            Blow::Set(name, value) => {
                let mut broken = row.clone();
                broken.insert((*name).to_owned(), value.clone());
                put(&table, &broken).await;
            }
        }
        let report = check(&table).await;
        for invariant in *invariants {
            assert!(report.faults().any(|fault| fault.invariant == *invariant), "{kind} {marks:?}: {report}");
        }
        put(&table, row).await;
        assert!(check(&table).await.is_clean(), "{kind} {marks:?} is whole again");
    }
}

#[tokio::test]
async fn kinds_that_it_does_not_know_are_left_alone() {
    let world = busy().await;
    let table = world.app.system.database.table();
    let row = |kind: &str| {
        let text = |text: &str| AttributeValue::S(text.into());
        HashMap::from([
            ("PK".to_owned(), text("DOCTOR#1")),
            ("SK".to_owned(), text(kind)),
            ("kind".to_owned(), text(kind)),
        ])
    };
    put(&table, &row("rule")).await;
    put(&table, &row("sweep")).await;
    assert!(check(&table).await.is_clean());
}

fn fsck(arguments: &[&str]) -> Result<(bool, String), Trouble> {
    let output = citas(&["fsck"], arguments).output()?;
    let said = [output.stdout, output.stderr].concat();
    Ok((output.status.success(), String::from_utf8_lossy(&said).into_owned()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_says_what_it_found_and_fails() -> Result<(), Trouble> {
    let world = busy().await;
    let table = world.app.system.database.table();
    let endpoint = ["--endpoint", world.app.system.database.endpoint()];
    let (clean, said) = tokio::task::block_in_place(|| fsck(&endpoint))?;
    assert!(clean && said.contains("9 appointments: 0 faults, 0 warnings"), "{said}");
    let hold = rows(&table).await.into_iter().find(|item| is(item, "hold", &[])).ok_or("no hold")?;
    delete(&table, &hold).await;
    let (clean, said) = tokio::task::block_in_place(|| fsck(&endpoint))?;
    let (appointment, until) = (text(&hold, "appointment"), text(&hold, "until"));
    let expected = format!("FAULT links: appointment {appointment}: it is held until {until}");
    assert!(!clean && said.contains(&expected), "{said}");
    assert!(!said.contains("Fernández") && !said.contains("+1202"), "{said}");
    Ok(())
}

#[tokio::test]
async fn the_local_servers_table_is_checked_where_there_is_one() -> Result<(), Trouble> {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("fsck-{}", std::process::id()));
    let data = folder.display().to_string();
    let (clean, said) = fsck(&["--data", &data])?;
    assert!(!clean && said.contains("there is no ") && !folder.exists(), "{said}");
    let server = Server::start(&["--data", &data])?;
    let health: Value =
        https::client().build()?.get(format!("{}/api/health/", server.url())).send().await?.json().await?;
    assert_eq!(health["status"], "ok");
    assert!(server.interrupt()?);
    let (clean, said) = fsck(&["--data", &data])?;
    assert!(clean && said.contains("0 appointments: 0 faults"), "{said}");
    std::fs::remove_dir_all(folder)?;
    Ok(())
}
