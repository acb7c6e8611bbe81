//! Tests of the names that appointments have a copy of: a changed name reaches every upcoming appointment.

use crate::clinic_setup::{ClinicSetup, id, text};
use crate::crash_recovery::crash_after_next_transaction;
use domain::time::TimeDelta;
use serde_json::json;
use std::sync::Arc;
use testkit::faulty_client::FaultyClient;

/// More appointments than one chunk of a sweep.
const APPOINTMENTS: usize = 60;

/// A setup whose doctor has many appointments on one day.
async fn busy_setup(faulty_client: &FaultyClient) -> Arc<ClinicSetup> {
    let setup = ClinicSetup::with_client(faulty_client).await;
    let body = json!({ "doctor": setup.doctor, "room": setup.room, "date": "2025-12-16", "start_time": "08:00",
        "end_time": "18:00", "slot_minutes": 5 });
    setup.create("/api/schedules/", &body).await;
    for number in 0..APPOINTMENTS {
        let start = format!("2025-12-16T{:02}:{:02}:00-03:00", 8 + number / 12, number % 12 * 5);
        setup.try_book(setup.booking(&start)).await.expect_status(201).unwrap();
    }
    Arc::new(setup)
}

async fn rename(setup: &ClinicSetup, token: &str, last_name: &str) {
    let path = format!("/api/doctors/{}/", setup.doctor);
    let renamed = setup.app.with_token(token).patch(&path, &json!({ "last_name": last_name })).await.unwrap();
    renamed.expect_status(200).unwrap();
}

/// How many appointments have a copy of this name.
async fn copies(setup: &ClinicSetup, name: &str) -> usize {
    let listed = setup.list("/api/appointments/?date=2025-12-16&page_size=200").await;
    assert_eq!(listed.len(), APPOINTMENTS);
    listed.iter().filter(|appointment| text(appointment, "doctor_name") == name).count()
}

#[tokio::test]
async fn the_job_finishes_copying_a_name() {
    let faulty_client = FaultyClient::default();
    let setup = busy_setup(&faulty_client).await;
    let (admin, other, client) = (setup.admin().await.token(), Arc::clone(&setup), faulty_client.clone());
    faulty_client.before_next_transaction(async move {
        client.before_next_transaction(async move { other.app.advance(TimeDelta::seconds(5)) });
    });
    rename(&setup, &admin, "Paz").await;
    assert_eq!(copies(&setup, "Alicia Paz").await, 50, "one chunk");
    setup.app.advance(TimeDelta::minutes(2));
    setup.app.system.run_reminders().await.unwrap();
    assert_eq!(copies(&setup, "Alicia Paz").await, APPOINTMENTS);
}

/// The second change is made between the first one's look at the record and its write of the copies.
#[tokio::test]
async fn of_two_names_at_once_the_later_one_is_copied() {
    let faulty_client = FaultyClient::default();
    let setup = busy_setup(&faulty_client).await;
    let (admin, other, client) = (setup.admin().await.token(), Arc::clone(&setup), faulty_client.clone());
    let token = admin.clone();
    faulty_client.before_next_transaction(async move {
        client.before_next_transaction(async move {
            // A separate task, because a handler inside another handler would overflow the stack.
            tokio::spawn(async move { rename(&other, &token, "Mora Paz").await }).await.unwrap();
        });
    });
    rename(&setup, &admin, "Paz").await;
    assert_eq!(copies(&setup, "Alicia Mora Paz").await, APPOINTMENTS);
}

/// The function crashes between the change and the copies, for a name of each kind.
#[tokio::test]
async fn the_job_copies_every_kind_of_name_after_a_crash() {
    let faulty_client = FaultyClient::default();
    let setup = ClinicSetup::with_client(&faulty_client).await;
    let appointment = id(&setup.book("10:00").await);
    let admin = setup.admin().await;
    let renamed = [
        (format!("/api/patients/{}/", setup.patient), json!({ "last_name": "Paz" }), "patient_name", "Lucía Paz"),
        (format!("/api/doctors/{}/", setup.doctor), json!({ "last_name": "Paz" }), "doctor_name", "Alicia Paz"),
        (format!("/api/clinics/clinics/{}/", setup.clinic), json!({ "name": "Sur" }), "clinic_name", "Sur"),
        (format!("/api/clinics/rooms/{}/", setup.room), json!({ "name": "Box 4" }), "room_name", "Box 4"),
    ];
    for (path, change, member, name) in renamed {
        crash_after_next_transaction(&faulty_client);
        let _crashed = admin.patch(&path, &change).await.unwrap();
        faulty_client.set_call_hook(None);
        assert_ne!(text(&setup.appointment(&appointment).await, member), name);
        setup.app.advance(TimeDelta::minutes(2));
        setup.app.system.run_reminders().await.unwrap();
        assert_eq!(text(&setup.appointment(&appointment).await, member), name);
    }
}

#[tokio::test]
async fn the_job_copies_the_name_of_a_specialty_after_a_crash() {
    let faulty_client = FaultyClient::default();
    let setup = ClinicSetup::with_client(&faulty_client).await;
    let admin = setup.admin().await;
    let specialty = id(&setup.create("/api/doctors/specialties/", &json!({ "name": "Clinica" })).await);
    let doctor = format!("/api/doctors/{}/", setup.doctor);
    admin.patch(&doctor, &json!({ "specialties": [specialty] })).await.unwrap().expect_status(200).unwrap();
    crash_after_next_transaction(&faulty_client);
    let path = format!("/api/doctors/specialties/{specialty}/");
    let _crashed = admin.patch(&path, &json!({ "name": "Clínica médica" })).await.unwrap();
    faulty_client.set_call_hook(None);
    assert_eq!(admin.get(&doctor).await.unwrap().text("specialty"), "Clinica");
    setup.app.advance(TimeDelta::minutes(2));
    setup.app.system.run_reminders().await.unwrap();
    assert_eq!(admin.get(&doctor).await.unwrap().text("specialty"), "Clínica médica");
}
