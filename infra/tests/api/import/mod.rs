//! Tests of the import from the Django service: the rows that a real dump makes, the rows that are refused, and that no
//! patient gets a second message about an appointment.

mod after_import;
mod command;
mod refused_lines;
mod refused_rows;
mod saved_sheets;
mod sheets;

use crate::fsck::all_items;
use cli::import::django;
use cli::import::report::{Count, ImportReport};
use domain::time::Zone;
use invariants::check_table;
use local::database::Database;
use serde_json::Value;
use std::collections::BTreeMap;
use store::Table;
use store::item::Item;
use testkit::test_app::TestApp;

/// A real dump of a small service, all of whose appointments are around the turn of 2025 to 2026.
pub(crate) const DUMP: &str = include_str!("../../data/django-dump.json");
/// A time in the middle of these appointments, in the morning.
pub(crate) const MIDDLE: &str = "2025-12-16T10:00:00Z";

pub(crate) fn zone() -> Zone {
    Zone::parse("America/Santo_Domingo").unwrap()
}

pub(crate) async fn empty_system() -> TestApp {
    let app = TestApp::changed(Database::memory().await.unwrap(), |config| {
        config.settings = BTreeMap::from([("DEFAULT_COUNTRY".to_owned(), "DO".to_owned())]);
    });
    let app = app.await.unwrap();
    app.set_now(MIDDLE).unwrap();
    app
}

pub(crate) async fn import(app: &TestApp, dump: &str) -> ImportReport {
    Box::pin(django::import(&app.system.app, dump, zone())).await.unwrap()
}

/// Every row of a table, by its key.
pub(crate) async fn table_rows(table: &Table) -> BTreeMap<(String, String), Item> {
    let key = |item: &Item, name: &str| item[name].as_s().unwrap().clone();
    all_items(table).await.into_iter().map(|item| ((key(&item, "PK"), key(&item, "SK")), item)).collect()
}

/// The rows of the dump of one model.
pub(crate) fn dump_rows(model: &str) -> Vec<Value> {
    let all: Vec<Value> = serde_json::from_str(DUMP).unwrap();
    all.into_iter().filter(|row| row["model"] == model).collect()
}

fn count(new: usize, refused: usize) -> Count {
    Count { new, refused, ..Count::default() }
}

#[tokio::test]
async fn an_imported_dump_makes_a_clean_table() {
    let app = empty_system().await;
    let table = app.system.database.table();
    let report = import(&app, DUMP).await;
    let expected = [
        ("accounts.user", count(3, 1)),
        ("clinics.clinic", count(2, 0)),
        ("clinics.room", count(6, 0)),
        ("doctors.doctor", count(6, 0)),
        ("patients.patient", count(59, 1)),
        ("schedules.schedule", count(60, 0)),
        ("appointments.appointment", count(140, 10)),
        ("appointments.appointmentaction", count(116, 7)),
        ("notifications.notification", count(68, 5)),
    ];
    assert_eq!(report.counts, expected.map(|(model, count)| (model.to_owned(), count)), "{report}");
    let checked = check_table(&table).await.unwrap();
    assert_eq!(checked.findings, [], "{checked}");
    assert_eq!(checked.appointments, 140);
    // The report identifies patients by row number only.
    let said = report.to_string();
    for person in dump_rows("patients.patient") {
        for field in ["document_number", "phone_number", "last_name"] {
            assert!(!said.contains(person["fields"][field].as_str().unwrap()), "{field}");
        }
    }
    let refused = "The phone number has letters or other signs. Write it in digits, for example +1 829-555-0100.";
    assert!(said.contains(&format!("\n  patients.patient 43: phone_number: {refused}\n")), "{said}");
    assert!(said.contains("\n  accounts.user 6: email: This field is required.\n"), "{said}");
    assert!(said.contains("\n  appointments.appointment 106: room: appointments.appointment 98\n"), "{said}");
}

#[tokio::test]
async fn a_second_run_changes_nothing() {
    let app = empty_system().await;
    let table = app.system.database.table();
    let first = import(&app, DUMP).await;
    let before = table_rows(&table).await;
    app.set_now("2026-02-01T12:00:00Z").unwrap();
    let second = import(&app, DUMP).await;
    assert!(table_rows(&table).await == before);
    assert_eq!(second.refused, first.refused);
    for ((model, first), (_, second)) in first.counts.iter().zip(&second.counts) {
        let as_they_were = Count { new: 0, known: first.new + first.known, ..*first };
        assert_eq!(*second, as_they_were, "{model}");
    }
}

/// The same rows get the same ids in another table, so that ids noted from a trial import stay valid.
#[tokio::test]
async fn ids_are_the_same_in_every_table() {
    let mut ids = Vec::new();
    for now in [MIDDLE, "2026-03-01T12:00:00Z"] {
        let app = empty_system().await;
        app.set_now(now).unwrap();
        import(&app, DUMP).await;
        let kinds = ["patient", "doctor", "clinic", "room", "window", "appointment", "specialty"];
        let rows = all_items(&app.system.database.table()).await;
        let mut found: Vec<String> = rows
            .iter()
            .filter(|item| kinds.contains(&item["kind"].as_s().unwrap().as_str()))
            .filter_map(|item| store::item::text_attribute(item, "id"))
            .collect();
        found.sort_unstable();
        ids.push(found);
    }
    assert!(ids[0].len() > 200 && ids[0] == ids[1]);
}
