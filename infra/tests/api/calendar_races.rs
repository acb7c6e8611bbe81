//! What if somebody books while the calendar changes? Either the booking is refused, or the change is,
//! or a person is told of the appointment that slipped in: never an appointment in closed time that nobody knows of.
//!
//! The wire holds one of the two back after it has read everything, until the other has happened.

use crate::blocks::{BLOCKS, block};
use crate::holidays::HOLIDAYS;
use crate::rules::{RULES, rule};
use crate::world::{DAY, World, id, on_the_day};
use http::Method;
use local::protocol::Kind;
use serde_json::{Value, json};
use std::sync::Arc;
use testkit::faulty_client::Wire;
use testkit::faulty_client::fault::FaultPlan;
use testkit::test_app::Answer;

/// A change that takes the doctor's time at 10:00 away.
#[derive(Debug, Clone)]
struct Change {
    name: &'static str,
    method: Method,
    path: String,
    body: Option<Value>,
}

/// A world on a wire; the doctor's time comes from a rule where `by_rule`, otherwise from a window.
async fn world(wire: &Wire, by_rule: bool) -> (World, String) {
    let mut world = World::through(wire).await;
    if by_rule {
        world.doctor = world.add_doctor("Bruno", "Paz").await;
        let made = id(&world.made(RULES, &rule(&world)).await);
        return (world, format!("{RULES}{made}/"));
    }
    let window = id(&crate::schedules::window(&world).await);
    (world, format!("/api/schedules/{window}/"))
}

const CHANGES: usize = 13;

/// One change of each kind, for a world whose doctor's time is at `source`.
fn change(world: &World, source: &str, number: usize) -> Change {
    let post = |name, path: &str, body| Change { name, method: Method::POST, path: path.into(), body: Some(body) };
    let delete = |name, path: String| Change { name, method: Method::DELETE, path, body: None };
    let holiday = |clinic: Value| json!({ "clinic": clinic, "date": DAY, "name": "Fiesta" });
    let patch = |name, body| Change { name, method: Method::PATCH, path: source.into(), body: Some(body) };
    match number {
        0 => post("doctor's block", BLOCKS, block("doctor", &world.doctor, "10:00", "11:00")),
        1 => post("room's block", BLOCKS, block("room", &world.room, "10:00", "11:00")),
        2 => post("clinic's block", BLOCKS, block("clinic", &world.clinic, "10:00", "11:00")),
        3 => post("clinic's holiday", HOLIDAYS, holiday(json!(world.clinic))),
        4 => post("everybody's holiday", HOLIDAYS, holiday(Value::Null)),
        5 | 6 => delete("removed", source.into()),
        7 | 8 => patch("shortened", json!({ "end_time": "10:15" })),
        9 => delete("doctor off", format!("/api/doctors/{}/", world.doctor)),
        10 => delete("room off", format!("/api/clinics/rooms/{}/", world.room)),
        11 => delete("patient off", format!("/api/patients/{}/", world.patient)),
        _ => delete("clinic off", format!("/api/clinics/clinics/{}/", world.clinic)),
    }
}

fn by_rule(number: usize) -> bool {
    number == 6 || number == 8
}

async fn make(world: &World, change: &Change) -> Answer {
    world.admin().await.send(change.method.clone(), &change.path, change.body.as_ref()).await.unwrap()
}

#[tokio::test]
async fn a_booking_that_saw_the_old_calendar_is_refused() {
    for number in 0..CHANGES {
        let wire = Wire::default();
        let (world, source) = world(&wire, by_rule(number)).await;
        let change = change(&world, &source, number);
        let (operator, world) = (world.operator().await.token(), Arc::new(world));
        let (other, wanted) = (Arc::clone(&world), change.clone());
        wire.before_next_transaction(async move {
            let made = make(&other, &wanted).await;
            assert!(made.status.is_success(), "{}: {}", wanted.name, made.body);
        });
        let booking = world.booking(&on_the_day("10:00"));
        let refused = world.app.with_token(&operator).post("/api/appointments/", &booking).await.unwrap();
        let expected = if number < 9 { (409, "outside_availability") } else { (400, "validation_error") };
        assert_eq!((refused.status.as_u16(), refused.code().as_str()), expected, "{}", change.name);
        assert!(world.list("/api/appointments/?date=2025-12-15").await.is_empty(), "{}", change.name);
    }
}

