//! Tests of doctors and specialties: their fields, the filters, and that upcoming appointments prevent deactivation.

use crate::clinic_setup::{ClinicSetup, id, text};
use serde_json::{Value, json};

const LIST: &str = "/api/doctors/";
const SPECIALTIES: &str = "/api/doctors/specialties/";
const NOON: &str = "2025-12-01T12:00:00Z";

async fn add_specialty(setup: &ClinicSetup, name: &str) -> String {
    id(&setup.create(SPECIALTIES, &json!({ "name": name })).await)
}

async fn find_names(setup: &ClinicSetup, query: &str) -> Vec<String> {
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    setup.list(&format!("{LIST}?{query}")).await.iter().map(|row| text(row, "last_name")).collect()
}

#[tokio::test]
async fn every_field_of_a_doctor_is_stored() {
    let setup = ClinicSetup::new().await;
    let (first, second) = (add_specialty(&setup, "Cardiología").await, add_specialty(&setup, "Clínica médica").await);
    let admin = setup.admin().await;
    let body = json!({ "first_name": "Héctor", "last_name": "Peña", "specialties": [first, second],
        "email": "pena@example.com", "phone_number": "011 15 2345-6789", "license_number": "MN 12345",
        "buffer_minutes": 10, "is_active": true });
    let made = admin.post(LIST, &body).await.unwrap().expect_status(201).unwrap();
    let path = format!("{LIST}{}/", made.id());
    assert_eq!((made.header("location"), made.header("etag")), (path.clone(), "\"1\"".to_owned()));
    let mut wanted = body.clone();
    for (field, value) in [
        ("id", json!(made.id())),
        ("full_name", json!("Héctor Peña")),
        ("specialty", json!("Cardiología")),
        ("phone_number", json!("+5491123456789")),
        ("created_at", json!(NOON)),
        ("updated_at", json!(NOON)),
        ("version", json!(1)),
    ] {
        wanted[field] = value;
    }
    assert_eq!(made.body, wanted);
    assert_eq!(setup.operator().await.get(&path).await.unwrap().expect_status(200).unwrap().body, wanted);

    let swapped = admin.patch(&path, &json!({ "specialties": [second, first] })).await.unwrap();
    assert_eq!(swapped.text("specialty"), "Clínica médica");
    let least = json!({ "first_name": "H", "last_name": "P" });
    let replaced = admin.put(&path, &least).await.unwrap().expect_status(200).unwrap();
    assert_eq!(
        (&replaced.body["specialties"], &replaced.body["specialty"], &replaced.body["buffer_minutes"]),
        (&json!([]), &Value::Null, &json!(0))
    );
}

#[tokio::test]
async fn read_only_and_invalid_values_are_refused() {
    let setup = ClinicSetup::new().await;
    let admin = setup.admin().await;
    let path = format!("{LIST}{}/", setup.doctor);
    for (field, value) in [
        ("id", json!("x")),
        ("full_name", json!("x")),
        ("specialty", json!("x")),
        ("created_at", json!(NOON)),
        ("updated_at", json!(NOON)),
        ("version", json!(1)),
        ("first_name", json!("")),
        ("buffer_minutes", json!(-1)),
        ("buffer_minutes", json!(121)),
        ("buffer_minutes", json!(1.5)),
        ("specialties", json!(["x"])),
        ("specialties", json!(["019b2f3e-7a10-7cc1-9d7e-0242ac120002"])),
        ("email", json!("x")),
        ("phone_number", json!("x")),
    ] {
        let answer = admin.patch(&path, &json!({ field: value })).await.unwrap().expect_status(400).unwrap();
        let errors: Vec<&String> = answer.body["errors"].as_object().unwrap().keys().collect();
        assert_eq!(errors, [field], "{value}");
    }
    let twice = add_specialty(&setup, "Pediatría").await;
    assert_eq!(admin.patch(&path, &json!({ "specialties": [twice, twice] })).await.unwrap().status, 400);
}

