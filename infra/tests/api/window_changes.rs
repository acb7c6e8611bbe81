//! Tests of changing or removing a window with appointments: it is refused, or with `force` the appointments are marked
//! for attention.

use crate::clinic_setup::{ClinicSetup, id};
use crate::schedules::first_window;
use serde_json::json;

const LIST: &str = "/api/schedules/";

#[tokio::test]
async fn a_window_with_appointments_is_changed_only_by_force() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("12:00").await);
    let admin = setup.admin().await;
    let path = format!("{LIST}{}/", id(&first_window(&setup).await));
    let room = setup.add_room(&setup.clinic, "Consultorio 2").await;
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
    assert_eq!(setup.appointment(&appointment).await["needs_attention"], false, "a refused change marks nothing");
    admin.patch(&path, &json!({ "start_time": "12:00" })).await.unwrap().expect_status(200).unwrap();

    let shorter = json!({ "end_time": "12:15", "slot_minutes": 15 });
    let forced = admin.patch(&format!("{path}?force=true"), &shorter).await.unwrap();
    forced.expect_status(200).unwrap();
    assert_eq!(setup.appointment(&appointment).await["needs_attention"], true);
    let seen = json!({ "needs_attention": false });
    let appointment_path = format!("/api/appointments/{appointment}/");
    setup.operator().await.patch(&appointment_path, &seen).await.unwrap().expect_status(200).unwrap();
    assert_eq!(setup.list("/api/appointments/?needs_attention=true").await.len(), 0);
}

#[tokio::test]
async fn a_window_with_appointments_is_removed_only_by_force() {
    let setup = ClinicSetup::new().await;
    let stays = id(&setup.book("09:00").await);
    let gone = id(&setup.book("12:00").await);
    let cancel = json!({ "action": "cancel", "reason": "viaje" });
    setup.act(&gone, &cancel).await.expect_status(200).unwrap();
    let admin = setup.admin().await;
    let path = format!("{LIST}{}/", id(&first_window(&setup).await));
    let refused = admin.delete(&path).await.unwrap().expect_status(409).unwrap();
    assert_eq!(refused.body["appointments"].as_array().unwrap().len(), 1, "only those still to come");
    admin.delete(&format!("{path}?force=true")).await.unwrap().expect_status(204).unwrap();
    let marked: Vec<String> = setup.list("/api/appointments/?needs_attention=true").await.iter().map(id).collect();
    assert_eq!(marked, [stays]);
    let refused = setup.try_book(setup.booking("2025-12-15T10:00:00-03:00")).await;
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (409, "outside_availability"));
}
