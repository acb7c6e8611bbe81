//! A function stores what it has to do, and is cut short then: the scheduled job does all of it. For that it
//! needs every right that the function has, for whatever patients say and whoever is erased.

use crate::blocks::BLOCKS;
use crate::privacy::{REASON, left, zulema_in};
use crate::replies::{DUE, outbox, status};
use crate::world::{DAY, World, id, on_the_day, text};
use domain::time::TimeDelta;
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, join_all};
use invariants::check_table;
use local::fake_twilio::PatientReply;
use serde_json::{Value, json};
use std::sync::Arc;
use testkit::faulty_client::Wire;
use testkit::faulty_client::call_hook::{Call, Director, Verdict};

/// Nothing that is asked of the table happens.
struct Gone;

impl Director for Gone {
    fn before(&self, _: Call, _: Option<u64>) -> BoxFuture<'_, Verdict> {
        std::future::ready(Verdict::NoEffect).boxed()
    }

    fn crash(&self, _: Option<u64>) -> BoxFuture<'_, ()> {
        std::future::pending().boxed()
    }
}

/// The next transaction is the last thing that happens.
fn cut_short(wire: &Wire) {
    let gone = wire.clone();
    wire.before_next_transaction(async move {
        let next = gone.clone();
        gone.before_next_transaction(async move { next.direct(Some(Arc::new(Gone))) });
    });
}

async fn later(world: &World, minutes: i64) {
    world.app.advance(TimeDelta::minutes(minutes));
    world.app.system.run_reminders().await.unwrap();
}

/// How a patient is heard: at once, or by the job, after the webhook was cut short.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Heard {
    AtOnce,
    Later,
}

async fn says(world: &World, wire: &Wire, heard: Heard, words: &str) {
    let reply = PatientReply { body: Some(words.into()), ..world.reply() };
    if heard == Heard::Later {
        cut_short(wire);
    }
    world.app.patient_writes(&reply).await.unwrap();
    wire.direct(None);
    if heard == Heard::Later {
        later(world, 2).await;
    }
}

/// A patient with an appointment at 10:00 that takes nobody's place but its own: it is a sobreturno. On its day the
/// doctor has no other time, so that whoever wants another one gets it on a day on which nobody comes yet.
async fn squeezed_in(wire: &Wire) -> (World, String) {
    let world = World::through(wire).await;
    let admin = world.admin().await;
    let clinic = format!("/api/clinics/clinics/{}/", world.clinic);
    admin.patch(&clinic, &json!({ "overbook_per_day": 2 })).await.unwrap().expect_status(200).unwrap();
    world.open(&world.doctor, &world.room, "2025-12-17", "09:00", "11:00").await;
    for (from, until) in [("09:00", "10:00"), ("10:30", "13:00")] {
        let block =
            json!({ "doctor": world.doctor, "start_datetime": on_the_day(from), "end_datetime": on_the_day(until) });
        world.made(BLOCKS, &block).await;
    }
    let mut body = world.booking(&on_the_day("10:00"));
    body["overbook"] = json!(true);
    body["reason"] = json!("urgencia");
    let appointment = id(&world.try_book(body).await.expect_status(201).unwrap().body);
    world.tick(DUE).await;
    assert_eq!(outbox(&world).len(), 1, "reminded on {DUE} of {DAY}");
    (world, appointment)
}

#[tokio::test]
async fn what_a_patient_says_is_done_by_the_job_too() {
    for heard in [Heard::AtOnce, Heard::Later] {
        for (words, wanted) in [
            (vec!["confirmo"], "CONFIRMED"),
            (vec!["cancelar", "1"], "CANCELLED"),
            (vec!["¿mañana llueve?", "¿y pasado?"], "PENDING"),
            (vec!["BAJA", "ALTA"], "PENDING"),
            (vec!["Reprogramar"], "RESCHEDULED"),
            (vec!["Reprogramar", "mejor mantener mi cita"], "CONFIRMED"),
            (vec!["Reprogramar", "ninguno"], "RESCHEDULED"),
        ] {
            let wire = Wire::default();
            let (world, appointment) = squeezed_in(&wire).await;
            for one in &words {
                says(&world, &wire, heard, one).await;
            }
            assert_eq!(status(&world, &appointment).await, wanted, "{words:?} heard {heard:?}");
        }
    }
}

#[tokio::test]
async fn an_appointment_is_moved_to_a_day_on_which_nobody_comes_yet() {
    for heard in [Heard::AtOnce, Heard::Later] {
        let wire = Wire::default();
        let (world, appointment) = squeezed_in(&wire).await;
        says(&world, &wire, heard, "Reprogramar").await;
        // The first is the time that the appointment had: a sobreturno takes it from nobody.
        says(&world, &wire, heard, "2").await;
        let old = world.appointment(&appointment).await;
        let new = world.appointment(&text(&old, "rescheduled_to")).await;
        assert_eq!(text(&new, "start_datetime"), "2025-12-17T09:00:00-03:00", "heard {heard:?}: {old}");
        let report = check_table(&world.app.system.database.table()).await.unwrap();
        assert!(report.is_clean(), "{report}");
    }
}

#[tokio::test]
async fn an_erasure_is_finished_by_the_job() {
    let wire = Wire::default();
    let world = zulema_in(World::through(&wire).await).await;
    let (admin, path) = (world.admin().await, format!("/api/patients/{}/", world.patient));
    // The number that was written to is an earlier one, which only the messages tell.
    let change = json!({ "phone_number": "+12025550178" });
    admin.patch(&path, &change).await.unwrap().expect_status(200).unwrap();
    cut_short(&wire);
    let cut = admin.post(&format!("{path}erase/"), &json!({ "reason": REASON })).await.unwrap();
    wire.direct(None);
    assert!(cut.status.is_server_error(), "{cut:?}");
    assert!(left(&world).await.len() > 4, "nothing but the record is erased yet");
    for _ in 0..3 {
        world.app.advance(TimeDelta::minutes(2));
        // Two at once: the second finds the ledger's line in the archive.
        for run in join_all((0..2).map(|_| world.app.system.run_reminders())).await {
            run.unwrap();
        }
    }
    assert_eq!(left(&world).await, [""; 0]);
    let patient = world.admin().await.get(&path).await.unwrap().body;
    assert!(patient["erased_at"].is_string() && patient["is_active"] == Value::Bool(false), "{patient}");
    let report = check_table(&world.app.system.database.table()).await.unwrap();
    assert!(report.is_clean(), "{report}");
}
