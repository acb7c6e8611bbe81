//! Does the code under test see what the plan says that happens?

use super::*;
use domain::ids::{DoctorId, Id as _};
use local::database::Database;
use store::guard::Guard;
use store::keys::Resource;
use store::transaction::Refused;
use store::{Entity as _, Purpose, ReadError, Transaction, WriteError};

async fn table(wire: &Wire) -> (Database, Table) {
    let database = Database::memory().await.unwrap().through(wire);
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

/// Each fault of a transaction is seen as what it is, and has happened or not as it says.
#[tokio::test]
async fn a_transaction_fails_as_planned() {
    let wire = Wire::default();
    let (_database, table) = table(&wire).await;
    wire.record();
    let mut seen = std::collections::BTreeSet::new();
    for number in 0..60 {
        wire.plan(Some(FaultPlan::new(number, 1.0)));
        let written = operation(7, create(&table, number.into())).await;
        let exchange = wire.take(7).pop().unwrap();
        wire.plan(None);
        let there = is_there(&table, number.into()).await;
        let fault = exchange.fault.unwrap();
        let expected = match fault {
            Fault::Dropped => matches!(written, Err(WriteError::Ambiguous { .. })) && !there,
            Fault::AnswerLost => matches!(written, Err(WriteError::Ambiguous { .. })) && there,
            Fault::Conflict | Fault::Throttled => matches!(written, Err(WriteError::Contended)) && !there,
            Fault::Stale => false,
        };
        assert!(expected && exchange.applied == there, "{fault:?}: {written:?}, there: {there}");
        seen.insert(fault);
    }
    assert_eq!(seen.len(), 4, "{seen:?}");
}

#[tokio::test]
async fn reads_fail_too_and_only_indexes_lag() {
    let wire = Wire::default();
    let (_database, table) = table(&wire).await;
    create(&table, 1).await.unwrap();
    wire.plan(Some(FaultPlan::new(1, 1.0)));
    let read = table.get::<Guard>(&guard(1).key()).await;
    assert!(matches!(read, Err(ReadError::Throttled | ReadError::Unavailable { .. })), "{read:?}");
    let consistent = serde_json::json!({ "ConsistentRead": true });
    let mut plan = FaultPlan::new(1, 1.0);
    let faults = |plan: &mut FaultPlan, request: &Value| -> Vec<Fault> {
        (0..50).filter_map(|_| plan.next(Kind::Query, request, None)).collect()
    };
    assert!(!faults(&mut plan, &consistent).contains(&Fault::Stale));
    assert!(faults(&mut plan, &Value::Null).contains(&Fault::Stale));
}

#[test]
fn a_lagging_read_shows_what_it_showed_before() {
    let mut plan = FaultPlan::new(1, 0.0);
    let (query, answer) = (serde_json::json!({ "IndexName": "GSI1" }), serde_json::json!({ "Count": 3 }));
    assert_eq!(plan.earlier(&query), None, "there was none before");
    plan.remember(Kind::Query, &query, &answer);
    assert_eq!(plan.earlier(&query), Some(answer.clone()));
    let consistent = serde_json::json!({ "ConsistentRead": true });
    plan.remember(Kind::Query, &consistent, &answer);
    assert_eq!(plan.earlier(&consistent), None);
}

#[test]
fn one_seed_is_one_plan() {
    let decisions = |seed| {
        let mut plan = FaultPlan::new(seed, 0.3);
        (0..200).map(|_| plan.next(Kind::Transact, &Value::Null, None)).collect::<Vec<_>>()
    };
    assert_eq!(decisions(5), decisions(5));
    assert_ne!(decisions(5), decisions(6));
    let wrong = decisions(5).into_iter().flatten().count();
    assert!((30..90).contains(&wrong), "{wrong} of 200");
}

/// What is decided about an operation's requests doesn't depend on when they are made again.
#[test]
fn an_operations_faults_are_its_own() {
    let requests = [serde_json::json!({ "a": 1 }), serde_json::json!({ "b": 2 })];
    let decisions = |order: &[usize]| {
        let mut plan = FaultPlan::new(5, 0.5);
        let mut decided: [Vec<Option<Fault>>; 2] = Default::default();
        for (number, place) in order.iter().enumerate() {
            plan.next(Kind::Get, &Value::Null, None);
            plan.next(Kind::Get, &Value::Null, Some(number as u64));
            decided[*place].push(plan.next(Kind::Transact, &requests[*place], Some(77)));
        }
        decided
    };
    let (one_by_one, in_turn): (Vec<usize>, Vec<usize>) =
        ((0..40).map(|n| usize::from(n != 0 && n < 21)).collect(), (0..40).map(|n| n % 2).collect());
    assert_eq!(decisions(&one_by_one), decisions(&in_turn));
    let [first, second] = decisions(&in_turn);
    assert_ne!(first, second);
    assert!(first.iter().any(Option::is_some) && first.iter().any(Option::is_none), "each time anew: {first:?}");
}

/// Something else happens between a booking's reads and its transaction.
#[tokio::test]
async fn a_transaction_waits_for_what_has_to_happen_before() {
    let wire = Wire::default();
    let (_database, table) = table(&wire).await;
    let other = table.clone();
    wire.before_next_transaction(async move { create(&other, 1).await.unwrap() });
    let late = create(&table, 1).await;
    assert!(matches!(late, Err(WriteError::Refused(Refused::Stale(Purpose::Version)))), "{late:?}");
}

#[tokio::test]
async fn sabotage_takes_the_version_of_an_agenda_away() {
    use domain::agenda::Entry;
    use domain::ids::AppointmentId;
    use domain::time::{Instant, Interval};
    use store::agenda::{Changes, ReadAgenda, keys};
    let wire = Wire::default();
    let (_database, table) = table(&wire).await;
    let at = |text| Instant::parse(text).unwrap();
    let interval = Interval::new(at("2025-12-15T10:00:00Z"), at("2025-12-15T11:00:00Z")).unwrap();
    let resource = Resource::Doctor(DoctorId::nobody());
    let read = async |table: &Table| {
        let mut batch = table.batch(&keys(resource, interval).collect::<Vec<_>>()).await.unwrap();
        ReadAgenda::from_batch(resource, interval, &mut batch).unwrap()
    };
    let add = async |read: &ReadAgenda, number: u128| {
        let (mut changes, mut transaction) = (Changes::default(), Transaction::default());
        let id = AppointmentId::from_uuid(uuid::Uuid::from_u128(number));
        changes.take(read, id, Entry { interval, overbooked: false });
        changes.write(&mut transaction);
        table.transact(transaction).await
    };
    add(&read(&table).await, 1).await.unwrap();
    let old = read(&table).await;
    add(&old, 2).await.unwrap();
    assert!(matches!(add(&old, 3).await, Err(WriteError::Refused(_))), "read before the second was added");
    wire.sabotage(Some(Sabotage::IgnoreAgendaVersions));
    add(&old, 3).await.unwrap();
    assert_eq!(read(&table).await.agenda.iter().count(), 3);
}
