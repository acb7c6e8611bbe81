//! Tests of the steps of the scheduled job: sending comes first, and a step that fails, panics or takes too long stops
//! no other one.

use crate::clinic_setup::{ClinicSetup, DAY, on_the_day};
use crate::crash_recovery::crash_after_next_transaction;
use crate::reminders::DUE;
use app::messaging::reminders::Summary;
use app::support::ports::{
    Archive, ArchiveError, InboundLogEntry, Messenger, OutboundLogEntry, OutgoingMessage, SendOutcome,
};
use domain::appointment::Appointment;
use domain::ids::{Id as _, PatientId};
use domain::notification::Address;
use domain::time::{Instant, TimeDelta};
use futures_util::future::BoxFuture;
use lambda_runtime::{Context, Error, LambdaEvent};
use local::clock::FixedClock;
use local::database::Database;
use local::protocol::OperationKind;
use local::system::SystemConfig;
use serde_json::{Value, json};
use std::future::{pending, ready};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use store::erasure::PendingErasure;
use store::patterns;
use testkit::faulty_client::call_hook::{CallHook, ExternalCall, HookDecision};
use testkit::faulty_client::{FaultyClient, run_as_operation};
use testkit::test_app::TestApp;

/// How a part outside of the system fails.
#[derive(Debug, Clone, Copy, PartialEq)]
enum PortFailure {
    Panics,
    NeverAnswers,
}

impl PortFailure {
    async fn happen<T>(self) -> T {
        match self {
            Self::Panics => panic!("a defect"),
            Self::NeverAnswers => pending().await,
        }
    }
}

/// Fails once it is armed.
struct FailingArchive(PortFailure, Arc<AtomicBool>);

impl Archive for FailingArchive {
    fn put_if_absent<'a>(&'a self, _: &'a str, text: &'a str) -> BoxFuture<'a, Result<String, ArchiveError>> {
        if self.1.load(Ordering::SeqCst) {
            return Box::pin(self.0.happen());
        }
        Box::pin(ready(Ok(text.to_owned())))
    }
}

/// Fails at messages to one number, and accepts the others. Counts the look-ups of inbound messages.
struct FailingMessenger {
    failure: PortFailure,
    number: &'static str,
    looked_up: AtomicU32,
}

impl Messenger for FailingMessenger {
    fn send<'a>(&'a self, message: &'a OutgoingMessage) -> BoxFuture<'a, SendOutcome> {
        if message.to.0.ends_with(self.number) {
            return Box::pin(self.failure.happen());
        }
        Box::pin(ready(SendOutcome::Accepted(format!("SM{}", message.to.0))))
    }

    fn is_own_account(&self, _: &str) -> bool {
        true
    }

    fn sent_since<'a>(&'a self, _: &'a Address, _: Instant) -> BoxFuture<'a, Option<Vec<OutboundLogEntry>>> {
        Box::pin(ready(Some(Vec::new())))
    }

    fn received_since(&self, _: Instant) -> BoxFuture<'_, Option<Vec<InboundLogEntry>>> {
        self.looked_up.fetch_add(1, Ordering::SeqCst);
        Box::pin(ready(Some(Vec::new())))
    }
}

async fn changed_setup(change: impl FnOnce(&mut SystemConfig)) -> ClinicSetup {
    let look_up = |config: &mut SystemConfig| {
        config.settings.insert("LOOK_UP_INBOUND".into(), "true".into());
        change(config);
    };
    ClinicSetup::with_app(TestApp::changed(Database::memory().await.unwrap(), look_up).await.unwrap()).await
}

/// Books an appointment whose hold expires by the reminders' due time. Returns its id.
async fn add_hold(setup: &ClinicSetup, time: &str) -> String {
    let patient = setup.add_patient("Ana", "40700099", "+12025550199").await;
    let body = json!({ "patient": patient, "doctor": setup.doctor, "start_datetime": on_the_day(time) });
    let appointment = setup.try_book(body).await.expect_status(201).unwrap().id();
    setup.act(&appointment, &json!({ "action": "request_reschedule" })).await.expect_status(200).unwrap();
    appointment
}

async fn is_held(setup: &ClinicSetup, appointment: &str) -> bool {
    !setup.appointment(appointment).await["hold_until"].is_null()
}

