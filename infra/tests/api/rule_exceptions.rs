//! Tests of windows that replace the weekly rules of a doctor on one day, and of rules that are replaced from a date on.

use crate::clinic_setup::{ClinicSetup, DAY, id, text};
use crate::rules::{RULES, add_rule, rule_body};
use serde_json::{Value, json};

const WINDOWS: &str = "/api/schedules/";
/// A Monday on which only the rule applies.
const LATER: &str = "2025-12-22";

fn instead(setup: &ClinicSetup, room: &str, from: &str, until: &str) -> Value {
    json!({ "doctor": setup.doctor, "room": room, "date": LATER, "start_time": from, "end_time": until,
        "instead_of_rules": true })
}

async fn hours(setup: &ClinicSetup, filter: &str) -> Vec<String> {
    let rows = setup.list(&format!("{WINDOWS}?{filter}&date_from={DAY}&date_to=2025-12-29")).await;
    let hours = rows.iter().map(|row| format!("{} {}", text(row, "date"), &text(row, "start_time")[..5]));
    hours.collect()
}

async fn stranded(setup: &ClinicSetup, appointment: &str) -> bool {
    setup.appointment(appointment).await["stranded"] == true
}

#[tokio::test]
async fn a_window_replaces_the_rules_of_its_day() {
    let mut setup = ClinicSetup::new().await;
    add_rule(&mut setup).await;
    let other = setup.add_clinic("Norte").await;
    let elsewhere = setup.add_room(&other, "Sala").await;
    // It may overlap the rule that it replaces.
    let made = setup.create(WINDOWS, &instead(&setup, &elsewhere, "10:00", "12:00")).await;
    assert_eq!(made["instead_of_rules"], true);
    let doctor = format!("doctor={}", setup.doctor);
    assert_eq!(hours(&setup, &doctor).await, ["2025-12-15 09:00", "2025-12-22 10:00", "2025-12-29 09:00"]);
    // The lists from the side of the rule's room know the exception, which is in another one.
    let mut here = vec!["2025-12-15 09:00", "2025-12-29 09:00"];
    for filter in [format!("{doctor}&room={}", setup.room), format!("{doctor}&clinic={}", setup.clinic)] {
        assert_eq!(hours(&setup, &filter).await, here, "{filter}");
    }
    here.insert(0, "2025-12-15 09:00");
    for filter in [format!("room={}", setup.room), format!("clinic={}", setup.clinic)] {
        assert_eq!(hours(&setup, &filter).await, here, "{filter}: with the window of the first doctor");
    }
    assert_eq!(hours(&setup, &format!("clinic={other}")).await, ["2025-12-22 10:00"]);
    let refused = setup.try_book(setup.booking("2025-12-22T09:00:00-03:00")).await.expect_status(409).unwrap();
    assert_eq!(refused.code(), "outside_availability");
    let slots = setup.list(&format!("{WINDOWS}slots/?doctor={}&date_from={LATER}&date_to={LATER}", setup.doctor)).await;
    assert_eq!(slots.iter().map(|slot| text(slot, "room")).collect::<Vec<_>>(), vec![elsewhere.clone(); 4]);
    let booked = setup.try_book(setup.booking("2025-12-22T10:00:00-03:00")).await.expect_status(201).unwrap();
    assert_eq!(booked.text("room"), elsewhere);
    setup.try_book(setup.booking("2025-12-29T09:00:00-03:00")).await.expect_status(201).unwrap();
}

