//! Tests of lists without dates: today is the local day of the clinics in question, also when UTC's day is another (D4).

use crate::clinic_setup::{ClinicSetup, id, text};
use serde_json::json;

/// A doctor who works this evening and tomorrow morning in a clinic of a time zone.
async fn evening_setup(zone: &str, offset: &str) -> ClinicSetup {
    let mut setup = ClinicSetup::new().await;
    let clinic = json!({ "name": "Otra", "timezone": zone });
    let clinic = id(&setup.create("/api/clinics/clinics/", &clinic).await);
    setup.room = setup.add_room(&clinic, "Sala").await;
    setup.doctor = setup.add_doctor("Bruno", "Paz").await;
    setup.add_window(&setup.doctor, &setup.room, "2025-12-15", "20:00", "24:00").await;
    setup.add_window(&setup.doctor, &setup.room, "2025-12-16", "08:00", "10:00").await;
    setup.app.set_now(&format!("2025-12-15T21:10:00{offset}")).unwrap();
    setup.clinic = clinic;
    setup
}

#[tokio::test]
async fn tonights_free_slots_are_listed() {
    for (zone, offset) in [("America/Bogota", "-05:00"), ("America/Tijuana", "-08:00"), ("Asia/Tokyo", "+09:00")] {
        let setup = evening_setup(zone, offset).await;
        for filter in [("doctor", &setup.doctor), ("room", &setup.room), ("clinic", &setup.clinic)] {
            let query = format!("{}={}", filter.0, filter.1);
            for list in ["/api/schedules/", "/api/schedules/windows/"] {
                let rows = setup.list(&format!("{list}?{query}")).await;
                let dates: Vec<String> = rows.iter().map(|row| text(row, "date")).collect();
                assert_eq!(dates, ["2025-12-15"], "{list} {zone} {query}");
            }
        }
        let slots = setup.list(&format!("/api/schedules/slots/?doctor={}", setup.doctor)).await;
        assert_eq!(text(&slots[0], "start_datetime"), format!("2025-12-15T21:30:00{offset}"), "{zone}");
    }
}