#[tokio::test]
async fn every_filter_selects_its_doctors() {
    let setup = ClinicSetup::new().await;
    let cardiology = add_specialty(&setup, "Cardiología").await;
    let norte = setup.add_clinic("Norte").await;
    let room = setup.add_room(&norte, "Sala").await;
    let body = json!({ "first_name": "José Luis", "last_name": "Núñez", "specialties": [cardiology] });
    let jose = id(&setup.create(LIST, &body).await);
    setup.add_window(&jose, &room, "2025-12-15", "09:00", "13:00").await;

    for search in ["nunez", "ÑEZ", "jose nu", "luis", "Núñez, José", "Dr. Núñez", "Dra. Jose Núñez;", "nu"] {
        assert_eq!(find_names(&setup, &format!("search={search}")).await, ["Núñez"], "{search}");
    }
    assert!(find_names(&setup, "search=luisa").await.is_empty());
    assert_eq!(find_names(&setup, &format!("specialty={cardiology}")).await, ["Núñez"]);
    assert_eq!(find_names(&setup, &format!("clinic={norte}")).await, ["Núñez"]);
    assert_eq!(find_names(&setup, &format!("clinic={}", setup.clinic)).await, ["Mora"]);
    assert!(find_names(&setup, &format!("clinic={}&specialty={cardiology}", setup.clinic)).await.is_empty());
    let rule = json!({ "doctor": jose, "room": setup.room, "weekdays": [2], "start_time": "09:00",
        "end_time": "10:00", "valid_from": "2026-02-01" });
    setup.create("/api/schedules/rules/", &rule).await;
    assert_eq!(find_names(&setup, &format!("clinic={}", setup.clinic)).await, ["Mora", "Núñez"], "by a rule too");
    assert_eq!(find_names(&setup, "").await, ["Mora", "Núñez"], "by family name");

    setup.admin().await.delete(&format!("{LIST}{jose}/")).await.unwrap().expect_status(204).unwrap();
    assert_eq!(find_names(&setup, "").await, ["Mora"]);
    assert_eq!(find_names(&setup, "is_active=false").await, ["Núñez"]);
}

#[tokio::test]
async fn a_doctor_with_upcoming_appointments_cannot_be_deactivated() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);
    let path = format!("{LIST}{}/", setup.doctor);
    let admin = setup.admin().await;
    for answer in [admin.delete(&path).await, admin.patch(&path, &json!({ "is_active": false })).await] {
        let refused = answer.unwrap().expect_status(409).unwrap();
        assert_eq!((refused.code().as_str(), id(&refused.body["appointments"][0])), ("in_use", appointment.clone()));
    }
    setup.app.set_now("2025-12-15T14:00:00-03:00").unwrap();
    let admin = setup.admin().await;
    admin.delete(&path).await.unwrap().expect_status(204).unwrap();
    let gone = setup.list(&format!("/api/schedules/?room={}&date=2025-12-15", setup.room)).await;
    assert!(gone.is_empty(), "an inactive doctor has no windows");
    admin.patch(&path, &json!({ "is_active": true })).await.unwrap().expect_status(200).unwrap();
}

#[tokio::test]
async fn appointments_show_the_current_name() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);
    let path = format!("{LIST}{}/", setup.doctor);
    setup.admin().await.patch(&path, &json!({ "last_name": "Moreno" })).await.unwrap().expect_status(200).unwrap();
    assert_eq!(text(&setup.appointment(&appointment).await, "doctor_name"), "Alicia Moreno");
}

#[tokio::test]
async fn the_name_of_a_specialty_is_unique() {
    let setup = ClinicSetup::new().await;
    let admin = setup.admin().await;
    let first = admin.post(SPECIALTIES, &json!({ "name": "Cardiología" })).await.unwrap().expect_status(201).unwrap();
    let wanted = json!({ "id": first.id(), "name": "Cardiología", "version": 1 });
    assert_eq!(first.body, wanted);
    let path = format!("{SPECIALTIES}{}/", first.id());
    assert_eq!(setup.operator().await.get(&path).await.unwrap().body, wanted);
    let taken = admin.post(SPECIALTIES, &json!({ "name": "CARDIOLOGIA" })).await.unwrap().expect_status(409).unwrap();
    assert_eq!(taken.text("existing_id"), first.id());
    assert_eq!((taken.code().as_str(), taken.text("field").as_str()), ("already_exists", "name"));
    let renamed = admin.put(&path, &json!({ "name": "Cardio" })).await.unwrap().expect_status(200).unwrap();
    assert_eq!((renamed.text("name").as_str(), &renamed.body["version"]), ("Cardio", &json!(2)));
    let names: Vec<String> = setup.list(SPECIALTIES).await.iter().map(|row| text(row, "name")).collect();
    assert_eq!(names, ["Cardio"]);
}

