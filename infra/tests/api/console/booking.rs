//! Booking, moving and cancelling through the pages, without a script.

use super::{Visitor, hidden, html};
use crate::clinic_setup::{ClinicSetup, DAY};
use serde_json::Value;
use testkit::test_app::TestResponse;

const TEN: &str = "2025-12-15T10:00:00-03:00";
const HALF_PAST: &str = "2025-12-15T10:30:00-03:00";

/// The form for the slot at 10:00, filled in with this patient.
fn form<'a>(setup: &'a ClinicSetup, key: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut form = vec![
        ("clinic", setup.clinic.as_str()),
        ("doctor", &setup.doctor),
        ("room", &setup.room),
        ("start", TEN),
        ("end", HALF_PAST),
        ("key", key),
    ];
    form.extend_from_slice(more);
    form
}

async fn operator(setup: &ClinicSetup) -> Visitor<'_> {
    Visitor::signed_in(&setup.app, "operator@example.com").await
}

/// The appointment that an answer leads to.
async fn booked(setup: &ClinicSetup, answer: &TestResponse) -> Value {
    assert_eq!(answer.status, 303, "{answer:?}");
    let location = answer.header("location");
    setup.appointment(location.strip_prefix("/appointments/").unwrap()).await
}

async fn all_of_the_day(setup: &ClinicSetup) -> usize {
    let path = format!("/api/appointments/?doctor={}&date={DAY}", setup.doctor);
    setup.operator().await.get(&path).await.unwrap().results().len()
}

#[tokio::test]
async fn a_patient_is_found_and_booked_into_a_slot() {
    let setup = ClinicSetup::new().await;
    let visitor = operator(&setup).await;
    let found = visitor.post("/booking", &form(&setup, "k1", &[("search", "fernan")])).await;
    assert!(html(&found).contains(&setup.patient) && html(&found).contains("Lucía"), "{found:?}");
    let more = [("patient", setup.patient.as_str()), ("reason", "Control")];
    let answer = visitor.post("/booking", &form(&setup, &hidden(html(&found), "key"), &more)).await;
    let appointment = booked(&setup, &answer).await;
    assert_eq!((appointment["start_datetime"].as_str(), appointment["reason"].as_str()), (Some(TEN), Some("Control")));
}

/// A double click, or a repetition after a lost answer, is one appointment; another time is another one.
#[tokio::test]
async fn the_same_form_twice_is_one_appointment() {
    let setup = ClinicSetup::new().await;
    let visitor = operator(&setup).await;
    let form = form(&setup, "the-key", &[("patient", &setup.patient)]);
    let first = booked(&setup, &visitor.post("/booking", &form).await).await;
    let again = booked(&setup, &visitor.post("/booking", &form).await).await;
    assert_eq!((first["id"].as_str(), all_of_the_day(&setup).await), (again["id"].as_str(), 1));
}

