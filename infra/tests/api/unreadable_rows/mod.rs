//! Tests that one row which this build can't read stops nothing else: each kind of row that the job reads is made
//! unreadable in turn, as after a rollback of a build that knows more, while eight pieces of each kind of work are due.

mod damage;
mod due_work;

use crate::clinic_setup::{ClinicSetup, id, text};
use crate::crash_recovery::crash_after_next_transaction;
use crate::reminders::{DUE, reminder, run_minutes_later};
use damage::{Damage, damaged};
use domain::time::TimeDelta;
use due_work::{DueWork, OTHER, Work};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use store::item::{Item, kind, number};
use store::keys::Key;
use testkit::faulty_client::{FaultyClient, run_as_operation};

/// Rows that the job reads as they are, without a look at their members.
const NOT_PARSED: [&str; 1] = ["audit"];

/// The keys of the rows in the answers to an operation's reads.
fn read_keys(value: &Value, keys: &mut BTreeSet<Key>) {
    let text = |name: &str| value.pointer(&format!("/{name}/S")).and_then(Value::as_str).map(str::to_owned);
    if let (Some(pk), Some(sk)) = (text("PK"), text("SK")) {
        keys.insert(Key { pk, sk });
        return;
    }
    match value {
        Value::Array(values) => values.iter().for_each(|value| read_keys(value, keys)),
        Value::Object(members) => members.values().for_each(|value| read_keys(value, keys)),
        _ => {}
    }
}

/// The keys of the rows that a run of the job reads, by kind: those that only the other clinic's work needs, or that
/// belong to no clinic.
async fn keys_by_kind(work: &DueWork) -> BTreeMap<String, Vec<Key>> {
    work.faulty_client.record_calls();
    let summary = run_as_operation(1, work.setup.app.system.run_reminders()).await.unwrap();
    assert_eq!((summary.unreadable_rows, summary.failed_steps), (0, 0));
    let undone = work.undone().await;
    assert!(undone.is_empty(), "{undone:?}");
    let mut keys = BTreeSet::new();
    for call in work.faulty_client.take_calls(1) {
        for part in ["Item", "Items", "Responses"] {
            read_keys(&call.answer[part], &mut keys);
        }
    }
    let mut by_kind: BTreeMap<String, Vec<Key>> = BTreeMap::new();
    for key in keys {
        // Rows that the run itself wrote are not among the table's rows.
        let Some(item) = work.row(&key) else { continue };
        let kind = kind(item).unwrap().to_owned();
        let keys = by_kind.entry(kind.clone()).or_default();
        if work.is_others(item) || DueWork::is_global(&kind) {
            keys.push(key);
        }
    }
    by_kind
}

/// Makes one row of each kind unreadable in this way, and runs the job each time.
async fn check(damage: Damage) {
    // Boxed: together the futures are larger than the stack of a test's thread.
    let work = Box::pin(DueWork::new()).await;
    let by_kind = Box::pin(keys_by_kind(&work)).await;
    let mut failures = Vec::new();
    for (kind, keys) in &by_kind {
        let key = keys.first().unwrap_or_else(|| panic!("the other clinic has no row of kind {kind}"));
        for (what, item) in damaged(kind, work.row(key).unwrap(), damage) {
            work.restore_with(Some(&item)).await;
            let summary = match Box::pin(work.setup.app.system.run_reminders()).await {
                Ok(summary) => summary,
                Err(error) => {
                    failures.push(format!("{kind} {what}: {error}"));
                    continue;
                }
            };
            let mut undone = work.undone().await;
            undone.retain(|(_, piece)| *piece != OTHER);
            if kind == "seal" {
                // Its own shard only.
                let shard = key.pk.rsplit('#').next().unwrap().parse().unwrap();
                assert!(undone.remove(&(Work::Seal, shard)), "{what}");
                assert!(summary.unsealed_seconds > 5_400, "{what}: {}", summary.unsealed_seconds);
            }
            let (rows, steps) = (summary.unreadable_rows, summary.failed_steps);
            let expected = u64::from(!NOT_PARSED.contains(&kind.as_str()));
            if (rows, steps) != (expected, 0) || !undone.is_empty() {
                failures.push(format!("{kind} {what}: {rows} rows, {steps} failed steps, undone: {undone:?}"));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[tokio::test]
async fn a_row_of_a_newer_schema_version_stops_nothing_else() {
    check(Damage::NewerVersion).await;
}

/// A rollback: rows of a build with one more variant of each enum are read by this one.
#[tokio::test]
async fn a_row_with_an_unknown_variant_stops_nothing_else() {
    check(Damage::UnknownVariant).await;
}

#[tokio::test]
async fn a_row_without_a_member_stops_nothing_else() {
    check(Damage::MissingMember).await;
}

/// Changes the schema version of the only row of a kind.
async fn set_version(setup: &ClinicSetup, row_kind: &str, version: u32) {
    let table = setup.app.system.database.table();
    let rows = table.client().scan().table_name(table.name()).send().await.unwrap().items.unwrap();
    let mut rows: Vec<Item> = rows.into_iter().filter(|item| kind(item) == Some(row_kind)).collect();
    assert_eq!(rows.len(), 1, "{row_kind}");
    let mut row = rows.remove(0);
    row.insert("v".into(), number(version));
    table.client().put_item().table_name(table.name()).set_item(Some(row)).send().await.unwrap();
}

#[tokio::test]
async fn a_request_for_an_unreadable_row_fails() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);
    set_version(&setup, "appointment", 2).await;
    for path in [format!("/api/appointments/{appointment}/"), format!("/api/appointments/?patient={}", setup.patient)] {
        let answer = setup.operator().await.get(&path).await.unwrap().expect_status(500).unwrap();
        assert_eq!(answer.code(), "internal_error");
    }
}

/// The low-water mark stays at the day of an unreadable pointer, so that it is found once it can be read.
#[tokio::test]
async fn an_unreadable_due_pointer_is_found_later() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);
    set_version(&setup, "due", 2).await;
    setup.run_job_at(DUE).await;
    for _ in 0..3 {
        setup.app.advance(TimeDelta::days(1));
        assert_eq!(setup.app.system.run_reminders().await.unwrap().unreadable_rows, 1);
    }
    assert_eq!(text(&reminder(&setup, &appointment).await, "status"), "pending");
    set_version(&setup, "due", 1).await;
    run_minutes_later(&setup, 5).await;
    assert_eq!(text(&reminder(&setup, &appointment).await, "status"), "expired");
}

/// An unreadable message blocks the later ones of its number for an hour, as one that can't be processed does.
#[tokio::test]
async fn an_unreadable_message_blocks_its_number_for_an_hour() {
    let faulty_client = FaultyClient::default();
    let setup = ClinicSetup::with_client(&faulty_client).await;
    let appointment = id(&setup.book("10:00").await);
    setup.run_job_at(DUE).await;
    crash_after_next_transaction(&faulty_client);
    setup.patient_writes("no sé").await;
    faulty_client.set_call_hook(None);
    set_version(&setup, "unprocessed", 2).await;
    setup.app.advance(TimeDelta::minutes(1));
    setup.patient_writes("Confirmo").await;
    run_minutes_later(&setup, 50).await;
    assert_eq!(setup.appointment(&appointment).await["status"], "PENDING");
    run_minutes_later(&setup, 10).await;
    assert_eq!(setup.appointment(&appointment).await["status"], "CONFIRMED");
}
