//! Tests that the code under test sees exactly the planned faults.

use super::*;
use domain::ids::{DoctorId, Id as _};
use domain::time::Interval;
use local::database::Database;
use store::agenda::{AgendaSnapshot, day_keys};
use store::guard::Guard;
use store::keys::Resource;
use store::transaction::Cancellation;
use store::{Entity as _, Purpose, ReadError, Transaction, WriteError};

async fn table(client: &FaultyClient) -> (Database, Table) {
    let database = Database::memory().await.unwrap().through(client);
    let table = database.table();
    (database, table)
}

fn guard(number: u128) -> Guard {
    Guard::new(Resource::Doctor(DoctorId::from_uuid(uuid::Uuid::from_u128(number))))
}

async fn create(table: &Table, number: u128) -> Result<(), WriteError> {
    let mut transaction = Transaction::default();
    transaction.create(Purpose::Version, &guard(number));
    table.transact(transaction).await
}

async fn is_there(table: &Table, number: u128) -> bool {
    table.get::<Guard>(&guard(number).key()).await.unwrap().is_some()
}

/// Each fault of a transaction is reported as the right error, and the row was written or not accordingly.
#[tokio::test]
async fn a_transaction_fails_as_planned() {
    let client = FaultyClient::default();
    let (_database, table) = table(&client).await;
    client.record_calls();
    let mut seen = std::collections::BTreeSet::new();
    for number in 0..60 {
        client.plan(Some(FaultPlan::new(number, 1.0)));
        let written = run_as_operation(7, create(&table, number.into())).await;
        let call = client.take_calls(7).pop().unwrap();
        client.plan(None);
        let there = is_there(&table, number.into()).await;
        let fault = call.fault.unwrap();
        let expected = match fault {
            Fault::Dropped => matches!(written, Err(WriteError::Ambiguous { .. })) && !there,
            Fault::AnswerLost => matches!(written, Err(WriteError::Ambiguous { .. })) && there,
            Fault::Conflict | Fault::Throttled => matches!(written, Err(WriteError::Contended)) && !there,
            Fault::Stale => false,
        };
        assert!(expected && call.applied == there, "{fault:?}: {written:?}, there: {there}");
        seen.insert(fault);
    }
    assert_eq!(seen.len(), 4, "{seen:?}");
}

#[tokio::test]
async fn reads_fail_too_and_only_eventually_consistent_ones_are_stale() {
    let client = FaultyClient::default();
    let (_database, table) = table(&client).await;
    create(&table, 1).await.unwrap();
    client.plan(Some(FaultPlan::new(1, 1.0)));
    let read = table.get::<Guard>(&guard(1).key()).await;
    assert!(matches!(read, Err(ReadError::Throttled | ReadError::Unavailable { .. })), "{read:?}");
    let consistent = serde_json::json!({ "ConsistentRead": true });
    let mut plan = FaultPlan::new(1, 1.0);
    let faults = |plan: &mut FaultPlan, request: &Value| -> Vec<Fault> {
        (0..50).filter_map(|_| plan.next(OperationKind::Query, request, None)).collect()
    };
    assert!(!faults(&mut plan, &consistent).contains(&Fault::Stale));
    assert!(faults(&mut plan, &Value::Null).contains(&Fault::Stale));
}

#[test]
fn a_stale_read_returns_the_result_of_the_same_read_before() {
    let mut plan = FaultPlan::new(1, 0.0);
    let (query, answer) = (serde_json::json!({ "IndexName": "GSI1" }), serde_json::json!({ "Count": 3 }));
    assert_eq!(plan.earlier(&query), None, "there was none before");
    plan.remember(OperationKind::Query, &query, &answer);
    assert_eq!(plan.earlier(&query), Some(answer.clone()));
    let consistent = serde_json::json!({ "ConsistentRead": true });
    plan.remember(OperationKind::Query, &consistent, &answer);
    assert_eq!(plan.earlier(&consistent), None);
}

#[test]
fn the_same_seed_makes_the_same_plan() {
    let decisions = |seed| {
        let mut plan = FaultPlan::new(seed, 0.3);
        (0..200).map(|_| plan.next(OperationKind::Transact, &Value::Null, None)).collect::<Vec<_>>()
    };
    assert_eq!(decisions(5), decisions(5));
    assert_ne!(decisions(5), decisions(6));
    let wrong = decisions(5).into_iter().flatten().count();
    assert!((30..90).contains(&wrong), "{wrong} of 200");
}

