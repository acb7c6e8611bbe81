//! Tests of the list of appointments as a spreadsheet, and with the patients' phones.

use crate::clinic_setup::{ClinicSetup, DAY, PHONE, id, on_the_day};
use domain::appointment::Appointment;
use domain::ids::{AppointmentId, Id as _};
use domain::time::TimeDelta;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use store::Key;
use testkit::test_app::{TestClient, TestResponse};

async fn get(client: &TestClient<'_>, query: &str) -> TestResponse {
    client.get(&format!("/api/appointments/?{query}")).await.unwrap()
}

/// The rows of a spreadsheet, by column.
fn rows(answer: &TestResponse) -> Vec<BTreeMap<String, String>> {
    let text = answer.body.as_str().unwrap();
    let text = text.strip_prefix('\u{feff}').expect("a byte order mark");
    assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
    let mut reader = csv::ReaderBuilder::new().delimiter(b';').from_reader(text.as_bytes());
    reader.deserialize().map(|row| row.unwrap()).collect()
}

/// A clinic in Buenos Aires with two appointments, whose texts and names look like formulas.
async fn setup_with_two() -> (ClinicSetup, String) {
    let setup = ClinicSetup::new().await;
    setup.book("10:30").await;
    let mut booking = setup.booking(&on_the_day("09:00"));
    booking["reason"] = json!("=HYPERLINK(\"https://x.example\")");
    booking["notes"] = json!("@cita; \"urgente\"");
    let first = id(&setup.try_book(booking).await.expect_status(201).unwrap().body);
    (setup, first)
}

#[tokio::test]
async fn a_day_is_a_spreadsheet_in_local_time() {
    let (setup, first) = setup_with_two().await;
    let operator = setup.operator().await;
    let answer = get(&operator, &format!("date={DAY}&format=csv")).await.expect_status(200).unwrap();
    assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(answer.header("content-disposition"), format!("attachment; filename=\"citas-{DAY}.csv\""));
    let found = rows(&answer);
    let starts: Vec<&str> = found.iter().map(|row| row["start_datetime"].as_str()).collect();
    assert_eq!(starts, [format!("{DAY} 09:00:00"), format!("{DAY} 10:30:00")]);
    assert_eq!((found[0]["id"].as_str(), found[0]["status_display"].as_str()), (first.as_str(), "Pendiente"));
    assert_eq!(found[0]["reason"], "'=HYPERLINK(\"https://x.example\")");
    assert_eq!(found[0]["notes"], "'@cita; \"urgente\"");
    assert_eq!((found[0]["overbook"].as_str(), found[0]["hold_until"].as_str()), ("false", ""));
    assert!(!found[0].contains_key("patient_detail.phone_number"));
    // Each value is that of the JSON.
    let listed = get(&operator, &format!("date={DAY}")).await.results();
    for (row, json) in found.iter().zip(&listed) {
        for name in ["id", "patient_name", "doctor_name", "clinic", "room_name", "status"] {
            assert_eq!(json!(row[name]), json[name], "{name}");
        }
        assert_eq!(json!(row["reminder.status"]), json["reminder"]["status"]);
    }
    // Times are those of the clinic, on a day in winter time too.
    let mexico =
        setup.create("/api/clinics/clinics/", &json!({ "name": "Norte", "timezone": "America/Tijuana" })).await;
    let room = setup.add_room(&id(&mexico), "Sala").await;
    setup.add_window(&setup.doctor, &room, "2025-12-16", "09:00", "13:00").await;
    let booking = json!({ "patient": setup.patient, "doctor": setup.doctor, "room": room, "start_datetime": "2025-12-16T17:00:00Z" });
    setup.try_book(booking).await.expect_status(201).unwrap();
    let answer = get(&operator, "date_from=2025-12-16&date_to=2025-12-18&format=csv").await;
    assert_eq!(rows(&answer)[0]["start_datetime"], "2025-12-16 09:00:00");
    assert!(answer.header("content-disposition").contains("citas-2025-12-16-2025-12-18.csv"));
}

#[tokio::test]
async fn patients_are_shown_on_request() {
    let (setup, _) = setup_with_two().await;
    let operator = setup.operator().await;
    let answer = get(&operator, &format!("date={DAY}&expand=patient&format=csv")).await.expect_status(200).unwrap();
    let found = rows(&answer);
    // As a text, which a spreadsheet doesn't make a number of.
    assert_eq!(found[0]["patient_detail.phone_number"], format!("'{PHONE}"));
    assert_eq!(found[1]["patient_detail.document_number"], "30123456");
    let listed = get(&operator, &format!("date={DAY}&expand=patient&page_size=1")).await.expect_status(200).unwrap();
    let expected =
        json!({ "phone_number": PHONE, "document_type": "CC", "document_number": "30123456", "birth_date": null });
    assert_eq!(listed.results()[0]["patient_detail"], expected);
    let next = operator.get(listed.body["next"].as_str().unwrap()).await.unwrap().expect_status(200).unwrap();
    assert_eq!(next.results()[0]["patient_detail"], expected);
    let plain = get(&operator, &format!("date={DAY}")).await.results();
    assert_eq!(plain[0].get("patient_detail"), None);
}