/// Runs the job when the reminders are due, with so many seconds until its deadline.
async fn run_with_deadline(setup: &ClinicSetup, seconds: i64) -> Result<Summary, Error> {
    setup.app.set_now(DUE).unwrap();
    let mut context = Context::default();
    context.deadline = u64::try_from(Instant::parse(DUE).unwrap().unix() + seconds).unwrap() * 1000;
    setup.app.system.wake_reminders(LambdaEvent::new(json!({}), context)).await
}

#[tokio::test]
async fn a_step_that_panics_or_hangs_is_counted_and_the_others_run() {
    for failure in [PortFailure::Panics, PortFailure::NeverAnswers] {
        let messenger = Arc::new(FailingMessenger { failure, number: "none", looked_up: AtomicU32::default() });
        let (looked_up, armed) = (Arc::clone(&messenger), Arc::new(AtomicBool::default()));
        let archive = FailingArchive(failure, Arc::clone(&armed));
        let setup = changed_setup(|config| {
            config.archive = Some(Arc::new(archive));
            config.messenger = Some(messenger);
        })
        .await;
        setup.book("10:00").await;
        let held = add_hold(&setup, "11:00").await;
        // The first run of a table looks far back.
        setup.run_job_at("2025-12-12T09:00:00-03:00").await;
        armed.store(true, Ordering::SeqCst);
        // One that hangs is aborted by real time.
        let before = looked_up.looked_up.load(Ordering::SeqCst);
        let summary = run_with_deadline(&setup, 3).await.unwrap();
        assert_eq!(summary.failed_steps, 1, "{failure:?}: {summary:?}");
        assert!(summary.unsealed_seconds > 0, "{failure:?}: {summary:?}");
        assert!(!is_held(&setup, &held).await, "{failure:?}");
        assert!(looked_up.looked_up.load(Ordering::SeqCst) > before, "{failure:?}");
    }
}

#[tokio::test]
async fn a_message_whose_sending_panics_stops_no_other_one() {
    let number = crate::clinic_setup::PHONE;
    let messenger = FailingMessenger { failure: PortFailure::Panics, number, looked_up: AtomicU32::default() };
    let setup = changed_setup(|config| config.messenger = Some(Arc::new(messenger))).await;
    setup.book("10:00").await;
    for (piece, time) in ["09:00", "11:00", "12:00"].iter().enumerate() {
        let patient = setup.add_patient("Ana", &format!("4070001{piece}"), &format!("+1202555018{piece}")).await;
        let body = json!({ "patient": patient, "doctor": setup.doctor, "start_datetime": on_the_day(time) });
        setup.try_book(body).await.expect_status(201).unwrap();
    }
    let held = add_hold(&setup, "12:30").await;
    setup.app.set_now(DUE).unwrap();
    let summary = setup.app.system.run_reminders().await.unwrap();
    assert_eq!((summary.sent, summary.failed_steps), (3, 0), "{summary:?}");
    assert!(!is_held(&setup, &held).await);
}

/// The first requests of a kind get no response.
pub(crate) struct FirstFail(pub(crate) OperationKind, pub(crate) AtomicU32);

impl CallHook for FirstFail {
    fn before(&self, call: ExternalCall, _: Option<u64>) -> BoxFuture<'_, HookDecision> {
        let fails = call == ExternalCall::Table(self.0)
            && self.1.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
        Box::pin(ready(if fails { HookDecision::NoEffect } else { HookDecision::Proceed }))
    }

    fn crash(&self, _: Option<u64>) -> BoxFuture<'_, ()> {
        Box::pin(pending())
    }
}

#[tokio::test]
async fn a_run_fails_only_if_sending_reads_nothing() {
    // The first row that is read is the breaker; the first list is that of one shard.
    for (kind, fails) in [(OperationKind::Get, true), (OperationKind::Query, false)] {
        let faulty_client = FaultyClient::default();
        let setup = ClinicSetup::with_client(&faulty_client).await;
        let held = add_hold(&setup, "11:00").await;
        setup.app.set_now(DUE).unwrap();
        // The SDK tries a read four times.
        faulty_client.set_call_hook(Some(Arc::new(FirstFail(kind, AtomicU32::new(4)))));
        let run = setup.app.system.run_reminders().await;
        faulty_client.set_call_hook(None);
        assert_eq!(run.is_err(), fails, "{kind:?}: {run:?}");
        if let Ok(summary) = run {
            assert_eq!(summary.failed_steps, 1, "{summary:?}");
        }
        assert!(!is_held(&setup, &held).await, "{kind:?}");
    }
}

