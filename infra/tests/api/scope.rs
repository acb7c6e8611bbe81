//! Does a user who has clinics see and change those, and no others?

use crate::world::{World, id, text};
use domain::user::Role;
use serde_json::{Value, json};

const LIST: &str = "/api/clinics/clinics/";
const ROOMS: &str = "/api/clinics/rooms/";

/// Two clinics with an appointment each, and an operator of the first.
async fn two_clinics() -> (World, Value, Vec<String>) {
    let mut world = World::new().await;
    let own = world.clinic.clone();
    let appointment = world.book("09:00").await;
    world.clinic = world.add_clinic("Norte").await;
    let room = world.add_room(&world.clinic, "Sala").await;
    let doctor = world.add_doctor("Bruno", "Paz").await;
    let window = world.open(&doctor, &room, "2025-12-15", "09:00", "13:00").await;
    let mut booking = world.booking("2025-12-15T11:00:00-03:00");
    booking["doctor"] = json!(doctor);
    let other = world.try_book(booking).await.expect_status(201).unwrap().id();
    let notification = id(&world.list(&format!("/api/notifications/?appointment={other}")).await[0]);
    world.app.add_user("centro@example.com", Role::Operator, &[&own]).await.unwrap();
    let hidden = vec![
        format!("{LIST}{}/", world.clinic),
        format!("{ROOMS}{room}/"),
        format!("/api/schedules/{window}/"),
        format!("/api/appointments/{other}/"),
        format!("/api/appointments/{other}/actions/"),
        format!("/api/notifications/{notification}/"),
    ];
    (world, appointment, hidden)
}

#[tokio::test]
async fn other_clinics_are_not_there_for_who_has_one() {
    let (world, appointment, hidden) = two_clinics().await;
    let client = world.app.sign_in("centro@example.com").await.unwrap();
    for path in &hidden {
        assert_eq!(world.operator().await.get(path).await.unwrap().status, 200, "{path}");
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
        assert_eq!(world.list(path).await.len(), 2, "{path}");
    }
    for filter in [format!("clinic={}", world.clinic), format!("patient={}", world.patient)] {
        let rows = client.get(&format!("/api/appointments/?{filter}")).await.unwrap().results();
        assert!(rows.iter().all(|row| row["id"] == appointment["id"]), "{filter}");
    }
    let schedules = format!("/api/schedules/?clinic={}&date=2025-12-15", world.clinic);
    assert!(client.get(&schedules).await.unwrap().results().is_empty());
    let of_patient = client.get(&format!("/api/patients/{}/appointments/", world.patient)).await.unwrap();
    assert_eq!(of_patient.results().len(), 1);
}

#[tokio::test]
async fn nobody_books_at_a_clinic_that_is_not_theirs() {
    let (world, _, _) = two_clinics().await;
    let client = world.app.sign_in("centro@example.com").await.unwrap();
    let doctor = id(&world.list(&format!("/api/doctors/?clinic={}", world.clinic)).await[0]);
    let mut booking = world.booking("2025-12-15T12:00:00-03:00");
    booking["doctor"] = json!(doctor);
    let refused = client.post("/api/appointments/", &booking).await.unwrap();
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (409, "outside_availability"));
    world.try_book(booking).await.expect_status(201).unwrap();
}

#[tokio::test]
async fn an_admin_who_has_clinics_changes_no_others() {
    let (world, _, hidden) = two_clinics().await;
    let own = id(world.list(LIST).await.iter().find(|clinic| text(clinic, "name") == "Centro").unwrap());
    world.app.add_user("jefe@example.com", Role::Admin, &[&own]).await.unwrap();
    let client = world.app.sign_in("jefe@example.com").await.unwrap();
    for path in hidden.iter().take(3) {
        assert_eq!(client.patch(path, &json!({})).await.unwrap().code(), "not_found", "PATCH {path}");
        assert_eq!(client.delete(path).await.unwrap().code(), "not_found", "DELETE {path}");
    }
    let room = json!({ "clinic": world.clinic, "name": "Otra" });
    assert_eq!(client.post(ROOMS, &room).await.unwrap().status, 400);
}

/// Otherwise who has one clinic would have them all by making somebody who has, or by another's password.
#[tokio::test]
async fn an_admin_who_has_clinics_makes_and_changes_nobody_who_sees_more() {
    let (world, _, _) = two_clinics().await;
    let own = id(world.list(LIST).await.iter().find(|clinic| text(clinic, "name") == "Centro").unwrap());
    world.app.add_user("jefe@example.com", Role::Admin, &[&own]).await.unwrap();
    world.app.add_user("norte@example.com", Role::Operator, &[&world.clinic]).await.unwrap();
    let chief = world.app.sign_in("jefe@example.com").await.unwrap();
    let seen = chief.get("/api/auth/users/").await.unwrap().results();
    let seen: Vec<String> = seen.iter().map(|user| text(user, "email")).collect();
    assert_eq!(seen, ["centro@example.com", "jefe@example.com"]);
    for user in world.list("/api/auth/users/").await {
        let path = format!("/api/auth/users/{}/", id(&user));
        let change = chief.patch(&path, &json!({ "first_name": "Eva" })).await.unwrap();
        let hidden = !seen.contains(&text(&user, "email"));
        assert_eq!(change.status.as_u16(), if hidden { 404 } else { 200 }, "{user}");
    }
    let me = id(&chief.get("/api/auth/me/").await.unwrap().body);
    for clinics in [json!([]), json!([own, world.clinic])] {
        let body = json!({ "email": "x@example.com", "role": "ADMIN", "password": "otra clave bastante larga", "clinics": clinics });
        let made = chief.post("/api/auth/users/", &body).await.unwrap();
        let widened = chief.patch(&format!("/api/auth/users/{me}/"), &json!({ "clinics": clinics })).await.unwrap();
        for refused in [made, widened] {
            assert!(refused.status == 400 && refused.body["errors"]["clinics"].is_array(), "{clinics}: {refused:?}");
        }
    }
}
