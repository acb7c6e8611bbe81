//! Tests of a booking and a change of the calendar at the same time: either one of them is refused, or the appointment
//! becomes stranded. No appointment stays in closed time unmarked.
//!
//! The faulty client delays one of the two after its reads until the other one is written.

use crate::blocks::{BLOCKS, block};
use crate::clinic_setup::{ClinicSetup, DAY, id, on_the_day};
use crate::holidays::HOLIDAYS;
use crate::rules::{RULES, rule_body};
use domain::ids::{Id as _, RoomId};
use http::Method;
use local::protocol::OperationKind;
use serde_json::{Value, json};
use std::sync::Arc;
use store::guard::Guard;
use store::keys::{Key, Resource};
use testkit::faulty_client::FaultyClient;
use testkit::faulty_client::fault::FaultPlan;
use testkit::test_app::TestResponse;

/// A change that closes the doctor's time at 10:00.
#[derive(Debug, Clone)]
pub(crate) struct ClosingChange {
    pub(crate) name: &'static str,
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) body: Option<Value>,
}

/// A setup over a faulty client, and the path of the doctor's weekly rule (`by_rule`) or window.
pub(crate) async fn setup_with_availability(faulty_client: &FaultyClient, by_rule: bool) -> (ClinicSetup, String) {
    let mut setup = ClinicSetup::with_client(faulty_client).await;
    if by_rule {
        setup.doctor = setup.add_doctor("Bruno", "Paz").await;
        let made = id(&setup.create(RULES, &rule_body(&setup)).await);
        return (setup, format!("{RULES}{made}/"));
    }
    let window = id(&crate::schedules::first_window(&setup).await);
    (setup, format!("/api/schedules/{window}/"))
}

pub(crate) const CHANGES: usize = 13;
const DOCTOR_OFF: usize = 9;
/// The number of the change that deactivates the patient. It can't be forced.
pub(crate) const PATIENT_OFF: usize = 11;

/// One change of each kind; `source` is the path of the doctor's rule or window.
pub(crate) fn closing_change(setup: &ClinicSetup, source: &str, number: usize) -> ClosingChange {
    let post =
        |name, path: &str, body| ClosingChange { name, method: Method::POST, path: path.into(), body: Some(body) };
    let delete = |name, path: String| ClosingChange { name, method: Method::DELETE, path, body: None };
    let holiday = |clinic: Value| json!({ "clinic": clinic, "date": DAY, "name": "Fiesta" });
    let patch = |name, body| ClosingChange { name, method: Method::PATCH, path: source.into(), body: Some(body) };
    match number {
        0 => post("doctor's block", BLOCKS, block("doctor", &setup.doctor, "10:00", "11:00")),
        1 => post("room's block", BLOCKS, block("room", &setup.room, "10:00", "11:00")),
        2 => post("clinic's block", BLOCKS, block("clinic", &setup.clinic, "10:00", "11:00")),
        3 => post("clinic's holiday", HOLIDAYS, holiday(json!(setup.clinic))),
        4 => post("holiday of all clinics", HOLIDAYS, holiday(Value::Null)),
        5 | 6 => delete("removed", source.into()),
        7 | 8 => patch("shortened", json!({ "end_time": "10:15" })),
        9 => delete("doctor off", format!("/api/doctors/{}/", setup.doctor)),
        10 => delete("room off", format!("/api/clinics/rooms/{}/", setup.room)),
        11 => delete("patient off", format!("/api/patients/{}/", setup.patient)),
        _ => delete("clinic off", format!("/api/clinics/clinics/{}/", setup.clinic)),
    }
}

pub(crate) fn is_by_rule(number: usize) -> bool {
    number == 6 || number == 8
}

/// How a booking that names doctor and patient is refused after a change.
fn refusal(number: usize) -> (u16, &'static str) {
    let is_named = number == DOCTOR_OFF || number == PATIENT_OFF;
    if is_named { (400, "validation_error") } else { (409, "outside_availability") }
}

pub(crate) async fn apply(setup: &ClinicSetup, change: &ClosingChange) -> TestResponse {
    setup.admin().await.send(change.method.clone(), &change.path, change.body.as_ref()).await.unwrap()
}

#[tokio::test]
async fn a_booking_that_read_the_old_calendar_is_refused() {
    for number in 0..CHANGES {
        let faulty_client = FaultyClient::default();
        let (setup, source) = setup_with_availability(&faulty_client, is_by_rule(number)).await;
        let change = closing_change(&setup, &source, number);
        let (operator, setup) = (setup.operator().await.token(), Arc::new(setup));
        let (other, wanted) = (Arc::clone(&setup), change.clone());
        faulty_client.before_next_transaction(async move {
            let made = apply(&other, &wanted).await;
            assert!(made.status.is_success(), "{}: {}", wanted.name, made.body);
        });
        let booking = setup.booking(&on_the_day("10:00"));
        let refused = setup.app.with_token(&operator).post("/api/appointments/", &booking).await.unwrap();
        assert_eq!((refused.status.as_u16(), refused.code().as_str()), refusal(number), "{}", change.name);
        assert!(setup.list("/api/appointments/?date=2025-12-15").await.is_empty(), "{}", change.name);
    }
}