#[tokio::test]
async fn a_spreadsheet_has_the_same_filters_and_clinics_as_the_list() {
    let (setup, _) = setup_with_two().await;
    let norte = setup.add_clinic("Norte").await;
    setup.app.add_user("norte@example.com", domain::user::Role::Operator, &[&norte]).await.unwrap();
    let elsewhere = setup.app.sign_in("norte@example.com").await.unwrap();
    let operator = setup.operator().await;
    for (client, query, count) in [
        (&operator, format!("doctor={}", setup.doctor), 2),
        (&operator, format!("date={DAY}&status=CONFIRMED"), 0),
        (&operator, "date=2025-12-16".to_owned(), 0),
        (&operator, String::new(), 2),
        (&elsewhere, format!("date={DAY}"), 0),
    ] {
        let sheet = get(client, &format!("{query}&format=csv")).await.expect_status(200).unwrap();
        assert_eq!(rows(&sheet).len(), count, "{query}");
        assert_eq!(get(client, &format!("{query}&format=json")).await.results().len(), count, "{query}");
    }
    assert_eq!(setup.app.anonymous().get("/api/appointments/?format=csv").await.unwrap().status, 401);
}

#[tokio::test]
async fn a_spreadsheet_has_no_pages_and_is_audited() {
    let (setup, _) = setup_with_two().await;
    let operator = setup.operator().await;
    let first = get(&operator, "page_size=1").await.expect_status(200).unwrap();
    let next = first.body["next"].as_str().unwrap();
    let cursor = next.split("cursor=").nth(1).unwrap();
    for (query, field) in [
        ("format=csv&page_size=1".to_owned(), "page_size"),
        ("format=xlsx".to_owned(), "format"),
        ("expand=doctor".to_owned(), "expand"),
    ] {
        let refused = get(&operator, &query).await.expect_status(400).unwrap();
        assert!(refused.body["errors"].get(field).is_some(), "{}", refused.body);
    }
    // A cursor is bound to the filters, of which the format is one.
    get(&operator, &format!("format=csv&cursor={cursor}")).await.expect_status(400).unwrap();
    let exports = async || {
        let trail = setup.list("/api/audit/?model=appointment&object_id=all").await;
        trail.into_iter().filter(|row: &Value| row["action"] == "EXPORT").collect::<Vec<_>>()
    };
    assert_eq!(exports().await.len(), 0);
    get(&operator, "expand=patient").await.expect_status(200).unwrap();
    assert_eq!(exports().await.len(), 0, "a list isn't an export");
    get(&operator, "format=csv").await.expect_status(200).unwrap();
    let trail = exports().await;
    let me = operator.get("/api/auth/me/").await.unwrap().body;
    assert_eq!((trail.len(), &trail[0]["user"]), (1, &me["id"]));
}

/// The rows are written into the table, since two thousand bookings would take minutes.
#[tokio::test]
async fn a_spreadsheet_has_at_most_2000_appointments() {
    let setup = ClinicSetup::new().await;
    let booked = AppointmentId::parse(&id(&setup.book("09:00").await)).unwrap();
    let table = setup.app.system.database.table();
    let first = table.get::<Appointment>(&Key::appointment(booked)).await.unwrap().unwrap();
    let add = async |number: i64| {
        let later = TimeDelta::minutes(number);
        let copy = Appointment {
            id: setup.app.system.app.new_id(),
            start: first.start.plus(later),
            end: first.end.plus(later),
            ..first.clone()
        };
        table.put(&copy).await.unwrap();
    };
    for number in 1..2_000 {
        add(number).await;
    }
    let operator = setup.operator().await;
    let query = format!("clinic={}&format=csv&expand=patient", setup.clinic);
    let sheet = get(&operator, &query).await.expect_status(200).unwrap();
    assert_eq!(sheet.body.as_str().unwrap().matches("\r\n").count(), 2_001);
    add(2_000).await;
    let refused = get(&operator, &query).await.expect_status(400).unwrap();
    assert_eq!(refused.body["errors"]["date_to"].as_array().map(Vec::len), Some(1), "{}", refused.body);
    let part = get(&operator, &format!("{query}&date={DAY}")).await.expect_status(200).unwrap();
    assert!(rows(&part).len() > 500);
}