/// The partitions of lists of work, in the order in which they are read first.
fn order_of_lists(requests: &[Value]) -> Vec<String> {
    let mut order: Vec<String> = Vec::new();
    for request in requests {
        let partition = request.pointer("/ExpressionAttributeValues/:pk/S").and_then(Value::as_str).unwrap_or_default();
        let list = store::keys::kind(partition).to_owned();
        if ["DUE", "UNPROCESSED", "HOLDS", "SWEEPS", "REMAINS", "SEAL"].contains(&list.as_str())
            && !order.contains(&list)
        {
            order.push(list);
        }
    }
    order
}

#[tokio::test]
async fn sending_comes_first() {
    let faulty_client = FaultyClient::default();
    let setup = ClinicSetup::with_client(&faulty_client).await;
    setup.app.set_now(DUE).unwrap();
    faulty_client.record_calls();
    run_as_operation(1, setup.app.system.run_reminders()).await.unwrap();
    let requests: Vec<Value> = faulty_client.take_calls(1).into_iter().map(|call| call.request).collect();
    assert_eq!(order_of_lists(&requests), ["DUE", "UNPROCESSED", "HOLDS", "SWEEPS", "REMAINS", "SEAL"]);
}

/// Time passes with each call to the table.
struct SlowTable(FixedClock, TimeDelta);

impl CallHook for SlowTable {
    fn before(&self, _: ExternalCall, _: Option<u64>) -> BoxFuture<'_, HookDecision> {
        self.0.advance(self.1);
        Box::pin(ready(HookDecision::Proceed))
    }

    fn crash(&self, _: Option<u64>) -> BoxFuture<'_, ()> {
        Box::pin(pending())
    }
}

/// A patient with so many past appointments, each with a reason, whose erasure crashed after its transaction.
async fn crashed_erasure(faulty_client: &FaultyClient, appointments: usize) -> ClinicSetup {
    let setup = ClinicSetup::with_client(faulty_client).await;
    let slots: Vec<String> =
        ["09:00", "09:30", "10:00", "10:30", "11:00", "11:30", "12:00", "12:30"].map(str::to_owned).into();
    for number in 0..appointments {
        let day = format!("2025-12-{:02}", 8 + number / slots.len());
        if number % slots.len() == 0 && day != DAY {
            setup.add_window(&setup.doctor, &setup.room, &day, "09:00", "13:00").await;
        }
        let mut body = setup.booking(&format!("{day}T{}:00-03:00", slots[number % slots.len()]));
        body["reason"] = json!("dolor");
        setup.try_book(body).await.expect_status(201).unwrap();
    }
    setup.run_job_at("2025-12-20T09:00:00-03:00").await;
    let admin = setup.admin().await;
    crash_after_next_transaction(faulty_client);
    let path = format!("/api/patients/{}/erase/", setup.patient);
    let _ = admin.post(&path, &json!({ "reason": "a pedido" })).await.unwrap();
    faulty_client.set_call_hook(None);
    setup
}

#[tokio::test]
async fn a_large_erasure_continues_where_its_time_ended() {
    let faulty_client = FaultyClient::default();
    let setup = crashed_erasure(&faulty_client, 45).await;
    let table = setup.app.system.database.table();
    let patient = PatientId::parse(&setup.patient).unwrap();
    let (mut erased, mut runs) = (vec![0], 0);
    loop {
        setup.app.advance(TimeDelta::minutes(5));
        faulty_client.set_call_hook(Some(Arc::new(SlowTable(setup.app.clock.clone(), TimeDelta::milliseconds(400)))));
        let mut context = Context::default();
        context.deadline = u64::try_from(setup.app.system.app.now().unix() + 45).unwrap() * 1000;
        setup.app.system.wake_reminders(LambdaEvent::new(json!({}), context)).await.unwrap();
        faulty_client.set_call_hook(None);
        let rows =
            table.query_all::<Appointment>(&patterns::appointments_of_patient(patient, None, None)).await.unwrap();
        erased.push(rows.iter().filter(|row| row.reason.is_none()).count());
        runs += 1;
        let pending = patterns::pending_erasures(setup.app.system.app.now());
        if table.query_all::<PendingErasure>(&pending).await.unwrap().is_empty() {
            break;
        }
        assert!(runs < 10, "{erased:?}");
    }
    // Twenty appointments are a chunk. Three runs overwrite, and more than one is needed to find that nothing is left.
    assert_eq!(erased.get(..6), Some([0, 20, 40, 45, 45, 45].as_slice()));
}
