//! What happens to appointments whose time is taken away? Nothing, unless somebody insists; and then a person
//! is told.

use crate::schedules::window;
use crate::world::{World, id};
use serde_json::json;

const LIST: &str = "/api/schedules/";

#[tokio::test]
async fn time_that_holds_appointments_is_not_taken_away() {
    let world = World::new().await;
    let appointment = id(&world.book("12:00").await);
    let admin = world.admin().await;
    let path = format!("{LIST}{}/", id(&window(&world).await));
    let room = world.add_room(&world.clinic, "Consultorio 2").await;
    for change in [
        json!({ "end_time": "12:15" }),
        json!({ "start_time": "12:10" }),
        json!({ "date": "2025-12-16" }),
        json!({ "room": room }),
    ] {
        let refused = admin.patch(&path, &change).await.unwrap().expect_status(409).unwrap();
        let listed: Vec<String> = refused.body["appointments"].as_array().unwrap().iter().map(id).collect();
        assert_eq!((refused.code().as_str(), listed), ("in_use", vec![appointment.clone()]), "{change}");
    }
    assert_eq!(admin.delete(&path).await.unwrap().code(), "in_use");
    assert_eq!(world.appointment(&appointment).await["needs_attention"], false, "refused is refused");
    admin.patch(&path, &json!({ "start_time": "12:00" })).await.unwrap().expect_status(200).unwrap();

    let forced = admin.patch(&format!("{path}?force=true"), &json!({ "end_time": "12:15" })).await.unwrap();
    forced.expect_status(200).unwrap();
    assert_eq!(world.appointment(&appointment).await["needs_attention"], true);
    let seen = json!({ "needs_attention": false });
    let appointment_path = format!("/api/appointments/{appointment}/");
    world.operator().await.patch(&appointment_path, &seen).await.unwrap().expect_status(200).unwrap();
    assert_eq!(world.list("/api/appointments/?needs_attention=true").await.len(), 0);
}

#[tokio::test]
async fn a_window_is_removed_by_force() {
    let world = World::new().await;
    let stays = id(&world.book("09:00").await);
    let gone = id(&world.book("12:00").await);
    let cancel = json!({ "action": "cancel", "reason": "viaje" });
    world.act(&gone, &cancel).await.expect_status(200).unwrap();
    let admin = world.admin().await;
    let path = format!("{LIST}{}/", id(&window(&world).await));
    let refused = admin.delete(&path).await.unwrap().expect_status(409).unwrap();
    assert_eq!(refused.body["appointments"].as_array().unwrap().len(), 1, "only those still to come");
    admin.delete(&format!("{path}?force=true")).await.unwrap().expect_status(204).unwrap();
    let marked: Vec<String> = world.list("/api/appointments/?needs_attention=true").await.iter().map(id).collect();
    assert_eq!(marked, [stays]);
    let refused = world.try_book(world.booking("2025-12-15T10:00:00-03:00")).await;
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (409, "outside_availability"));
}
