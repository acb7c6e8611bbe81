//! What if an appointment is cancelled or moved while its reminder is on its way? It is stopped, or put right.

use crate::reminders::{DUE, minutes_later, reminder, state};
use crate::world::{World, id, on_the_day};
use local::fake_twilio::FailMode;
use local::protocol::Kind;
use serde_json::{Value, json};
use std::sync::Arc;
use testkit::faulty_client::Wire;

/// A world on a wire, with an appointment; whether staff's changes are told to patients is the clinic's choice.
async fn world(wire: &Wire, told: bool) -> (Arc<World>, String) {
    let world = World::through(wire).await;
    let settings = json!({ "notify_on_cancel": told, "notify_on_move": told });
    let path = format!("/api/clinics/clinics/{}/", world.clinic);
    world.admin().await.patch(&path, &settings).await.unwrap().expect_status(200).unwrap();
    let appointment = id(&world.book("10:00").await);
    (Arc::new(world), appointment)
}

fn cancel() -> Value {
    json!({ "action": "cancel", "reason": "x" })
}

fn r#move() -> Value {
    json!({ "action": "reschedule", "start_datetime": on_the_day("12:00") })
}

/// Staff act when the reminder's worker makes its next requests of these kinds, one after the other.
fn meanwhile(wire: &Wire, world: &Arc<World>, appointment: &str, body: Value, kinds: &'static [Kind]) {
    let Some((kind, rest)) = kinds.split_first() else { return };
    let (again, world, appointment) = (wire.clone(), Arc::clone(world), appointment.to_owned());
    wire.before_next(*kind, async move {
        if rest.is_empty() {
            // A task of its own: one handler inside another's stack would be too much for it.
            let acted = tokio::spawn(async move { world.act(&appointment, &body).await.status }).await.unwrap();
            assert!(acted.is_success(), "{acted}");
        } else {
            meanwhile(&again, &world, &appointment, body, rest);
        }
    });
}

/// The claim reads the appointment; so does the last look before the message goes; recording reads the row.
const BEFORE_THE_CLAIM: &[Kind] = &[Kind::BatchGet, Kind::Transact];
const BEFORE_IT_GOES: &[Kind] = &[Kind::BatchGet, Kind::BatchGet];
const AFTER_IT_WENT: &[Kind] = &[Kind::BatchGet, Kind::BatchGet, Kind::Get];

fn texts(world: &World) -> Vec<String> {
    world.app.outbox().unwrap().into_iter().filter_map(|message| message.body).collect()
}

#[tokio::test]
async fn a_reminder_that_has_not_gone_is_stopped() {
    for body in [cancel(), r#move()] {
        for moment in [BEFORE_THE_CLAIM, BEFORE_IT_GOES] {
            let wire = Wire::default();
            let (world, appointment) = world(&wire, false).await;
            world.app.set_now(DUE).unwrap();
            meanwhile(&wire, &world, &appointment, body.clone(), moment);
            minutes_later(&world, 0).await;
            let old = reminder(&world, &appointment).await;
            assert_eq!(old["status"], "cancelled", "{body} {moment:?}");
            minutes_later(&world, 20).await;
            let expected = usize::from(body["action"] == "reschedule");
            assert_eq!(texts(&world).len(), expected, "only the reminder of the new time: {:?}", texts(&world));
        }
    }
}

#[tokio::test]
async fn a_reminder_that_went_out_all_the_same_is_put_right() {
    for (body, notice) in [(cancel(), "fue cancelada"), (r#move(), "cambió: ahora")] {
        for told in [false, true] {
            let wire = Wire::default();
            let (world, appointment) = world(&wire, told).await;
            world.app.set_now(DUE).unwrap();
            meanwhile(&wire, &world, &appointment, body.clone(), AFTER_IT_WENT);
            minutes_later(&world, 0).await;
            assert_eq!(state(&reminder(&world, &appointment).await), ("sent".into(), 1));
            minutes_later(&world, 1).await;
            let texts = texts(&world);
            let count = |words: &str| texts.iter().filter(|text| text.contains(words)).count();
            let corrections = count("no tenga en cuenta el recordatorio anterior");
            let found = (count("a las 10:00. Dirección"), corrections, count(notice));
            assert_eq!(found, (1, usize::from(!told), usize::from(told)), "{texts:?}");
        }
    }
}

#[tokio::test]
async fn a_reminder_of_which_nobody_knows_is_put_right_when_it_is_found() {
    for (mode, corrections) in [(FailMode::TimeoutAfterAccept, 1), (FailMode::TimeoutBeforeAccept, 0)] {
        let wire = Wire::default();
        let (world, appointment) = world(&wire, false).await;
        world.app.set_now(DUE).unwrap();
        world.app.twilio().unwrap().fail(mode, None, 1);
        minutes_later(&world, 0).await;
        assert_eq!(reminder(&world, &appointment).await["status"], "unknown");
        world.act(&appointment, &cancel()).await.expect_status(200).unwrap();
        for _ in 0..3 {
            minutes_later(&world, 15).await;
        }
        let status = reminder(&world, &appointment).await["status"].clone();
        assert_eq!(status, if corrections == 1 { "sent" } else { "cancelled" });
        let texts = texts(&world);
        let found = texts.iter().filter(|text| text.contains("no tenga en cuenta")).count();
        assert_eq!((found, texts.len()), (corrections, 2 * corrections), "{texts:?}");
    }
}