#[tokio::test]
async fn a_taken_time_says_whose_it_is_and_offers_others() {
    let setup = ClinicSetup::new().await;
    setup.book("10:00").await;
    let other = setup.add_patient("Marta", "40123456", "+12025550148").await;
    let visitor = operator(&setup).await;
    let refused = visitor.post("/booking", &form(&setup, "k", &[("patient", &other)])).await;
    let page = html(&refused);
    assert_eq!(refused.status, 409, "{refused:?}");
    assert!(page.contains("Lucía") && page.contains("Marta") && page.contains("name=\"overbook\""), "{page}");
    let choice = page.split("name=\"choice\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    assert!(choice.contains(&setup.doctor) && !choice.contains(TEN), "{choice}");
    let answer = visitor.post("/booking", &form(&setup, "k", &[("patient", &other), ("choice", choice)])).await;
    let appointment = booked(&setup, &answer).await;
    assert_eq!(appointment["start_datetime"].as_str(), choice.split('|').nth(2));
    // A sobreturno needs a reason; the form says so.
    let clinic = format!("/api/clinics/clinics/{}/", setup.clinic);
    let limit = serde_json::json!({ "overbook_per_day": 4 });
    setup.admin().await.patch(&clinic, &limit).await.unwrap().expect_status(200).unwrap();
    let third = setup.add_patient("Rosa", "41123456", "+12025550149").await;
    let refused = visitor.post("/booking", &form(&setup, "k2", &[("patient", &third), ("overbook", "1")])).await;
    assert_eq!(refused.status, 400, "{refused:?}");
    let more = [("patient", third.as_str()), ("overbook", "1"), ("reason", "Viene de lejos")];
    let appointment = booked(&setup, &visitor.post("/booking", &form(&setup, "k2", &more)).await).await;
    assert_eq!((appointment["overbook"].as_bool(), appointment["start_datetime"].as_str()), (Some(true), Some(TEN)));
}

#[tokio::test]
async fn a_new_patient_is_registered_with_the_booking() {
    let setup = ClinicSetup::new().await;
    let visitor = operator(&setup).await;
    let person = [
        ("first_name", "Elena"),
        ("last_name", "Ríos"),
        ("document_number", "50111222"),
        ("phone_number", "+12025550170"),
    ];
    let appointment = booked(&setup, &visitor.post("/booking", &form(&setup, "k", &person)).await).await;
    assert_eq!(appointment["patient_name"], "Elena Ríos");
    // What is missing is named, and what was typed stays.
    let refused =
        visitor.post("/booking", &form(&setup, "k2", &[("first_name", "Elena"), ("document_number", "5")])).await;
    assert!(refused.status == 400 && html(&refused).contains("value=\"Elena\""), "{refused:?}");
    // The document is registered already: that patient is offered.
    let known = [
        ("first_name", "Lucía"),
        ("last_name", "F"),
        ("document_number", "30123456"),
        ("phone_number", "+12025550171"),
    ];
    let refused = visitor.post("/booking", &form(&setup, "k3", &known)).await;
    assert!(
        refused.status == 409 && html(&refused).contains(&format!("value=\"{}\" checked", setup.patient)),
        "{refused:?}"
    );
    let refused = visitor.post("/booking", &form(&setup, "k4", &[])).await;
    assert_eq!(refused.status, 400, "nobody was chosen");
}

#[tokio::test]
async fn an_appointment_is_confirmed_moved_and_cancelled() {
    let setup = ClinicSetup::new().await;
    let id = setup.book("10:00").await["id"].as_str().unwrap().to_owned();
    let visitor = operator(&setup).await;
    let (page_path, path) = (format!("/appointments/{id}"), format!("/appointments/{id}/actions"));
    let page = visitor.get(&page_path).await;
    let version = hidden(html(&page), "version");
    assert!(
        html(&page).contains("value=\"confirm\"") && !html(&page).contains("value=\"no_show\""),
        "it is weeks ahead"
    );
    let answer = visitor.post(&path, &[("action", "confirm"), ("version", &version), ("key", "a")]).await;
    assert_eq!(booked(&setup, &answer).await["status"], "CONFIRMED");
    // Somebody else changed it: the page says so and shows it as it is.
    let answer = visitor.post(&path, &[("action", "unconfirm"), ("version", &version), ("key", "b")]).await;
    assert!(answer.status == 412 && html(&answer).contains("Otra persona"), "{answer:?}");
    let times = visitor.get(&format!("/appointments/{id}/move?date_from={DAY}")).await;
    let choice = html(&times).split("name=\"choice\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert!(choice.ends_with('|'), "without an end it keeps its length: {choice}");
    let version = hidden(html(&times), "version");
    let form = [("action", "reschedule"), ("choice", choice.as_str()), ("version", &version), ("key", "c")];
    let moved = booked(&setup, &visitor.post(&path, &form).await).await;
    assert_eq!(
        (moved["rescheduled_from"].as_str(), moved["start_datetime"].as_str()),
        (Some(id.as_str()), choice.split('|').nth(2))
    );
    let path = format!("/appointments/{}/actions", moved["id"].as_str().unwrap());
    let answer = visitor.post(&path, &[("action", "cancel"), ("reason", ""), ("key", "d")]).await;
    assert_eq!(answer.status, 400, "a reason is missing");
    let answer =
        visitor.post(&path, &[("action", "cancel"), ("reason", "Viaja"), ("told", "by_phone"), ("key", "e")]).await;
    assert_eq!(booked(&setup, &answer).await["cancel_reason"], "Viaja");
}

/// Whoever is expected today comes first, with the time.
#[tokio::test]
async fn a_search_shows_the_patients_of_today_first() {
    let setup = ClinicSetup::new().await;
    for (number, name) in ["Ana", "Berta", "Zoe"].into_iter().enumerate() {
        setup.add_patient(name, &format!("4000000{number}"), &format!("+1202555016{number}")).await;
    }
    setup.book("10:00").await;
    setup.app.set_now("2025-12-15T11:00:00Z").unwrap();
    let visitor = operator(&setup).await;
    visitor.get(&format!("/agenda?clinic={}", setup.clinic)).await;
    let found = visitor.as_script().post("/patients", &[("search", "fernández")]).await;
    let names: Vec<&str> = html(&found).split("<strong>").skip(1).map(|rest| rest.split('<').next().unwrap()).collect();
    assert_eq!((names.len(), names[0]), (4, "Lucía Fernández"), "{found:?}");
    assert_eq!(html(&found).matches("Hoy 10:00").count(), 1, "{found:?}");
    assert!(!html(&found).contains("Próxima cita"), "it isn't said twice: {found:?}");
    setup.app.set_now("2025-12-14T11:00:00Z").unwrap();
    let found = operator(&setup).await.as_script().post("/patients", &[("search", "fernández")]).await;
    assert_eq!(html(&found).matches("Próxima cita: ").count(), 1, "{found:?}");
    assert!(html(&found).contains("10:00 · Alicia Mora"), "{found:?}");
}

/// A patient leaves and wants to come again: the times lead to the form with that patient.
#[tokio::test]
async fn another_appointment_begins_at_an_appointment() {
    let setup = ClinicSetup::new().await;
    let id = setup.book("10:00").await["id"].as_str().unwrap().to_owned();
    let visitor = operator(&setup).await;
    let times = visitor.get(&format!("/appointments/{id}/again?date_from={DAY}")).await;
    let link = html(&times).split("href=\"/booking").nth(1).unwrap().split('"').next().unwrap().replace("&amp;", "&");
    let page = visitor.get(&format!("/booking{link}")).await;
    let chosen = format!("value=\"{}\" checked", setup.patient);
    assert!(page.status == 200 && html(&page).contains(&chosen), "{page:?}");
    let start = hidden(html(&page), "start");
    let form = form(&setup, "k", &[("patient", &setup.patient)]);
    let form: Vec<_> = form
        .into_iter()
        .filter(|(name, _)| !["start", "end"].contains(name))
        .chain([("start", start.as_str())])
        .collect();
    assert_eq!(booked(&setup, &visitor.post("/booking", &form).await).await["start_datetime"], start.as_str());
}

#[tokio::test]
async fn the_worklist_is_taken_and_settled() {
    let setup = ClinicSetup::new().await;
    let id = setup.book("10:00").await["id"].as_str().unwrap().to_owned();
    let body = serde_json::json!({ "action": "request_reschedule" });
    setup
        .operator()
        .await
        .post(&format!("/api/appointments/{id}/actions/"), &body)
        .await
        .unwrap()
        .expect_status(200)
        .unwrap();
    let visitor = operator(&setup).await;
    let page = visitor.get("/worklist").await;
    assert!(html(&page).contains("Lucía") && html(&page).contains("Pide otro horario"), "{page:?}");
    let (entry, user, version) =
        (hidden(html(&page), "entry"), hidden(html(&page), "user"), hidden(html(&page), "version"));
    let answer = visitor.post("/worklist/take", &[("entry", &entry), ("user", &user), ("version", &version)]).await;
    assert_eq!(answer.status, 303, "{answer:?}");
    let other = Visitor::signed_in(&setup.app, "admin@example.com").await;
    assert!(html(&other.get("/worklist").await).contains("Lo atiende"));
    let answer = visitor.post("/worklist/done", &[("appointment", &id)]).await;
    assert_eq!(answer.status, 303, "{answer:?}");
    assert!(!html(&visitor.get("/worklist").await).contains("Lucía"));
}

/// The clinic's setting decides, unless the user does; the form says which it is.
#[tokio::test]
async fn a_booking_tells_the_patient_as_the_form_says() {
    let setup = ClinicSetup::new().await;
    let visitor = operator(&setup).await;
    let clinic = format!("/api/clinics/clinics/{}/", setup.clinic);
    let slot = format!("/booking?clinic={}&doctor={}&room={}", setup.clinic, setup.doctor, setup.room);
    let path = format!("{slot}&start={}&end=&patient={}", TEN.replace('+', "%2B"), setup.patient);
    for (tells, start, told, expected) in [
        (false, "09:00", "", 0),
        (false, "09:30", "now", 1),
        (true, "10:00", "", 1),
        (true, "10:30", "by_phone", 0),
        (true, "11:00", "here", 0),
    ] {
        let setting = serde_json::json!({ "notify_on_create": tells });
        setup.admin().await.patch(&clinic, &setting).await.unwrap().expect_status(200).unwrap();
        let page = visitor.get(&path).await;
        let page = html(&page);
        assert!(page.contains("<span data-told>+12025550141</span>"), "{page}");
        assert_eq!((page.contains("value=\"by_phone\""), page.contains("value=\"now\"")), (tells, !tells), "{page}");
        let agenda = visitor.get(&format!("/agenda?clinic={}&date={DAY}", setup.clinic)).await;
        assert_eq!(html(&agenda).contains("value=\"by_phone\""), tells, "the form in the agenda");
        let start = crate::clinic_setup::on_the_day(start);
        let key = format!("key {start}");
        let form = [
            ("clinic", setup.clinic.as_str()),
            ("doctor", &setup.doctor),
            ("room", &setup.room),
            ("start", &start),
            ("patient", &setup.patient),
            ("told", told),
            ("key", &key),
        ];
        let appointment = booked(&setup, &visitor.post("/booking", &form).await).await;
        let notices = setup
            .list(&format!("/api/notifications/?appointment={}&kind=notice", appointment["id"].as_str().unwrap()))
            .await;
        assert_eq!(notices.len(), expected, "{tells} {told}: {notices:?}");
    }
    // What was chosen stays when the form is shown again.
    let refused = visitor.post("/booking", &form(&setup, "k", &[("told", "here"), ("notice", "1")])).await;
    assert!(html(&refused).contains("name=\"told\" value=\"here\" checked"), "{refused:?}");
}
