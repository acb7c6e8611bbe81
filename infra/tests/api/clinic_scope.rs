//! Tests of users that are limited to some clinics: they see and change resources of no other clinic.

use crate::clinic_setup::{ClinicSetup, id, text};
use domain::user::Role;
use serde_json::{Value, json};

const LIST: &str = "/api/clinics/clinics/";
const ROOMS: &str = "/api/clinics/rooms/";

/// Two clinics with an appointment each, and an operator of the first clinic. Returns the appointment of the first
/// clinic and the paths of the second clinic's resources.
async fn setup_with_two_clinics() -> (ClinicSetup, Value, Vec<String>) {
    let mut setup = ClinicSetup::new().await;
    let own = setup.clinic.clone();
    let appointment = setup.book("09:00").await;
    setup.clinic = setup.add_clinic("Norte").await;
    let room = setup.add_room(&setup.clinic, "Sala").await;
    let doctor = setup.add_doctor("Bruno", "Paz").await;
    let window = setup.add_window(&doctor, &room, "2025-12-15", "09:00", "13:00").await;
    let mut booking = setup.booking("2025-12-15T11:00:00-03:00");
    booking["doctor"] = json!(doctor);
    let other = setup.try_book(booking).await.expect_status(201).unwrap().id();
    let notification = id(&setup.list(&format!("/api/notifications/?appointment={other}")).await[0]);
    setup.app.add_user("centro@example.com", Role::Operator, &[&own]).await.unwrap();
    let hidden = vec![
        format!("{LIST}{}/", setup.clinic),
        format!("{ROOMS}{room}/"),
        format!("/api/schedules/{window}/"),
        format!("/api/appointments/{other}/"),
        format!("/api/appointments/{other}/actions/"),
        format!("/api/notifications/{notification}/"),
    ];
    (setup, appointment, hidden)
}

#[tokio::test]
async fn resources_of_other_clinics_are_hidden() {
    let (setup, appointment, hidden) = setup_with_two_clinics().await;
    let client = setup.app.sign_in("centro@example.com").await.unwrap();
    for path in &hidden {
        assert_eq!(setup.operator().await.get(path).await.unwrap().status, 200, "{path}");
        assert_eq!(client.get(path).await.unwrap().code(), "not_found", "{path}");
    }
    let act = json!({ "action": "confirm" });
    assert_eq!(client.post(&hidden[4], &act).await.unwrap().code(), "not_found");
    assert_eq!(client.patch(&hidden[3], &json!({ "notes": "x" })).await.unwrap().code(), "not_found");
    let send = hidden[3].replace("/appointments/", "/notifications/whatsapp/send/");
    assert_eq!(client.post(&send, &json!({})).await.unwrap().code(), "not_found");

    let lists = ["/api/appointments/", "/api/notifications/", LIST, ROOMS];
    for path in lists {
        let rows = client.get(path).await.unwrap().expect_status(200).unwrap().results();
        assert_eq!(rows.len(), 1, "{path}");
        assert_eq!(setup.list(path).await.len(), 2, "{path}");
    }
    for filter in [format!("clinic={}", setup.clinic), format!("patient={}", setup.patient)] {
        let rows = client.get(&format!("/api/appointments/?{filter}")).await.unwrap().results();
        assert!(rows.iter().all(|row| row["id"] == appointment["id"]), "{filter}");
    }
    let schedules = format!("/api/schedules/?clinic={}&date=2025-12-15", setup.clinic);
    assert!(client.get(&schedules).await.unwrap().results().is_empty());
    let of_patient = client.get(&format!("/api/patients/{}/appointments/", setup.patient)).await.unwrap();
    assert_eq!(of_patient.results().len(), 1);
}

#[tokio::test]
async fn a_user_cannot_book_at_another_clinic() {
    let (setup, _, _) = setup_with_two_clinics().await;
    let client = setup.app.sign_in("centro@example.com").await.unwrap();
    let doctor = id(&setup.list(&format!("/api/doctors/?clinic={}", setup.clinic)).await[0]);
    let mut booking = setup.booking("2025-12-15T12:00:00-03:00");
    booking["doctor"] = json!(doctor);
    let refused = client.post("/api/appointments/", &booking).await.unwrap();
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (409, "outside_availability"));
    setup.try_book(booking).await.expect_status(201).unwrap();
}

#[tokio::test]
async fn a_limited_admin_cannot_change_other_clinics() {
    let (setup, _, hidden) = setup_with_two_clinics().await;
    let own = id(setup.list(LIST).await.iter().find(|clinic| text(clinic, "name") == "Centro").unwrap());
    setup.app.add_user("jefe@example.com", Role::Admin, &[&own]).await.unwrap();
    let client = setup.app.sign_in("jefe@example.com").await.unwrap();
    for path in hidden.iter().take(3) {
        assert_eq!(client.patch(path, &json!({})).await.unwrap().code(), "not_found", "PATCH {path}");
        assert_eq!(client.delete(path).await.unwrap().code(), "not_found", "DELETE {path}");
    }
    let room = json!({ "clinic": setup.clinic, "name": "Otra" });
    assert_eq!(client.post(ROOMS, &room).await.unwrap().status, 400);
}

/// Otherwise an ADMIN of one clinic could get access to all by creating a user or by setting another user's password.
#[tokio::test]
async fn a_limited_admin_cannot_create_or_change_users_with_more_clinics() {
    let (setup, _, _) = setup_with_two_clinics().await;
    let own = id(setup.list(LIST).await.iter().find(|clinic| text(clinic, "name") == "Centro").unwrap());
    setup.app.add_user("jefe@example.com", Role::Admin, &[&own]).await.unwrap();
    setup.app.add_user("norte@example.com", Role::Operator, &[&setup.clinic]).await.unwrap();
    let admin = setup.app.sign_in("jefe@example.com").await.unwrap();
    let seen = admin.get("/api/auth/users/").await.unwrap().results();
    let seen: Vec<String> = seen.iter().map(|user| text(user, "email")).collect();
    assert_eq!(seen, ["centro@example.com", "jefe@example.com"]);
    for user in setup.list("/api/auth/users/").await {
        let path = format!("/api/auth/users/{}/", id(&user));
        let change = admin.patch(&path, &json!({ "first_name": "Eva" })).await.unwrap();
        let hidden = !seen.contains(&text(&user, "email"));
        assert_eq!(change.status.as_u16(), if hidden { 404 } else { 200 }, "{user}");
    }
    let me = id(&admin.get("/api/auth/me/").await.unwrap().body);
    for clinics in [json!([]), json!([own, setup.clinic])] {
        let body = json!({ "email": "x@example.com", "role": "ADMIN", "password": "otra clave bastante larga", "clinics": clinics });
        let made = admin.post("/api/auth/users/", &body).await.unwrap();
        let widened = admin.patch(&format!("/api/auth/users/{me}/"), &json!({ "clinics": clinics })).await.unwrap();
        for refused in [made, widened] {
            assert!(refused.status == 400 && refused.body["errors"]["clinics"].is_array(), "{clinics}: {refused:?}");
        }
    }
}