/// The booking reads the windows before the change and the guard after it, so that only the window's own version
/// shows the change.
#[tokio::test]
async fn a_change_between_two_reads_of_a_booking_is_detected() {
    for number in 5..9 {
        let faulty_client = FaultyClient::default();
        let (setup, source) = setup_with_availability(&faulty_client, is_by_rule(number)).await;
        let change = closing_change(&setup, &source, number);
        let (operator, setup) = (setup.operator().await.token(), Arc::new(setup));
        let (other, wanted) = (Arc::clone(&setup), change.clone());
        faulty_client.before_next(OperationKind::BatchGet, async move {
            apply(&other, &wanted).await;
        });
        let booking = setup.booking(&on_the_day("10:00"));
        let refused = setup.app.with_token(&operator).post("/api/appointments/", &booking).await.unwrap();
        assert_eq!(refused.code(), "outside_availability", "{}", change.name);
    }
}

#[tokio::test]
async fn an_appointment_that_was_booked_before_the_change_is_reported_or_marked() {
    for number in 0..CHANGES {
        let faulty_client = FaultyClient::default();
        let (setup, source) = setup_with_availability(&faulty_client, is_by_rule(number)).await;
        let change = closing_change(&setup, &source, number);
        let admin = setup.admin().await.token();
        let setup = Arc::new(setup);
        let other = Arc::clone(&setup);
        faulty_client.before_next_transaction(async move {
            other.book("10:00").await;
        });
        let made =
            setup.app.with_token(&admin).send(change.method.clone(), &change.path, change.body.as_ref()).await.unwrap();
        let appointment = setup.list("/api/appointments/?date=2025-12-15").await.remove(0);
        let known = if made.status.is_success() {
            appointment["needs_attention"] == true
        } else {
            made.code() == "in_use" && id(&made.body["appointments"][0]) == id(&appointment)
        };
        assert!(known, "{}: {} {}, {appointment}", change.name, made.status, made.body);
    }
}

/// The function crashes after the change's first transaction.
#[tokio::test]
async fn a_change_that_was_interrupted_is_finished_by_the_job() {
    for number in 0..CHANGES {
        let faulty_client = FaultyClient::default();
        let (setup, source) = setup_with_availability(&faulty_client, is_by_rule(number)).await;
        let appointment = id(&setup.book("10:00").await);
        let mut change = closing_change(&setup, &source, number);
        if number == PATIENT_OFF {
            continue;
        }
        change.path = format!("{}?force=true", change.path);
        let admin = setup.admin().await.token();
        let client = faulty_client.clone();
        faulty_client.before_next_transaction(async move {
            let next = client.clone();
            client.before_next_transaction(async move { next.plan(Some(FaultPlan::new(1, 1.0))) });
        });
        let _interrupted =
            setup.app.with_token(&admin).send(change.method.clone(), &change.path, change.body.as_ref()).await.unwrap();
        faulty_client.plan(None);
        assert_eq!(setup.appointment(&appointment).await["needs_attention"], false, "{}: interrupted", change.name);
        setup.run_job_at("2025-12-01T12:00:30Z").await;
        assert_eq!(setup.appointment(&appointment).await["needs_attention"], false, "{}: not at once", change.name);
        setup.run_job_at("2025-12-01T12:02:00Z").await;
        assert_eq!(setup.appointment(&appointment).await["needs_attention"], true, "{}", change.name);
        assert_eq!(setup.appointment(&appointment).await["stranded"], true, "{}", change.name);
        let refused = setup.try_book(setup.booking(&on_the_day("10:30"))).await;
        assert_eq!((refused.status.as_u16(), refused.code().as_str()), refusal(number), "{}", change.name);
        // Once only: an appointment that was checked isn't marked again.
        let path = format!("/api/appointments/{appointment}/");
        setup.operator().await.patch(&path, &json!({ "needs_attention": false })).await.unwrap();
        setup.run_job_at("2025-12-01T12:10:00Z").await;
        assert_eq!(setup.appointment(&appointment).await["needs_attention"], false, "{}", change.name);
    }
}

/// Otherwise the removal of the first block, which read the guards before the second one, could open its time again.
#[tokio::test]
async fn a_block_of_closed_time_raises_the_version_of_every_guard() {
    let faulty_client = FaultyClient::default();
    let setup = ClinicSetup::with_client(&faulty_client).await;
    let rooms = [setup.room.clone(), setup.add_room(&setup.clinic, "Sala 2").await];
    let admin = setup.admin().await;
    let closing = block("clinic", &setup.clinic, "10:00", "11:00");
    assert_eq!(admin.post(BLOCKS, &closing).await.unwrap().status, 201);
    let before = guard_versions(&setup, &rooms).await;
    let client = faulty_client.clone();
    faulty_client.before_next_transaction(async move {
        // The sweep of the second block fails before it has derived a guard.
        let next = client.clone();
        client.before_next_transaction(async move { next.plan(Some(FaultPlan::new(1, 1.0))) });
    });
    let _interrupted = admin.post(BLOCKS, &closing).await.unwrap();
    faulty_client.plan(None);
    let after = guard_versions(&setup, &rooms).await;
    assert_eq!(after, before.map(|version| version + 1));
}

async fn guard_versions<const N: usize>(setup: &ClinicSetup, rooms: &[String; N]) -> [u64; N] {
    let table = setup.app.system.database.table();
    let mut versions = [0; N];
    for (room, version) in rooms.iter().zip(&mut versions) {
        let key = Key::guard(Resource::Room(RoomId::parse(room).unwrap()));
        *version = table.get::<Guard>(&key).await.unwrap().unwrap().calendar_version;
    }
    versions
}
