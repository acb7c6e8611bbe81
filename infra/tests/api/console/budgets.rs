//! The sizes of pages, as they are sent: with gzip, as API Gateway compresses them.

use super::{Visitor, html};
use crate::clinic_setup::{ClinicSetup, DAY, id};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;
use std::io::Write as _;
use testkit::test_app::{TestClient, TestError, TestResponse};

const KB: usize = 1000;
const NAMES: [&str; 10] = ["Ana", "Bruno", "Carla", "Dardo", "Elsa", "Fermín", "Gloria", "Hugo", "Inés", "Joaquín"];
const FAMILIES: [&str; 12] = [
    "Acosta",
    "Benítez",
    "Cáceres",
    "Domínguez",
    "Escobar",
    "Figueroa",
    "Giménez",
    "Herrera",
    "Ibáñez",
    "Juárez",
    "Krüger",
    "Ledesma",
];

fn gzip(text: &str) -> usize {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap().len()
}

/// Checks that an answer isn't larger than a budget, and not so much smaller that the budget says nothing.
#[track_caller]
fn check(what: &str, answer: &TestResponse, budget: usize) {
    assert_eq!(answer.status, 200, "{what}: {answer:?}");
    let size = gzip(html(answer));
    assert!(size <= budget, "{what} has {size} of {budget} bytes");
    assert!(size > budget / 5, "{what} has {size} bytes only: is it the whole?");
}

async fn created(client: &TestClient<'_>, path: &str, body: &serde_json::Value) -> String {
    id(&client.post(path, body).await.unwrap().expect_status(201).unwrap().body)
}

/// A day on which this many doctors have as many appointments each, in half hours from 08:00 on, with as many patients.
async fn full_day(doctors: usize, each: usize) -> (ClinicSetup, String) {
    let setup = ClinicSetup::new().await;
    let (admin, clinic) = (setup.admin().await, setup.add_clinic("Sur").await);
    let mut appointment = String::new();
    for doctor in 0..doctors {
        let name = json!({ "first_name": NAMES[doctor % 10], "last_name": FAMILIES[doctor % 12] });
        let doctor_id = created(&admin, "/api/doctors/", &name).await;
        let room = json!({ "clinic": clinic, "name": format!("Consultorio {}", doctor + 1) });
        let room = created(&admin, "/api/clinics/rooms/", &room).await;
        let window =
            json!({ "doctor": doctor_id, "room": room, "date": DAY, "start_time": "08:00", "end_time": "18:00" });
        created(&admin, "/api/schedules/", &window).await;
        for slot in 0..each {
            let number = doctor * each + slot;
            let patient = json!({
                "first_name": NAMES[number * 7 % 10], "last_name": FAMILIES[number * 5 % 12],
                "document_number": format!("{}", 20_000_000 + number * 7919),
                "phone_number": format!("+54911{}", 20_000_000 + number * 6151),
            });
            let patient = created(&admin, "/api/patients/", &patient).await;
            let start = format!("{DAY}T{:02}:{:02}:00-03:00", 8 + slot / 2, slot % 2 * 30);
            let booking =
                json!({ "patient": patient, "doctor": doctor_id, "start_datetime": start, "reason": "Control" });
            appointment = created(&admin, "/api/appointments/", &booking).await;
        }
    }
    (ClinicSetup { clinic, ..setup }, appointment)
}

#[tokio::test]
async fn the_first_page_has_25_kb_and_three_requests() -> Result<(), TestError> {
    let app = testkit::test_app::TestApp::start().await?;
    let visitor = Visitor::new(&app);
    let page = visitor.get("/sign-in").await;
    let mut sizes = vec![gzip(html(&page))];
    // What a browser loads with it. The icon is in the page.
    for tag in html(&page).split('<').filter(|tag| tag.starts_with("script") || tag.starts_with("link")) {
        let link = tag.split_once("src=\"").or(tag.split_once("href=\"")).unwrap().1.split('"').next().unwrap();
        if !link.starts_with("data:") {
            sizes.push(gzip(html(&visitor.get(link).await)));
        }
    }
    assert!(sizes.len() <= 4 && sizes.iter().all(|size| *size > 400), "{sizes:?}");
    assert!(sizes.iter().sum::<usize>() <= 25 * KB, "{sizes:?}");
    Ok(())
}

#[tokio::test]
async fn a_day_of_60_appointments_the_drawer_and_the_search_are_small() {
    let (setup, appointment) = full_day(6, 10).await;
    let visitor = Visitor::signed_in(&setup.app, "operator@example.com").await;
    let page = visitor.get(&format!("/agenda?clinic={}&date={DAY}", setup.clinic)).await;
    assert_eq!(html(&page).matches(" data-entry").count(), 60);
    check("a day of 60", &page, 8 * KB);
    let script = visitor.as_script();
    check("the drawer", &script.get(&format!("/appointments/{appointment}")).await, 2 * KB);
    let found = script.post("/patients", &[("search", "ana")]).await;
    assert!(html(&found).matches("<li>").count() > 4, "{found:?}");
    check("the search", &found, 2 * KB);
}

#[tokio::test]
async fn a_day_of_300_appointments_is_one_page_of_25_kb() {
    let (setup, _) = full_day(20, 15).await;
    let visitor = Visitor::signed_in(&setup.app, "operator@example.com").await;
    let page = visitor.get(&format!("/agenda?clinic={}&date={DAY}", setup.clinic)).await;
    assert_eq!(html(&page).matches(" data-entry").count(), 300);
    check("a day of 300", &page, 25 * KB);
}
