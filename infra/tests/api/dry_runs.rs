//! Tests of `dry_run`: which appointments a change would leave stranded. Nothing is written.

use crate::blocks::{BLOCKS, block};
use crate::clinic_setup::{ClinicSetup, DAY, PHONE, id, on_the_day};
use crate::holidays::HOLIDAYS;
use crate::rules::{RULES, add_rule};
use domain::user::Role;
use http::Method;
use serde_json::{Value, json};
use testkit::faulty_client::{FaultyClient, run_as_operation};
use testkit::test_app::TestClient;

async fn dry_run(client: &TestClient<'_>, method: Method, path: &str, body: Option<&Value>) -> Value {
    let answer = client.send(method, &format!("{path}?dry_run=true"), body).await.unwrap();
    answer.expect_status(200).unwrap_or_else(|error| panic!("{path}: {error}")).body
}

fn ids(answer: &Value) -> Vec<String> {
    let rows = answer["affected"].as_array().unwrap().iter();
    rows.map(|row| row["appointment"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_dry_run_names_whom_to_call() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);
    setup.book("12:00").await;
    let body = block("doctor", &setup.doctor, "10:00", "11:00");
    let answer = dry_run(&setup.admin().await, Method::POST, BLOCKS, Some(&body)).await;
    let wanted = json!({ "affected": [{ "appointment": appointment, "patient": setup.patient,
        "patient_name": "Lucía Fernández", "phone_number": PHONE, "start_datetime": on_the_day("10:00") }],
        "count": 1 });
    assert_eq!(answer, wanted);
    let free = block("doctor", &setup.doctor, "11:00", "12:00");
    let answer = dry_run(&setup.admin().await, Method::POST, BLOCKS, Some(&free)).await;
    assert_eq!(answer, json!({ "affected": [], "count": 0 }), "nobody is affected, and nothing is made");
    assert!(setup.list(BLOCKS).await.is_empty());
}

#[tokio::test]
async fn every_change_that_strands_has_a_dry_run_which_writes_nothing() {
    let client = FaultyClient::default();
    let mut setup = ClinicSetup::with_client(&client).await;
    let of_window = id(&setup.book("10:00").await);
    let window = setup.list(&format!("/api/schedules/?doctor={}&date={DAY}", setup.doctor)).await.remove(0);
    let window = format!("/api/schedules/{}/", id(&window));
    let first_doctor = setup.doctor.clone();
    let rule = format!("{RULES}{}/", id(&add_rule(&mut setup).await));
    let of_rule = setup.try_book(setup.booking("2025-12-22T10:00:00-03:00")).await.expect_status(201).unwrap().id();
    let elsewhere = block("room", &setup.room, "15:00", "16:00");
    let made = format!("{BLOCKS}{}/", id(&setup.create(BLOCKS, &elsewhere).await));
    let holiday = json!({ "clinic": setup.clinic, "date": "2025-12-25", "name": "Navidad" });
    let own = format!("{HOLIDAYS}{}/", id(&setup.create(HOLIDAYS, &holiday).await));
    let (doctor, room) = (format!("/api/doctors/{first_doctor}/"), format!("/api/clinics/rooms/{}/", setup.room));
    let clinic = format!("/api/clinics/clinics/{}/", setup.clinic);
    let off = json!({ "is_active": false });
    let instead = json!({ "doctor": setup.doctor, "room": setup.room, "date": "2025-12-22", "start_time": "15:00",
        "end_time": "16:00", "instead_of_rules": true });
    let on_the_22nd = json!({ "date": "2025-12-22", "name": "Duelo" });
    let (both, window_only, rule_only) =
        (vec![of_window.clone(), of_rule.clone()], vec![of_window.clone()], vec![of_rule.clone()]);
    let admin = setup.admin().await;
    client.record_calls();
    for (method, path, body, wanted) in [
        (Method::POST, "/api/schedules/", Some(&instead), &rule_only),
        (Method::DELETE, window.as_str(), None, &window_only),
        (Method::PATCH, &window, Some(&json!({ "end_time": "10:00" })), &window_only),
        (Method::DELETE, &rule, None, &rule_only),
        (Method::PATCH, &rule, Some(&json!({ "valid_until": "2025-12-21" })), &rule_only),
        (Method::PATCH, &rule, Some(&json!({ "slot_minutes": 20 })), &vec![]),
        (Method::POST, BLOCKS, Some(&block("clinic", &setup.clinic, "09:00", "11:00")), &window_only),
        (Method::PATCH, &made, Some(&json!({ "start_datetime": on_the_day("10:15") })), &window_only),
        (Method::POST, HOLIDAYS, Some(&on_the_22nd), &rule_only),
        (Method::PATCH, &own, Some(&json!({ "date": DAY })), &window_only),
        (Method::DELETE, &doctor, None, &window_only),
        (Method::PATCH, &doctor, Some(&off), &window_only),
        (Method::PATCH, &doctor, Some(&json!({ "first_name": "Otra" })), &vec![]),
        (Method::PATCH, &doctor, Some(&json!({})), &vec![]),
        (Method::DELETE, &room, None, &both),
        (Method::PATCH, &room, Some(&off), &both),
        (Method::DELETE, &clinic, None, &both),
        (Method::PATCH, &clinic, Some(&off), &both),
        (Method::PATCH, &clinic, Some(&json!({ "name": "Otro" })), &vec![]),
    ] {
        let answer = run_as_operation(1, dry_run(&admin, method.clone(), path, body)).await;
        assert_eq!((&ids(&answer), &answer["count"]), (wanted, &json!(wanted.len())), "{method} {path} {body:?}");
        let calls = client.take_calls(1);
        let writes = calls.iter().filter(|call| call.kind.writes()).count();
        assert!(!calls.is_empty() && writes == 0, "{method} {path} {body:?}");
    }
}

#[tokio::test]
async fn appointments_of_other_clinics_are_counted_and_not_shown() {
    let setup = ClinicSetup::new().await;
    let norte = setup.add_clinic("Norte").await;
    let room = setup.add_room(&norte, "Sala").await;
    setup.add_window(&setup.doctor, &room, "2025-12-16", "09:00", "10:00").await;
    let here = id(&setup.book("10:00").await);
    setup.try_book(setup.booking("2025-12-16T09:00:00-03:00")).await.expect_status(201).unwrap();
    setup.app.add_user("jefa@example.com", Role::Admin, &[&setup.clinic]).await.unwrap();
    let chief = setup.app.sign_in("jefa@example.com").await.unwrap();
    let doctor = format!("/api/doctors/{}/", setup.doctor);
    let answer = dry_run(&chief, Method::DELETE, &doctor, None).await;
    assert_eq!((ids(&answer), &answer["count"]), (vec![here.clone()], &json!(2)));
    let refused = chief.delete(&doctor).await.unwrap().expect_status(409).unwrap();
    let listed: Vec<String> = refused.body["appointments"].as_array().unwrap().iter().map(id).collect();
    assert_eq!((listed, &refused.body["others"]), (vec![here], &json!(1)));
    let shown = &refused.body["appointments"][0];
    assert_eq!((&shown["patient_name"], &shown["doctor_name"]), (&json!("Lucía Fernández"), &json!("Alicia Mora")));
    assert_eq!((&shown["patient"], &shown["start_datetime"]), (&json!(setup.patient), &json!(on_the_day("10:00"))));
}
