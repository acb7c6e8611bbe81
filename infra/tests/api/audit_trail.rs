//! The audit trail: who has read a patient's record, and that no row comes late into it.

use crate::world::{World, id, on_the_day};
use domain::time::TimeDelta;
use futures_util::future::BoxFuture;
use local::protocol::Kind;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use testkit::faulty_client::Wire;
use testkit::faulty_client::call_hook::{Call, Director, Verdict};

// ── Reads ──

async fn reads(world: &World, patient: &str) -> Vec<Value> {
    let trail = world.list(&format!("/api/audit/?object_id={patient}")).await;
    trail.into_iter().filter(|row| row["action"] == "READ").collect()
}

#[tokio::test]
async fn whoever_reads_a_patients_record_is_noted() {
    let world = World::new().await;
    let path = format!("/api/patients/{}/", world.patient);
    let operator = world.operator().await;
    assert_eq!(reads(&world, &world.patient).await.len(), 0);
    operator.get(&path).await.unwrap().expect_status(200).unwrap();
    let row = reads(&world, &world.patient).await.remove(0);
    let me = operator.get("/api/auth/me/").await.unwrap().body;
    assert_eq!((&row["model"], &row["user"], &row["changes"]), (&json!("patient"), &me["id"], &json!({})));
    assert!(row["request_id"].is_string() && row["created_at"] == "2025-12-01T12:00:00Z", "{row}");

    // A record that is shown is read, whatever was asked for.
    let creation =
        json!({ "first_name": "Ana", "last_name": "Paz", "document_number": "8", "phone_number": "+12025550178" });
    let once = operator.clone().header("idempotency-key", "once").unwrap();
    let ana = once.post("/api/patients/", &creation).await.unwrap().expect_status(201).unwrap().id();
    assert_eq!(reads(&world, &ana).await.len(), 0);
    once.post("/api/patients/", &creation).await.unwrap().expect_status(201).unwrap();
    assert_eq!(reads(&world, &ana).await.len(), 1, "a replay");
    operator.patch(&path, &json!({})).await.unwrap().expect_status(200).unwrap();
    operator.get(&format!("{path}appointments/")).await.unwrap().expect_status(200).unwrap();
    assert_eq!(reads(&world, &world.patient).await.len(), 3);
    operator.patch(&path, &json!({ "notes": "Prefiere la mañana" })).await.unwrap().expect_status(200).unwrap();
    // Lists are no reading of one record.
    operator.get("/api/patients/?search=luc").await.unwrap().expect_status(200).unwrap();
    assert_eq!(reads(&world, &world.patient).await.len(), 3);
}

/// Directs every call of one kind: a number of them fail, and what else is to happen happens first.
struct Fails {
    kind: Kind,
    left: AtomicUsize,
    seen: AtomicUsize,
    first: Box<dyn Fn() + Send + Sync>,
}

impl Fails {
    fn new(kind: Kind, times: usize, first: impl Fn() + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self { kind, left: AtomicUsize::new(times), seen: AtomicUsize::new(0), first: Box::new(first) })
    }
}

impl Director for Fails {
    fn before(&self, call: Call, _: Option<u64>) -> BoxFuture<'_, Verdict> {
        let mut verdict = Verdict::Go;
        if call == Call::Table(self.kind) {
            self.seen.fetch_add(1, Ordering::SeqCst);
            if self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok() {
                (self.first)();
                verdict = Verdict::NoEffect;
            }
        }
        Box::pin(std::future::ready(verdict))
    }

    fn crash(&self, _: Option<u64>) -> BoxFuture<'_, ()> {
        Box::pin(std::future::pending())
    }
}

async fn wired() -> (World, Wire) {
    let wire = Wire::default();
    (World::through(&wire).await, wire)
}

#[tokio::test]
async fn what_cannot_be_noted_is_not_shown() {
    let (world, wire) = wired().await;
    let operator = world.operator().await;
    for part in ["", "appointments/", "contacts/"] {
        let path = format!("/api/patients/{}/{part}", world.patient);
        wire.direct(Some(Fails::new(Kind::Write, usize::MAX, || ())));
        let answer = operator.get(&path).await.unwrap();
        assert_eq!((answer.status.as_u16(), answer.code()), (503, "busy".to_owned()));
        assert!(!answer.body.to_string().contains("Lucía"), "{}", answer.body);
        wire.direct(Some(Fails::new(Kind::Write, 2, || ())));
        operator.get(&path).await.unwrap().expect_status(200).unwrap();
        wire.direct(None);
    }
    assert_eq!(reads(&world, &world.patient).await.len(), 3);
}

// ── Stamps ──

/// When each row of the trail that tells of an appointment was written, by its own word.
async fn times(world: &World, appointment: &str) -> Vec<Value> {
    let trail = world.list(&format!("/api/audit/?object_id={appointment}")).await;
    trail.into_iter().map(|row| row["created_at"].clone()).collect()
}

#[tokio::test]
async fn each_attempt_takes_the_time_anew() {
    let (world, wire) = wired().await;
    let operator = world.operator().await;
    let clock = world.app.clock.clone();
    wire.direct(Some(Fails::new(Kind::Transact, 2, move || clock.advance(TimeDelta::minutes(2)))));
    let booking = world.booking(&on_the_day("10:00"));
    let appointment = operator.post("/api/appointments/", &booking).await.unwrap().expect_status(201).unwrap();
    wire.direct(None);
    assert_eq!(times(&world, &appointment.id()).await, ["2025-12-01T12:04:00Z"]);
}

/// Somebody was frozen between the beginning of an attempt and its write.
#[tokio::test]
async fn an_attempt_that_took_too_long_is_made_anew() {
    let (world, wire) = wired().await;
    let appointment = id(&world.book("10:00").await);
    let operator = world.operator().await;
    let clock = world.app.clock.clone();
    // The first row that is read is the appointment: the time was taken before.
    wire.before_next(Kind::Get, async move { clock.advance(TimeDelta::minutes(6)) });
    let wish = json!({ "action": "reschedule", "start_datetime": on_the_day("11:00") });
    let path = format!("/api/appointments/{appointment}/actions/");
    let moved = operator.post(&path, &wish).await.unwrap().expect_status(201).unwrap().id();
    assert_eq!(times(&world, &moved).await, ["2025-12-01T12:06:00Z"]);
}

#[tokio::test]
async fn a_write_gives_up_after_five_attempts() {
    let (world, wire) = wired().await;
    let operator = world.operator().await;
    let fails = Fails::new(Kind::Transact, usize::MAX, || ());
    wire.direct(Some(Arc::clone(&fails) as Arc<_>));
    let answer = operator.post("/api/appointments/", &world.booking(&on_the_day("10:00"))).await.unwrap();
    assert_eq!((answer.status.as_u16(), answer.code()), (503, "busy".to_owned()));
    assert_eq!(fails.seen.load(Ordering::SeqCst), 5);
}