#[tokio::test]
async fn a_specialty_that_doctors_have_cannot_be_removed() {
    let setup = ClinicSetup::new().await;
    let admin = setup.admin().await;
    let gone = add_specialty(&setup, "Flebología").await;
    let doctor = format!("{LIST}{}/", setup.doctor);
    admin.patch(&doctor, &json!({ "specialties": [gone] })).await.unwrap().expect_status(200).unwrap();
    let path = format!("{SPECIALTIES}{gone}/");
    let second = format!("{LIST}{}/", setup.add_doctor("Carla", "Sosa").await);
    let main = add_specialty(&setup, "Cardiología").await;
    admin.patch(&second, &json!({ "specialties": [main, gone] })).await.unwrap().expect_status(200).unwrap();
    admin.delete(&second).await.unwrap().expect_status(204).unwrap();
    let refused = admin.delete(&path).await.unwrap().expect_status(409).unwrap();
    let named: Vec<&str> =
        refused.body["doctors"].as_array().unwrap().iter().map(|row| row["full_name"].as_str().unwrap()).collect();
    assert_eq!((refused.code().as_str(), named), ("in_use", vec!["Alicia Mora", "Carla Sosa"]), "inactive ones, too");
    assert_eq!(admin.get(&path).await.unwrap().status, 200);

    for (doctor, specialties) in [(&doctor, json!([])), (&second, json!([main]))] {
        admin.patch(doctor, &json!({ "specialties": specialties })).await.unwrap().expect_status(200).unwrap();
    }
    admin.delete(&path).await.unwrap().expect_status(204).unwrap();
    assert_eq!(admin.get(&path).await.unwrap().status, 404);
    let other = format!("{LIST}{}/", setup.add_doctor("Bruno", "Paz").await);
    assert_eq!(admin.patch(&other, &json!({ "specialties": [gone] })).await.unwrap().status, 400);
    add_specialty(&setup, "Flebología").await;
}

#[tokio::test]
async fn doctors_show_the_current_name_of_their_main_specialty() {
    let setup = ClinicSetup::new().await;
    let admin = setup.admin().await;
    let (first, second) = (add_specialty(&setup, "Clinica").await, add_specialty(&setup, "Cardio").await);
    let mora = format!("{LIST}{}/", setup.doctor);
    let paz = format!("{LIST}{}/", setup.add_doctor("Bruno", "Paz").await);
    let away = format!("{LIST}{}/", setup.add_doctor("Carla", "Sosa").await);
    for (doctor, specialties) in
        [(&mora, json!([first, second])), (&paz, json!([second, first])), (&away, json!([first]))]
    {
        admin.patch(doctor, &json!({ "specialties": specialties })).await.unwrap().expect_status(200).unwrap();
    }
    admin.delete(&away).await.unwrap().expect_status(204).unwrap();
    let etag = admin.get(&mora).await.unwrap().header("etag");
    let path = format!("{SPECIALTIES}{first}/");
    admin.patch(&path, &json!({ "name": "Clínica médica" })).await.unwrap().expect_status(200).unwrap();
    let shown = async |doctor: &str| admin.get(doctor).await.unwrap().expect_status(200).unwrap().text("specialty");
    assert_eq!(shown(&mora).await, "Clínica médica");
    assert_eq!(shown(&away).await, "Clínica médica", "a deactivated doctor comes back with the current name");
    assert_eq!(shown(&paz).await, "Cardio", "only the main specialty is shown");
    assert_ne!(admin.get(&mora).await.unwrap().header("etag"), etag, "clients see another name");
    let listed = setup.list(&format!("{LIST}?specialty={first}")).await;
    assert_eq!(listed.iter().map(|row| text(row, "specialty")).collect::<Vec<_>>(), ["Clínica médica", "Cardio"]);
}