/// The windows are read, then they change, then the guard is read, which the change has raised
/// already: only the window's own version tells.
#[tokio::test]
async fn a_change_between_two_reads_of_a_booking_is_noticed() {
    for number in 5..9 {
        let wire = Wire::default();
        let (world, source) = world(&wire, by_rule(number)).await;
        let change = change(&world, &source, number);
        let (operator, world) = (world.operator().await.token(), Arc::new(world));
        let (other, wanted) = (Arc::clone(&world), change.clone());
        wire.before_next(Kind::BatchGet, async move {
            make(&other, &wanted).await;
        });
        let booking = world.booking(&on_the_day("10:00"));
        let refused = world.app.with_token(&operator).post("/api/appointments/", &booking).await.unwrap();
        assert_eq!(refused.code(), "outside_availability", "{}", change.name);
    }
}

#[tokio::test]
async fn an_appointment_that_slipped_in_before_the_change_is_known() {
    for number in 0..CHANGES {
        let wire = Wire::default();
        let (world, source) = world(&wire, by_rule(number)).await;
        let change = change(&world, &source, number);
        let admin = world.admin().await.token();
        let world = Arc::new(world);
        let other = Arc::clone(&world);
        wire.before_next_transaction(async move {
            other.book("10:00").await;
        });
        let made =
            world.app.with_token(&admin).send(change.method.clone(), &change.path, change.body.as_ref()).await.unwrap();
        let appointment = world.list("/api/appointments/?date=2025-12-15").await.remove(0);
        let known = if made.status.is_success() {
            appointment["needs_attention"] == true
        } else {
            made.code() == "in_use" && id(&made.body["appointments"][0]) == id(&appointment)
        };
        assert!(known, "{}: {} {}, {appointment}", change.name, made.status, made.body);
    }
}

/// The change is made, and then whoever made it is gone.
#[tokio::test]
async fn a_change_that_was_cut_short_is_finished_by_the_job() {
    for number in 0..CHANGES {
        let wire = Wire::default();
        let (world, source) = world(&wire, by_rule(number)).await;
        let appointment = id(&world.book("10:00").await);
        let mut change = change(&world, &source, number);
        if number >= 9 {
            continue; // Nobody is deactivated by force.
        }
        change.path = format!("{}?force=true", change.path);
        let admin = world.admin().await.token();
        let gone = wire.clone();
        wire.before_next_transaction(async move {
            let next = gone.clone();
            gone.before_next_transaction(async move { next.plan(Some(FaultPlan::new(1, 1.0))) });
        });
        let _cut =
            world.app.with_token(&admin).send(change.method.clone(), &change.path, change.body.as_ref()).await.unwrap();
        wire.plan(None);
        assert_eq!(world.appointment(&appointment).await["needs_attention"], false, "{}: cut short", change.name);
        world.tick("2025-12-01T12:00:30Z").await;
        assert_eq!(world.appointment(&appointment).await["needs_attention"], false, "{}: not at once", change.name);
        world.tick("2025-12-01T12:02:00Z").await;
        assert_eq!(world.appointment(&appointment).await["needs_attention"], true, "{}", change.name);
        let refused = world.try_book(world.booking(&on_the_day("10:30"))).await;
        assert_eq!(refused.code(), "outside_availability", "{}", change.name);
        // Done once: a person who has looked at it isn't called again.
        let path = format!("/api/appointments/{appointment}/");
        world.operator().await.patch(&path, &json!({ "needs_attention": false })).await.unwrap();
        world.tick("2025-12-01T12:10:00Z").await;
        assert_eq!(world.appointment(&appointment).await["needs_attention"], false, "{}", change.name);
    }
}
