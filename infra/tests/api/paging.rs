//! Can a list be walked forwards and backwards without losing or repeating a row, and by nobody with
//! somebody else's cursor?

use crate::world::{World, id, text};
use serde_json::{Value, json};
use testkit::test_app::{Answer, Client};

const FAMILY: [&str; 5] = ["Aguirre", "Benítez", "Castro", "Díaz", "Escobar"];

async fn family(world: &World) {
    for (number, name) in FAMILY.iter().enumerate() {
        let body = json!({ "first_name": "Paula", "last_name": name, "document_number": format!("90{number}"),
            "phone_number": "+12025550180" });
        world.made("/api/patients/", &body).await;
    }
}

fn names(answer: &Answer) -> Vec<String> {
    answer.results().iter().map(|row| text(row, "last_name")).collect()
}

async fn page(client: &Client<'_>, path: &str) -> Answer {
    client.get(path).await.unwrap().expect_status(200).unwrap()
}

/// Follows `next` to the end and then `previous` back to the beginning.
pub(crate) async fn walk(client: &Client<'_>, path: &str) -> (Vec<Vec<Value>>, Vec<Vec<Value>>) {
    let mut answer = page(client, path).await;
    assert_eq!(answer.body["previous"], Value::Null);
    let mut forwards = vec![answer.results()];
    while let Some(next) = answer.body["next"].as_str() {
        answer = page(client, next).await;
        forwards.push(answer.results());
    }
    let mut backwards = vec![answer.results()];
    while let Some(previous) = answer.body["previous"].as_str() {
        answer = page(client, previous).await;
        backwards.push(answer.results());
    }
    (forwards, backwards)
}

#[tokio::test]
async fn five_rows_two_at_a_time_and_back() {
    let world = World::new().await;
    family(&world).await;
    let operator = world.operator().await;
    let first = page(&operator, "/api/patients/?page_size=2").await;
    assert_eq!(names(&first), ["Aguirre", "Benítez"]);
    let second = page(&operator, &first.text("next")).await;
    assert_eq!(names(&second), ["Castro", "Díaz"]);
    let third = page(&operator, &second.text("next")).await;
    assert_eq!(
        (names(&third), &third.body["next"]),
        (vec!["Escobar".to_owned(), "Fernández".to_owned()], &Value::Null)
    );
    let back = page(&operator, &third.text("previous")).await;
    assert_eq!(names(&back), ["Castro", "Díaz"]);
    let start = page(&operator, &back.text("previous")).await;
    assert_eq!(
        (names(&start), &start.body["previous"]),
        (vec!["Aguirre".to_owned(), "Benítez".to_owned()], &Value::Null)
    );
    assert_eq!(names(&page(&operator, &start.text("next")).await), ["Castro", "Díaz"]);
}

#[tokio::test]
async fn a_search_gives_each_row_once() {
    let world = World::new().await;
    family(&world).await;
    let body = json!({ "first_name": "Ana Susana", "last_name": "Banana", "document_number": "95",
        "phone_number": "+12025550181" });
    world.made("/api/patients/", &body).await;
    let (forwards, _) = walk(&world.operator().await, "/api/patients/?search=ana&page_size=1").await;
    let found: Vec<String> = forwards.iter().flatten().map(id).collect();
    assert_eq!(found.len(), 1, "one patient, however often the word is in the name");
    let (forwards, _) = walk(&world.operator().await, "/api/patients/?search=paula&page_size=2").await;
    assert_eq!(forwards.iter().flatten().count(), 5);
}

#[tokio::test]
async fn a_filtered_list_over_several_clinics_loses_nothing() {
    let world = World::new().await;
    let other = world.add_clinic("Norte").await;
    let room = world.add_room(&other, "Sala").await;
    let doctor = world.add_doctor("Bruno", "Paz").await;
    world.open(&doctor, &room, "2025-12-15", "09:00", "13:00").await;
    let mut kept = Vec::new();
    for (number, start) in ["09:00", "10:00", "11:00", "12:00"].iter().enumerate() {
        let mut booking = world.booking(&format!("2025-12-15T{start}:00-03:00"));
        if number % 2 == 1 {
            booking["doctor"] = json!(doctor);
        }
        let appointment = world.try_book(booking).await.expect_status(201).unwrap().id();
        world.act(&appointment, &json!({ "action": "confirm" })).await.expect_status(200).unwrap();
        kept.push(appointment);
    }
    let dropped = id(&world.book("09:30").await);
    let (forwards, backwards) = walk(&world.operator().await, "/api/appointments/?status=CONFIRMED&page_size=1").await;
    let ids = |pages: &[Vec<Value>]| pages.iter().flatten().map(id).collect::<Vec<_>>();
    assert_eq!(ids(&forwards), kept);
    let mut back = ids(&backwards);
    back.reverse();
    assert_eq!(back, kept);
    assert!(!kept.contains(&dropped));
}

#[tokio::test]
async fn a_cursor_is_good_for_its_list_its_user_and_an_hour() {
    let world = World::new().await;
    family(&world).await;
    let operator = world.operator().await;
    let next = page(&operator, "/api/patients/?search=paula&page_size=2").await.text("next");
    let refused = async |client: &Client<'_>, path: &str| {
        let answer = client.get(path).await.unwrap().expect_status(400).unwrap();
        assert_eq!(answer.code(), "invalid_cursor", "{path}");
    };
    refused(&world.admin().await, &next).await;
    refused(&operator, &next.replace("search=paula", "search=ana")).await;
    refused(&operator, &next.replace("search=paula&", "")).await;
    refused(&operator, &next.replace("/api/patients/", "/api/doctors/")).await;
    let cursor = next.split("cursor=").nth(1).unwrap();
    let flipped = if cursor.starts_with('A') { "B" } else { "A" };
    refused(&operator, &next.replace(cursor, &format!("{flipped}{}", &cursor[1..]))).await;
    refused(&operator, "/api/patients/?cursor=abc").await;
    assert_eq!(page(&operator, &next.replace("page_size=2", "page_size=3")).await.results().len(), 3);

    world.app.set_now("2025-12-01T13:00:00Z").unwrap();
    refused(&world.operator().await, &next).await;
}
