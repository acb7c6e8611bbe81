//! Tests of paging: a list can be followed forwards and backwards without losing or repeating a row, and a cursor is
//! valid only for its user.

use crate::clinic_setup::{ClinicSetup, id, text};
use serde_json::{Value, json};
use testkit::test_app::{TestClient, TestResponse};

const LAST_NAMES: [&str; 5] = ["Aguirre", "Benítez", "Castro", "Díaz", "Escobar"];

async fn add_patients(setup: &ClinicSetup) {
    for (number, name) in LAST_NAMES.iter().enumerate() {
        let body = json!({ "first_name": "Paula", "last_name": name, "document_number": format!("90{number}"),
            "phone_number": "+12025550180" });
        setup.create("/api/patients/", &body).await;
    }
}

fn last_names(answer: &TestResponse) -> Vec<String> {
    answer.results().iter().map(|row| text(row, "last_name")).collect()
}

async fn get_page(client: &TestClient<'_>, path: &str) -> TestResponse {
    client.get(path).await.unwrap().expect_status(200).unwrap()
}

/// Follows `next` to the end and then `previous` back to the beginning.
pub(crate) async fn walk_pages(client: &TestClient<'_>, path: &str) -> (Vec<Vec<Value>>, Vec<Vec<Value>>) {
    let mut answer = get_page(client, path).await;
    assert_eq!(answer.body["previous"], Value::Null);
    let mut forwards = vec![answer.results()];
    while let Some(next) = answer.body["next"].as_str() {
        answer = get_page(client, next).await;
        forwards.push(answer.results());
    }
    let mut backwards = vec![answer.results()];
    while let Some(previous) = answer.body["previous"].as_str() {
        answer = get_page(client, previous).await;
        backwards.push(answer.results());
    }
    (forwards, backwards)
}

#[tokio::test]
async fn a_list_is_paged_forwards_and_backwards() {
    let setup = ClinicSetup::new().await;
    add_patients(&setup).await;
    let operator = setup.operator().await;
    let first = get_page(&operator, "/api/patients/?page_size=2").await;
    assert_eq!(last_names(&first), ["Aguirre", "Benítez"]);
    let second = get_page(&operator, &first.text("next")).await;
    assert_eq!(last_names(&second), ["Castro", "Díaz"]);
    let third = get_page(&operator, &second.text("next")).await;
    assert_eq!(
        (last_names(&third), &third.body["next"]),
        (vec!["Escobar".to_owned(), "Fernández".to_owned()], &Value::Null)
    );
    let back = get_page(&operator, &third.text("previous")).await;
    assert_eq!(last_names(&back), ["Castro", "Díaz"]);
    let start = get_page(&operator, &back.text("previous")).await;
    assert_eq!(
        (last_names(&start), &start.body["previous"]),
        (vec!["Aguirre".to_owned(), "Benítez".to_owned()], &Value::Null)
    );
    assert_eq!(last_names(&get_page(&operator, &start.text("next")).await), ["Castro", "Díaz"]);
}

#[tokio::test]
async fn a_search_returns_each_row_once() {
    let setup = ClinicSetup::new().await;
    add_patients(&setup).await;
    let body = json!({ "first_name": "Ana Susana", "last_name": "Banana", "document_number": "95",
        "phone_number": "+12025550181" });
    setup.create("/api/patients/", &body).await;
    let (forwards, _) = walk_pages(&setup.operator().await, "/api/patients/?search=ana&page_size=1").await;
    let found: Vec<String> = forwards.iter().flatten().map(id).collect();
    assert_eq!(found.len(), 1, "one patient, however often the word is in the name");
    let (forwards, _) = walk_pages(&setup.operator().await, "/api/patients/?search=paula&page_size=2").await;
    assert_eq!(forwards.iter().flatten().count(), 5);
}

#[tokio::test]
async fn a_filtered_list_over_several_clinics_loses_nothing() {
    let setup = ClinicSetup::new().await;
    let other = setup.add_clinic("Norte").await;
    let room = setup.add_room(&other, "Sala").await;
    let doctor = setup.add_doctor("Bruno", "Paz").await;
    setup.add_window(&doctor, &room, "2025-12-15", "09:00", "13:00").await;
    let mut kept = Vec::new();
    for (number, start) in ["09:00", "10:00", "11:00", "12:00"].iter().enumerate() {
        let mut booking = setup.booking(&format!("2025-12-15T{start}:00-03:00"));
        if number % 2 == 1 {
            booking["doctor"] = json!(doctor);
        }
        let appointment = setup.try_book(booking).await.expect_status(201).unwrap().id();
        setup.act(&appointment, &json!({ "action": "confirm" })).await.expect_status(200).unwrap();
        kept.push(appointment);
    }
    let dropped = id(&setup.book("09:30").await);
    let (forwards, backwards) =
        walk_pages(&setup.operator().await, "/api/appointments/?status=CONFIRMED&page_size=1").await;
    let ids = |pages: &[Vec<Value>]| pages.iter().flatten().map(id).collect::<Vec<_>>();
    assert_eq!(ids(&forwards), kept);
    let mut back = ids(&backwards);
    back.reverse();
    assert_eq!(back, kept);
    assert!(!kept.contains(&dropped));
}

#[tokio::test]
async fn a_cursor_is_valid_for_its_list_its_user_and_an_hour() {
    let setup = ClinicSetup::new().await;
    add_patients(&setup).await;
    let operator = setup.operator().await;
    let next = get_page(&operator, "/api/patients/?search=paula&page_size=2").await.text("next");
    let refused = async |client: &TestClient<'_>, path: &str| {
        let answer = client.get(path).await.unwrap().expect_status(400).unwrap();
        assert_eq!(answer.code(), "invalid_cursor", "{path}");
    };
    refused(&setup.admin().await, &next).await;
    refused(&operator, &next.replace("search=paula", "search=ana")).await;
    refused(&operator, &next.replace("search=paula&", "")).await;
    refused(&operator, &next.replace("/api/patients/", "/api/doctors/")).await;
    let cursor = next.split("cursor=").nth(1).unwrap();
    let flipped = if cursor.starts_with('A') { "B" } else { "A" };
    refused(&operator, &next.replace(cursor, &format!("{flipped}{}", &cursor[1..]))).await;
    refused(&operator, "/api/patients/?cursor=abc").await;
    assert_eq!(get_page(&operator, &next.replace("page_size=2", "page_size=3")).await.results().len(), 3);

    setup.app.set_now("2025-12-01T13:00:00Z").unwrap();
    refused(&setup.operator().await, &next).await;
}