#[tokio::test]
async fn every_change_of_an_exception_is_checked_and_strands_and_frees() {
    let mut setup = ClinicSetup::new().await;
    add_rule(&mut setup).await;
    let (room, admin) = (setup.room.clone(), setup.admin().await);
    let appointment = setup.try_book(setup.booking("2025-12-22T09:00:00-03:00")).await.expect_status(201).unwrap().id();
    let body = instead(&setup, &room, "10:00", "12:00");
    let refused = admin.post(WINDOWS, &body).await.unwrap().expect_status(409).unwrap();
    assert_eq!((refused.code().as_str(), id(&refused.body["appointments"][0])), ("in_use", appointment.clone()));
    // One that covers the appointment takes nothing away.
    let covering = setup.create(WINDOWS, &instead(&setup, &room, "08:00", "10:00")).await;
    let path = format!("{WINDOWS}{}/", id(&covering));
    assert!(!stranded(&setup, &appointment).await);
    assert_eq!(admin.patch(&path, &json!({ "start_time": "09:30" })).await.unwrap().code(), "in_use");
    // Without the exception the rule covers it.
    admin.delete(&path).await.unwrap().expect_status(204).unwrap();
    assert!(!stranded(&setup, &appointment).await);

    let forced = admin.post(&format!("{WINDOWS}?force=true"), &body).await.unwrap().expect_status(201).unwrap();
    assert!(stranded(&setup, &appointment).await);
    let path = format!("{WINDOWS}{}/", forced.id());
    admin.patch(&path, &json!({ "start_time": "08:30" })).await.unwrap().expect_status(200).unwrap();
    assert!(!stranded(&setup, &appointment).await, "the window covers it");
    admin.patch(&format!("{path}?force=true"), &json!({ "start_time": "10:00" })).await.unwrap();
    assert!(stranded(&setup, &appointment).await);
    admin.patch(&path, &json!({ "date": "2025-12-23" })).await.unwrap().expect_status(200).unwrap();
    assert!(!stranded(&setup, &appointment).await, "the rule applies again on the day that it left");
    let back = json!({ "date": LATER });
    assert_eq!(admin.patch(&path, &back).await.unwrap().code(), "in_use");
    admin.patch(&format!("{path}?force=true"), &back).await.unwrap().expect_status(200).unwrap();
    assert!(stranded(&setup, &appointment).await);
    admin.delete(&path).await.unwrap().expect_status(204).unwrap();
    assert!(!stranded(&setup, &appointment).await, "the rule applies again");
}

#[tokio::test]
async fn an_exception_that_becomes_a_plain_window_does_not_overlap_a_rule() {
    let mut setup = ClinicSetup::new().await;
    let rule = id(&add_rule(&mut setup).await);
    let (room, admin) = (setup.room.clone(), setup.admin().await);
    let made = id(&setup.create(WINDOWS, &instead(&setup, &room, "10:00", "12:00")).await);
    let path = format!("{WINDOWS}{made}/");
    let refused = admin.patch(&path, &json!({ "instead_of_rules": false })).await.unwrap().expect_status(409).unwrap();
    assert_eq!((refused.code().as_str(), refused.text("existing_id")), ("already_exists", rule.clone()));
    // PUT without the field means a plain window.
    let mut plain = instead(&setup, &room, "10:00", "12:00");
    plain.as_object_mut().unwrap().remove("instead_of_rules");
    assert_eq!(admin.put(&path, &plain).await.unwrap().code(), "already_exists");
    // Another plain window of that day needs to be an exception itself, whatever the first one is.
    plain["start_time"] = json!("12:00");
    plain["end_time"] = json!("14:00");
    assert_eq!(admin.post(WINDOWS, &plain).await.unwrap().code(), "already_exists");
    plain["instead_of_rules"] = json!(true);
    setup.create(WINDOWS, &plain).await;
    // Two exceptions still don't overlap each other.
    assert_eq!(admin.post(WINDOWS, &instead(&setup, &room, "11:00", "12:30")).await.unwrap().code(), "already_exists");
    // A new rule fits beside the exceptions of its days.
    admin.delete(&format!("{RULES}{rule}/")).await.unwrap().expect_status(204).unwrap();
    setup.create(RULES, &rule_body(&setup)).await;
}

/// The flags of a rule that ended by force are taken back where its successor covers them.
#[tokio::test]
async fn a_rule_is_replaced_from_a_date_on() {
    let mut setup = ClinicSetup::new().await;
    let rule = format!("{RULES}{}/", id(&add_rule(&mut setup).await));
    let book = async |start: &str| {
        setup.try_book(setup.booking(&format!("{start}:00-03:00"))).await.expect_status(201).unwrap().id()
    };
    let before = book("2025-12-15T09:00").await;
    let (kept, lost) = (book("2025-12-29T12:00").await, book("2025-12-29T09:00").await);
    let end = json!({ "valid_until": "2025-12-21" });
    let admin = setup.admin().await;
    let refused = admin.patch(&rule, &end).await.unwrap().expect_status(409).unwrap();
    assert_eq!(refused.body["appointments"].as_array().unwrap().len(), 2);
    admin.patch(&format!("{rule}?force=true"), &end).await.unwrap().expect_status(200).unwrap();
    assert_eq!((stranded(&setup, &kept).await, stranded(&setup, &lost).await), (true, true));
    let mut next = rule_body(&setup);
    next["valid_from"] = json!("2025-12-22");
    next["start_time"] = json!("10:00");
    let next = id(&setup.create(RULES, &next).await);
    assert_eq!((stranded(&setup, &kept).await, stranded(&setup, &lost).await), (false, true));
    assert_eq!(setup.appointment(&kept).await["needs_attention"], false);
    admin.patch(&format!("{RULES}{next}/"), &json!({ "start_time": "09:00" })).await.unwrap();
    assert!(!stranded(&setup, &lost).await && !stranded(&setup, &before).await);
}
