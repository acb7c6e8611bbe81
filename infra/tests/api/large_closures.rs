//! Tests of closures of many rooms: they are in force when the request is answered, and their sweeps are finished by the
//! scheduled job.

use crate::clinic_setup::{ClinicSetup, DAY, id, on_the_day};
use crate::holidays::HOLIDAYS;
use domain::time::TimeDelta;
use http::Method;
use invariants::check_table;
use serde_json::{Value, json};
use std::sync::Arc;
use testkit::faulty_client::FaultyClient;
use testkit::faulty_client::fault::FaultPlan;

/// More rooms than one transaction closes, and than one chunk of a sweep.
const ROOMS: usize = 100;

/// A setup with many rooms, of which the last has a doctor of its own with an appointment at 10:00.
async fn setup_with_rooms(faulty_client: &FaultyClient) -> (ClinicSetup, String) {
    let mut setup = ClinicSetup::with_client(faulty_client).await;
    let mut rooms = Vec::new();
    for number in 2..=ROOMS {
        rooms.push(setup.add_room(&setup.clinic, &format!("Sala {number}")).await);
    }
    rooms.sort();
    setup.room = rooms.pop().unwrap();
    setup.doctor = setup.add_doctor("Bruno", "Paz").await;
    setup.add_window(&setup.doctor, &setup.room, DAY, "09:00", "13:00").await;
    let appointment = id(&setup.book("10:00").await);
    (setup, appointment)
}

/// Lets the time of a request's sweep run out when the sweep derives the first guard: after the transactions of the
/// change itself and of the guards that didn't fit into it.
fn interrupt_sweep(faulty_client: &FaultyClient, setup: &Arc<ClinicSetup>) {
    let (client, setup) = (faulty_client.clone(), Arc::clone(setup));
    faulty_client.before_next_transaction(async move {
        let next = client.clone();
        client.before_next_transaction(async move {
            next.before_next_transaction(async move { setup.app.advance(TimeDelta::seconds(5)) });
        });
    });
}

/// Closes the appointment's time, and checks that the closure is in force although its sweep is not finished.
async fn closes_at_once(method: Method, path: impl Fn(&ClinicSetup) -> (String, Option<Value>)) {
    let faulty_client = FaultyClient::default();
    let (setup, appointment) = setup_with_rooms(&faulty_client).await;
    let (admin, setup) = (setup.admin().await.token(), Arc::new(setup));
    interrupt_sweep(&faulty_client, &setup);
    let (path, body) = path(&setup);
    let done = setup.app.with_token(&admin).send(method, &format!("{path}?force=true"), body.as_ref()).await.unwrap();
    assert!(done.status.is_success(), "{}", done.body);
    assert_eq!(setup.appointment(&appointment).await["stranded"], false, "the sweep was interrupted");
    let refused = setup.try_book(setup.booking(&on_the_day("11:00"))).await;
    assert_eq!(refused.code(), "outside_availability", "{}", refused.body);
    setup.app.advance(TimeDelta::minutes(2));
    setup.app.system.run_reminders().await.unwrap();
    assert_eq!(setup.appointment(&appointment).await["stranded"], true);
    let report = check_table(&setup.app.system.database.table()).await.unwrap();
    assert!(report.is_clean(), "{report}");
}

#[tokio::test]
async fn a_holiday_of_many_rooms_is_in_force_when_it_is_answered() {
    let holiday = json!({ "date": DAY, "name": "Fiesta" });
    closes_at_once(Method::POST, |_| (HOLIDAYS.into(), Some(holiday.clone()))).await;
}

#[tokio::test]
async fn a_clinic_of_many_rooms_is_closed_when_it_is_answered() {
    let clinic = |setup: &ClinicSetup| (format!("/api/clinics/clinics/{}/", setup.clinic), None);
    closes_at_once(Method::DELETE, clinic).await;
}

/// The guards that don't fit into the change's transaction can't be written, although the change is committed. What is
/// booked before the job has closed them becomes stranded.
#[tokio::test]
async fn what_is_booked_before_the_last_rooms_are_closed_becomes_stranded() {
    let faulty_client = FaultyClient::default();
    let (setup, _) = setup_with_rooms(&faulty_client).await;
    let admin = setup.admin().await.token();
    let client = faulty_client.clone();
    faulty_client.before_next_transaction(async move {
        let next = client.clone();
        client.before_next_transaction(async move { next.plan(Some(FaultPlan::new(1, 1.0))) });
    });
    let holiday = json!({ "date": DAY, "name": "Fiesta" });
    let _interrupted = setup.app.with_token(&admin).post(&format!("{HOLIDAYS}?force=true"), &holiday).await.unwrap();
    faulty_client.plan(None);
    let appointment = id(&setup.book("11:00").await);
    setup.app.advance(TimeDelta::minutes(2));
    setup.app.system.run_reminders().await.unwrap();
    assert_eq!(setup.appointment(&appointment).await["stranded"], true);
    assert_eq!(setup.try_book(setup.booking(&on_the_day("12:00"))).await.code(), "outside_availability");
}
