//! Tests of a doctor who works in two time zones: a local time that fits clinics in both asks for the room.

use crate::appointments::error_fields;
use crate::clinic_setup::{ClinicSetup, id};
use serde_json::{Value, json};
use testkit::test_app::TestResponse;

struct TwoZones {
    setup: ClinicSetup,
    doctor: String,
    mexico: String,
    tijuana: String,
}

/// In January, Tijuana is two hours behind Mexico City.
async fn two_zones() -> TwoZones {
    let setup = ClinicSetup::new().await;
    let doctor = setup.add_doctor("Bruno", "Paz").await;
    let mut rooms = Vec::new();
    for (zone, hours) in [("America/Mexico_City", ["09:00", "11:00"]), ("America/Tijuana", ["10:00", "13:00"])] {
        let clinic = id(&setup.create("/api/clinics/clinics/", &json!({ "name": zone, "timezone": zone })).await);
        let room = setup.add_room(&clinic, "Sala").await;
        setup.add_window(&doctor, &room, "2026-01-15", hours[0], hours[1]).await;
        rooms.push(room);
    }
    let (tijuana, mexico) = (rooms.remove(1), rooms.remove(0));
    TwoZones { setup, doctor, mexico, tijuana }
}

impl TwoZones {
    async fn book(&self, start: &str, room: Option<&str>) -> TestResponse {
        let body =
            json!({ "patient": self.setup.patient, "doctor": self.doctor, "start_datetime": start, "room": room });
        self.setup.try_book(body).await
    }
}

#[tokio::test]
async fn a_local_start_that_fits_two_zones_asks_for_the_room() {
    let zones = two_zones().await;
    for start in ["2026-01-15T10:00", "2026-01-15T10:30:00"] {
        let refused = zones.book(start, None).await.expect_status(400).unwrap();
        assert_eq!(error_fields(&refused), ["room"], "{start}");
    }
    for (start, room, booked_at) in [
        ("2026-01-15T10:00", Some(&zones.mexico), "2026-01-15T10:00:00-06:00"),
        ("2026-01-15T10:00", Some(&zones.tijuana), "2026-01-15T10:00:00-08:00"),
        ("2026-01-15T11:30", None, "2026-01-15T11:30:00-08:00"),
        ("2026-01-15T09:00", None, "2026-01-15T09:00:00-06:00"),
        ("2026-01-15T10:30:00-08:00", None, "2026-01-15T10:30:00-08:00"),
    ] {
        let booked = zones.book(start, room.map(String::as_str)).await.expect_status(201).unwrap();
        assert_eq!(booked.text("start_datetime"), booked_at);
    }
}

/// At 10:30 in Mexico City, 10:00 is over there and to come in Tijuana.
#[tokio::test]
async fn a_local_start_that_has_passed_in_one_zone_fits_the_other() {
    let zones = two_zones().await;
    zones.setup.app.set_now("2026-01-15T10:30:00-06:00").unwrap();
    let booked = zones.book("2026-01-15T10:00", None).await.expect_status(201).unwrap();
    assert_eq!(booked.text("start_datetime"), "2026-01-15T10:00:00-08:00");
    let past = zones.book("2026-01-15T10:00", Some(&zones.mexico)).await.expect_status(400).unwrap();
    assert_eq!(error_fields(&past), ["start_datetime"]);
    let over = zones.book("2026-01-15T09:30", None).await.expect_status(400).unwrap();
    assert_eq!(error_fields(&over), ["start_datetime"], "09:30 was in Mexico City only");
    let moved: Value = json!({ "action": "reschedule", "start_datetime": "2026-01-15T12:00" });
    let moved = zones.setup.act(&booked.id(), &moved).await.expect_status(201).unwrap();
    assert_eq!(moved.text("start_datetime"), "2026-01-15T12:00:00-08:00", "a move stays in its room");
}
