//! Tests of how far ahead is booked, and between which dates the calendar lies.

use crate::appointments::{error_fields, try_booking_with};
use crate::clinic_setup::{ClinicSetup, id, on_the_day};
use serde_json::{Value, json};

/// The clock shows 2025-12-01T09:00-03:00.
#[tokio::test]
async fn an_appointment_starts_at_most_two_years_ahead() {
    let setup = ClinicSetup::new().await;
    let weekdays = [1, 2, 3, 4, 5, 6, 7];
    let rule = json!({ "doctor": setup.doctor, "room": setup.room, "weekdays": weekdays, "start_time": "14:00",
        "end_time": "24:00", "valid_from": "2025-12-01" });
    setup.create("/api/schedules/rules/", &rule).await;
    for start in ["2035-12-15T15:00:00-03:00", "2035-12-15T15:00", "2027-12-02T14:00:00-03:00", "2027-12-01T15:00"] {
        let refused = try_booking_with(&setup, json!({ "start_datetime": start })).await.expect_status(400).unwrap();
        assert_eq!(error_fields(&refused), ["start_datetime"], "{start}");
        assert!(refused.body["errors"].to_string().contains("2027-12-01"), "{}", refused.body);
    }
    let idle = setup.add_doctor("Bruno", "Paz").await;
    let typed = json!({ "doctor": idle, "start_datetime": "2036-01-15T10:00" });
    let refused = try_booking_with(&setup, typed).await.expect_status(400).unwrap();
    assert_eq!(error_fields(&refused), ["start_datetime"], "also without availability");
    let last = try_booking_with(&setup, json!({ "start_datetime": "2027-11-30T23:30" })).await;
    let last = last.expect_status(201).unwrap();
    let far = json!({ "action": "reschedule", "start_datetime": "2028-01-10T15:00:00-03:00" });
    assert_eq!(error_fields(&setup.act(&last.id(), &far).await.expect_status(400).unwrap()), ["start_datetime"]);

    // What is in use is seen as far as anything can be booked.
    let admin = setup.admin().await;
    let rule = id(&setup.list(&format!("/api/schedules/rules/?doctor={}", setup.doctor)).await[0]);
    for path in [
        format!("/api/schedules/rules/{rule}/"),
        format!("/api/doctors/{}/", setup.doctor),
        format!("/api/patients/{}/", setup.patient),
        format!("/api/clinics/rooms/{}/", setup.room),
    ] {
        let refused = admin.delete(&path).await.unwrap().expect_status(409).unwrap();
        assert_eq!(refused.code(), "in_use", "{path}");
    }
}

async fn refused_fields(setup: &ClinicSetup, path: &str, body: &Value) -> Vec<String> {
    let answer = setup.admin().await.post(path, body).await.unwrap();
    if answer.status == 201 { Vec::new() } else { error_fields(&answer).into_iter().cloned().collect() }
}

#[tokio::test]
async fn dates_of_the_calendar_lie_between_a_year_ago_and_two_years_ahead() {
    let setup = ClinicSetup::new().await;
    let (doctor, room) = (&setup.doctor, &setup.room);
    let window = |date: &str| {
        json!({ "doctor": doctor, "room": room, "date": date, "start_time": "14:00",
        "end_time": "15:00" })
    };
    let rule = |from: &str, until: Value| {
        json!({ "doctor": doctor, "room": room, "weekdays": [7],
        "start_time": "16:00", "end_time": "17:00", "valid_from": from, "valid_until": until })
    };
    let block = |from: &str, until: &str| {
        json!({ "doctor": doctor, "start_datetime": format!("{from}T20:00:00Z"),
        "end_datetime": format!("{until}T21:00:00Z") })
    };
    let holiday = |date: &str| json!({ "date": date, "name": "Feriado" });
    let (rules, blocks, holidays) = ("/api/schedules/rules/", "/api/schedules/blocks/", "/api/clinics/holidays/");
    for (path, body, fields) in [
        ("/api/schedules/", window("2024-11-30"), &["date"][..]),
        ("/api/schedules/", window("2062-01-15"), &["date"]),
        ("/api/schedules/", window("2024-12-01"), &[]),
        ("/api/schedules/", window("2027-12-01"), &[]),
        (rules, rule("2020-01-01", json!("2062-01-01")), &["valid_from", "valid_until"]),
        (rules, rule("2027-12-02", Value::Null), &["valid_from"]),
        (rules, rule("2024-12-01", json!("2027-12-02")), &["valid_until"]),
        (rules, rule("2024-12-01", json!("2027-12-01")), &[]),
        (blocks, block("2024-11-30", "2024-12-02"), &["start_datetime"]),
        (blocks, block("2025-12-20", "2062-12-20"), &["end_datetime"]),
        (blocks, block("2027-12-01", "2027-12-01"), &[]),
        (holidays, holiday("2024-11-30"), &["date"]),
        (holidays, holiday("2027-12-02"), &["date"]),
        (holidays, holiday("2027-11-30"), &[]),
    ] {
        assert_eq!(refused_fields(&setup, path, &body).await, fields, "{path} {body}");
    }
}

/// What has become old can still be changed otherwise.
#[tokio::test]
async fn a_date_that_stays_may_be_old() {
    let setup = ClinicSetup::new().await;
    let rule = json!({ "doctor": setup.doctor, "room": setup.room, "weekdays": [7], "start_time": "16:00",
        "end_time": "17:00", "valid_from": "2025-01-01" });
    let rule = format!("/api/schedules/rules/{}/", id(&setup.create("/api/schedules/rules/", &rule).await));
    let block = json!({ "doctor": setup.doctor, "start_datetime": "2025-01-10T12:00:00Z",
        "end_datetime": "2027-01-10T12:00:00Z" });
    setup.app.set_now("2025-12-01T12:00:00Z").unwrap();
    let block = format!("/api/schedules/blocks/{}/", id(&setup.create("/api/schedules/blocks/", &block).await));
    setup.app.set_now("2026-06-01T12:00:00Z").unwrap();
    let admin = setup.admin().await;
    let patch = async |path: &str, body: Value| admin.patch(path, &body).await.unwrap().status.as_u16();
    assert_eq!(patch(&rule, json!({ "slot_minutes": 20 })).await, 200);
    assert_eq!(patch(&rule, json!({ "valid_from": "2025-01-02" })).await, 400);
    assert_eq!(patch(&block, json!({ "reason": "obras" })).await, 200);
    assert_eq!(patch(&block, json!({ "start_datetime": "2025-01-11T12:00:00Z" })).await, 400);
    assert_eq!(patch(&block, json!({ "end_datetime": on_the_day("10:00") })).await, 200);
}
