//! Tests of the audit trail: every read of a patient's record is logged, and no row is written with an old timestamp.

use crate::clinic_setup::{ClinicSetup, id, on_the_day};
use domain::time::TimeDelta;
use futures_util::future::BoxFuture;
use local::protocol::OperationKind;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use testkit::faulty_client::FaultyClient;
use testkit::faulty_client::call_hook::{CallHook, ExternalCall, HookDecision};

// ── Reads ──

async fn audited_reads(setup: &ClinicSetup, patient: &str) -> Vec<Value> {
    let trail = setup.list(&format!("/api/audit/?object_id={patient}")).await;
    trail.into_iter().filter(|row| row["action"] == "READ").collect()
}

#[tokio::test]
async fn reading_a_patients_record_is_logged() {
    let setup = ClinicSetup::new().await;
    let path = format!("/api/patients/{}/", setup.patient);
    let operator = setup.operator().await;
    assert_eq!(audited_reads(&setup, &setup.patient).await.len(), 0);
    operator.get(&path).await.unwrap().expect_status(200).unwrap();
    let row = audited_reads(&setup, &setup.patient).await.remove(0);
    let me = operator.get("/api/auth/me/").await.unwrap().body;
    assert_eq!((&row["model"], &row["user"], &row["changes"]), (&json!("patient"), &me["id"], &json!({})));
    assert!(row["request_id"].is_string() && row["created_at"] == "2025-12-01T12:00:00Z", "{row}");

    // Every response that contains the record counts as a read.
    let creation =
        json!({ "first_name": "Ana", "last_name": "Paz", "document_number": "8", "phone_number": "+12025550178" });
    let once = operator.clone().header("idempotency-key", "once").unwrap();
    let ana = once.post("/api/patients/", &creation).await.unwrap().expect_status(201).unwrap().id();
    assert_eq!(audited_reads(&setup, &ana).await.len(), 0);
    once.post("/api/patients/", &creation).await.unwrap().expect_status(201).unwrap();
    assert_eq!(audited_reads(&setup, &ana).await.len(), 1, "a replay");
    operator.patch(&path, &json!({})).await.unwrap().expect_status(200).unwrap();
    operator.get(&format!("{path}appointments/")).await.unwrap().expect_status(200).unwrap();
    assert_eq!(audited_reads(&setup, &setup.patient).await.len(), 3);
    operator.patch(&path, &json!({ "notes": "Prefiere la mañana" })).await.unwrap().expect_status(200).unwrap();
    // A list doesn't count as a read of one record.
    operator.get("/api/patients/?search=luc").await.unwrap().expect_status(200).unwrap();
    assert_eq!(audited_reads(&setup, &setup.patient).await.len(), 3);
}

/// Lets a number of calls of one kind fail, after running `first`.
struct FailingCalls {
    kind: OperationKind,
    left: AtomicUsize,
    seen: AtomicUsize,
    first: Box<dyn Fn() + Send + Sync>,
}

impl FailingCalls {
    fn new(kind: OperationKind, times: usize, first: impl Fn() + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self { kind, left: AtomicUsize::new(times), seen: AtomicUsize::new(0), first: Box::new(first) })
    }
}

impl CallHook for FailingCalls {
    fn before(&self, call: ExternalCall, _: Option<u64>) -> BoxFuture<'_, HookDecision> {
        let mut verdict = HookDecision::Proceed;
        if call == ExternalCall::Table(self.kind) {
            self.seen.fetch_add(1, Ordering::SeqCst);
            if self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok() {
                (self.first)();
                verdict = HookDecision::NoEffect;
            }
        }
        Box::pin(std::future::ready(verdict))
    }

    fn crash(&self, _: Option<u64>) -> BoxFuture<'_, ()> {
        Box::pin(std::future::pending())
    }
}

async fn setup_with_faulty_client() -> (ClinicSetup, FaultyClient) {
    let faulty_client = FaultyClient::default();
    (ClinicSetup::with_client(&faulty_client).await, faulty_client)
}

#[tokio::test]
async fn a_record_whose_read_cannot_be_logged_is_not_returned() {
    let (setup, faulty_client) = setup_with_faulty_client().await;
    let operator = setup.operator().await;
    for part in ["", "appointments/", "contacts/"] {
        let path = format!("/api/patients/{}/{part}", setup.patient);
        faulty_client.set_call_hook(Some(FailingCalls::new(OperationKind::Write, usize::MAX, || ())));
        let answer = operator.get(&path).await.unwrap();
        assert_eq!((answer.status.as_u16(), answer.code()), (503, "busy".to_owned()));
        assert!(!answer.body.to_string().contains("Lucía"), "{}", answer.body);
        faulty_client.set_call_hook(Some(FailingCalls::new(OperationKind::Write, 2, || ())));
        operator.get(&path).await.unwrap().expect_status(200).unwrap();
        faulty_client.set_call_hook(None);
    }
    assert_eq!(audited_reads(&setup, &setup.patient).await.len(), 3);
}

// ── Timestamps ──

/// The timestamps of an appointment's audit rows.
async fn audit_times(setup: &ClinicSetup, appointment: &str) -> Vec<Value> {
    let trail = setup.list(&format!("/api/audit/?object_id={appointment}")).await;
    trail.into_iter().map(|row| row["created_at"].clone()).collect()
}

#[tokio::test]
async fn each_attempt_has_a_new_timestamp() {
    let (setup, faulty_client) = setup_with_faulty_client().await;
    let operator = setup.operator().await;
    let clock = setup.app.clock.clone();
    faulty_client.set_call_hook(Some(FailingCalls::new(OperationKind::Transact, 2, move || {
        clock.advance(TimeDelta::minutes(2))
    })));
    let booking = setup.booking(&on_the_day("10:00"));
    let appointment = operator.post("/api/appointments/", &booking).await.unwrap().expect_status(201).unwrap();
    faulty_client.set_call_hook(None);
    assert_eq!(audit_times(&setup, &appointment.id()).await, ["2025-12-01T12:04:00Z"]);
}

/// The sandbox was frozen between the start of an attempt and its write.
#[tokio::test]
async fn an_attempt_that_took_too_long_is_repeated() {
    let (setup, faulty_client) = setup_with_faulty_client().await;
    let appointment = id(&setup.book("10:00").await);
    let operator = setup.operator().await;
    let clock = setup.app.clock.clone();
    // The attempt's timestamp is taken before its first read, that of the appointment.
    faulty_client.before_next(OperationKind::Get, async move { clock.advance(TimeDelta::minutes(6)) });
    let request = json!({ "action": "reschedule", "start_datetime": on_the_day("11:00") });
    let path = format!("/api/appointments/{appointment}/actions/");
    let moved = operator.post(&path, &request).await.unwrap().expect_status(201).unwrap().id();
    assert_eq!(audit_times(&setup, &moved).await, ["2025-12-01T12:06:00Z"]);
}

#[tokio::test]
async fn a_write_gives_up_after_five_attempts() {
    let (setup, faulty_client) = setup_with_faulty_client().await;
    let operator = setup.operator().await;
    let fails = FailingCalls::new(OperationKind::Transact, usize::MAX, || ());
    faulty_client.set_call_hook(Some(Arc::clone(&fails) as Arc<_>));
    let answer = operator.post("/api/appointments/", &setup.booking(&on_the_day("10:00"))).await.unwrap();
    assert_eq!((answer.status.as_u16(), answer.code()), (503, "busy".to_owned()));
    assert_eq!(fails.seen.load(Ordering::SeqCst), 5);
}