/// The decisions on an operation's requests don't depend on the order of their retries.
#[test]
fn the_faults_of_an_operation_do_not_depend_on_other_operations() {
    let requests = [serde_json::json!({ "a": 1 }), serde_json::json!({ "b": 2 })];
    let decisions = |order: &[usize]| {
        let mut plan = FaultPlan::new(5, 0.5);
        let mut decided: [Vec<Option<Fault>>; 2] = Default::default();
        for (number, place) in order.iter().enumerate() {
            plan.next(OperationKind::Get, &Value::Null, None);
            plan.next(OperationKind::Get, &Value::Null, Some(number as u64));
            decided[*place].push(plan.next(OperationKind::Transact, &requests[*place], Some(77)));
        }
        decided
    };
    let (one_by_one, in_turn): (Vec<usize>, Vec<usize>) =
        ((0..40).map(|n| usize::from(n != 0 && n < 21)).collect(), (0..40).map(|n| n % 2).collect());
    assert_eq!(decisions(&one_by_one), decisions(&in_turn));
    let [first, second] = decisions(&in_turn);
    assert_ne!(first, second);
    assert!(
        first.iter().any(Option::is_some) && first.iter().any(Option::is_none),
        "each attempt is decided anew: {first:?}"
    );
}

/// Something else is written between a booking's reads and its transaction.
#[tokio::test]
async fn a_transaction_waits_for_the_future_before_it() {
    let client = FaultyClient::default();
    let (_database, table) = table(&client).await;
    let other = table.clone();
    client.before_next_transaction(async move { create(&other, 1).await.unwrap() });
    let late = create(&table, 1).await;
    assert!(matches!(late, Err(WriteError::Cancelled(Cancellation::Stale(Purpose::Version)))), "{late:?}");
}

async fn read_agenda(table: &Table, resource: Resource, interval: Interval) -> AgendaSnapshot {
    let mut batch = table.batch(&day_keys(resource, interval).collect::<Vec<_>>()).await.unwrap();
    AgendaSnapshot::from_batch(resource, interval, &mut batch).unwrap()
}

#[tokio::test]
async fn a_mutation_removes_the_version_check_of_an_agenda() {
    use domain::agenda::AgendaEntry;
    use domain::ids::AppointmentId;
    use domain::time::Instant;
    use store::agenda::AgendaChanges;
    let client = FaultyClient::default();
    let (_database, table) = table(&client).await;
    let at = |text| Instant::parse(text).unwrap();
    let interval = Interval::new(at("2025-12-15T10:00:00Z"), at("2025-12-15T11:00:00Z")).unwrap();
    let resource = Resource::Doctor(DoctorId::nil());
    let read_agenda = || read_agenda(&table, resource, interval);
    let add = |read: &AgendaSnapshot, number: u128| {
        let (mut changes, mut transaction) = (AgendaChanges::default(), Transaction::default());
        let id = AppointmentId::from_uuid(uuid::Uuid::from_u128(number));
        changes.add_entry(read, id, AgendaEntry { interval, overbooked: false });
        changes.write(&mut transaction);
        table.transact(transaction)
    };
    add(&read_agenda().await, 1).await.unwrap();
    let old = read_agenda().await;
    add(&old, 2).await.unwrap();
    assert!(matches!(add(&old, 3).await, Err(WriteError::Cancelled(_))), "read before the second was added");
    client.set_mutation(Some(Mutation::IgnoreAgendaVersions));
    add(&old, 3).await.unwrap();
    assert_eq!(read_agenda().await.agenda.iter().count(), 3);
}

#[test]
fn an_operation_that_sends_a_message_is_not_disturbed_from_its_claim_on() {
    let claim = serde_json::json!({ "TransactItems": [{ "Put": { "Item": { "status": { "S": "claimed" } } } }] });
    for (plan, is_spared) in [(FaultPlan::new(1, 1.0), false), (FaultPlan::new(1, 1.0).sparing_sends(), true)] {
        let mut plan = plan;
        let mut fails = |kind, request, operation| plan.next(kind, request, operation).is_some();
        assert!(fails(OperationKind::Transact, &Value::Null, Some(1)));
        assert_eq!(fails(OperationKind::Transact, &claim, Some(1)), !is_spared);
        assert_eq!(fails(OperationKind::Get, &Value::Null, Some(1)), !is_spared);
        assert!(fails(OperationKind::Get, &Value::Null, Some(2)), "another operation");
    }
}
