//! Tests of `/api/worklist/`: what is in it and why, its order, its counts, and who takes an entry.

use crate::blocks::{BLOCKS, block};
use crate::clinic_setup::{ClinicSetup, id, on_the_day, text};
use crate::delivery_reports::report_status;
use crate::paging::walk_pages;
use crate::replies::{outbox, patient_says, reminded_setup};
use crate::who_may_act::write_from;
use domain::time::TimeDelta;
use domain::user::Role;
use serde_json::{Value, json};
use testkit::test_app::TestClient;

const WORKLIST: &str = "/api/worklist/";
const COUNTS: &str = "/api/worklist/counts/";
const STRANGER: &str = "+5511987650000";

async fn own_id(client: &TestClient<'_>) -> String {
    text(&client.get("/api/auth/me/").await.unwrap().body, "id")
}

async fn kinds(setup: &ClinicSetup) -> Vec<String> {
    setup.list(WORKLIST).await.iter().map(|entry| text(entry, "kind")).collect()
}

/// A clinic with an entry of each kind that doesn't need a failing provider.
async fn busy_setup() -> ClinicSetup {
    let (setup, stranded, _) = reminded_setup().await;
    let moved = id(&setup.book("12:00").await);
    let request = json!({ "action": "request_reschedule" });
    setup.act(&moved, &request).await.expect_status(200).unwrap();
    let body = block("doctor", &setup.doctor, "10:00", "11:00");
    setup.admin().await.post(&format!("{BLOCKS}?force=true"), &body).await.unwrap().expect_status(201).unwrap();
    assert_eq!(setup.appointment(&stranded).await["stranded"], true);
    write_from(&setup, STRANGER, "hola").await;
    write_from(&setup, "+5511987650001", "mi mamá se desmayó recién").await;
    setup
}

#[tokio::test]
async fn it_has_every_reason_most_urgent_first() {
    let setup = busy_setup().await;
    // The hold ends in two hours, the chat is open for a day, the appointment is in two days.
    assert_eq!(kinds(&setup).await, ["emergency", "reschedule_requested", "new_contact", "stranded"]);
    let entries = setup.list(WORKLIST).await;
    let stranded = &entries[3];
    let appointment = text(stranded, "appointment");
    assert_eq!(text(stranded, "id"), format!("stranded:{appointment}"));
    assert_eq!(text(stranded, "due"), on_the_day("10:00"), "before it begins");
    assert_eq!(text(stranded, "clinic_name"), "Centro");
    assert_eq!(text(stranded, "patient_name"), "Lucía Fernández");
    assert_eq!(text(stranded, "phone_number"), crate::clinic_setup::PHONE);
    assert_eq!((stranded["inbound"].clone(), stranded["taken_by"].clone()), (Value::Null, Value::Null));
    let shown = setup.appointment(&appointment).await;
    assert_eq!(shown["attention"][0]["kind"], "stranded");
    assert_eq!(shown["attention"][0]["since"], stranded["since"]);
    let contact = &entries[2];
    assert_eq!(text(contact, "id"), format!("new_contact:{}", text(contact, "inbound")));
    assert_eq!((contact["clinic"].clone(), text(contact, "phone_number")), (Value::Null, STRANGER.to_owned()));
    let (pages, backwards) = walk_pages(&setup.operator().await, &format!("{WORKLIST}?page_size=1")).await;
    assert_eq!((pages.len(), backwards.len()), (4, 4), "one by one");
}

#[tokio::test]
async fn what_is_done_leaves_it() {
    let setup = busy_setup().await;
    for entry in setup.list(WORKLIST).await {
        let path = match entry["appointment"].as_str() {
            Some(appointment) => format!("/api/appointments/{appointment}/"),
            None => format!("/api/notifications/inbound/{}/", text(&entry, "inbound")),
        };
        let done = json!({ "needs_attention": false });
        setup.operator().await.patch(&path, &done).await.unwrap().expect_status(200).unwrap();
    }
    assert!(kinds(&setup).await.is_empty());
}

/// Each settles its own reason and leaves the other.
#[tokio::test]
async fn an_appointment_is_listed_once_for_each_reason() {
    let (setup, appointment, _) = reminded_setup().await;
    let body = block("doctor", &setup.doctor, "10:00", "11:00");
    let admin = setup.admin().await;
    let made = admin.post(&format!("{BLOCKS}?force=true"), &body).await.unwrap().expect_status(201).unwrap();
    let request = json!({ "action": "request_reschedule" });
    setup.act(&appointment, &request).await.expect_status(200).unwrap();
    assert_eq!(kinds(&setup).await, ["reschedule_requested", "stranded"]);
    admin.delete(&format!("{BLOCKS}{}/", made.id())).await.unwrap().expect_status(204).unwrap();
    assert_eq!(kinds(&setup).await, ["reschedule_requested"]);
}

#[tokio::test]
async fn failed_and_unknown_messages_are_told_apart() {
    for (status, kind) in [("undelivered", "message_failed"), ("sent", "message_unknown")] {
        let (setup, appointment, message) = reminded_setup().await;
        report_status(&setup, &message, status, None).await;
        // Two days before the appointment; after a day without a report the delivery counts as unknown.
        setup.run_job_at("2025-12-14T12:00:00-03:00").await;
        let entries = setup.list(WORKLIST).await;
        assert_eq!(entries.len(), 1, "{status}");
        assert_eq!((text(&entries[0], "kind"), text(&entries[0], "appointment")), (kind.to_owned(), appointment));
        let notification = setup.list("/api/notifications/").await.remove(0);
        assert_eq!(text(&entries[0], "notification"), id(&notification), "{status}");
        assert!(!outbox(&setup).is_empty());
    }
}

#[tokio::test]
async fn it_counts_what_it_lists() {
    let setup = busy_setup().await;
    let operator = setup.operator().await;
    let first = text(&setup.list(WORKLIST).await[0], "id");
    let me = own_id(&operator).await;
    let take = json!({ "taken_by": me });
    operator.patch(&format!("{WORKLIST}{first}/"), &take).await.unwrap().expect_status(200).unwrap();
    let counts = operator.get(COUNTS).await.unwrap().expect_status(200).unwrap().body;
    assert_eq!((&counts["total"], &counts["mine"]), (&json!(4), &json!(1)));
    let by_kind = counts["by_kind"].as_object().unwrap();
    assert_eq!(by_kind.len(), 9, "also those of which there are none");
    assert_eq!((&by_kind["stranded"], &by_kind["message_failed"]), (&json!(1), &json!(0)));
    assert_eq!(setup.admin().await.get(COUNTS).await.unwrap().body["mine"], 0, "somebody else's");
}

#[tokio::test]
async fn an_entry_is_taken_by_one_user() {
    let setup = busy_setup().await;
    let (operator, admin) = (setup.operator().await, setup.admin().await);
    let (me, boss) = (own_id(&operator).await, own_id(&admin).await);
    let path = format!("{WORKLIST}{}/", text(&setup.list(WORKLIST).await[3], "id"));
    let taken = operator.patch(&path, &json!({ "taken_by": me })).await.unwrap().expect_status(200).unwrap();
    assert_eq!((&taken.body["taken_by"]["id"], &taken.body["version"]), (&json!(me), &json!(2)));
    assert_eq!(operator.patch(&path, &json!({ "taken_by": boss })).await.unwrap().code(), "permission_denied");
    let nobody = json!({ "taken_by": "01940000-0000-7000-8000-000000000001" });
    let refused = admin.patch(&path, &nobody).await.unwrap().expect_status(400).unwrap();
    assert!(refused.body["errors"]["taken_by"].is_array());
    let stale = operator.clone().header("if-match", "\"1\"").unwrap();
    stale.patch(&path, &json!({ "taken_by": null })).await.unwrap().expect_status(412).unwrap();
    let given = admin.patch(&path, &json!({ "taken_by": boss })).await.unwrap().expect_status(200).unwrap();
    assert_eq!(given.body["taken_by"]["id"], json!(boss));
    operator.patch(&path, &json!({})).await.unwrap().expect_status(200).unwrap();
    assert_eq!(setup.list(WORKLIST).await[3]["taken_by"]["id"], json!(boss), "nothing was asked for");
    operator.patch(&path, &json!({ "taken_by": null })).await.unwrap().expect_status(200).unwrap();
    assert_eq!(setup.list(WORKLIST).await[3]["taken_by"], Value::Null);
    let audited = setup.list("/api/audit/?model=worklist").await;
    assert_eq!(audited.len(), 3);
}

#[tokio::test]
async fn what_comes_back_is_taken_by_nobody() {
    let (setup, _, _) = reminded_setup().await;
    patient_says(&setup, "Reprogramar").await;
    let operator = setup.operator().await;
    let me = own_id(&operator).await;
    let entry = setup.list(WORKLIST).await.remove(0);
    let path = format!("{WORKLIST}{}/", text(&entry, "id"));
    operator.patch(&path, &json!({ "taken_by": me })).await.unwrap().expect_status(200).unwrap();
    patient_says(&setup, "mantener").await;
    assert!(kinds(&setup).await.is_empty());
    assert_eq!(operator.patch(&path, &json!({ "taken_by": me })).await.unwrap().code(), "not_found");
    setup.app.advance(TimeDelta::minutes(5));
    patient_says(&setup, "Reprogramar").await;
    let again = setup.list(WORKLIST).await.remove(0);
    assert_eq!((text(&again, "id"), again["taken_by"].clone()), (text(&entry, "id"), Value::Null));
}

#[tokio::test]
async fn users_see_the_worklist_of_their_clinics() {
    let setup = busy_setup().await;
    let other = setup.add_clinic("Norte").await;
    setup.app.add_user("norte@example.com", Role::Operator, &[&other]).await.unwrap();
    let client = setup.app.sign_in("norte@example.com").await.unwrap();
    let seen = client.get(WORKLIST).await.unwrap().expect_status(200).unwrap().results();
    let kinds: Vec<String> = seen.iter().map(|entry| text(entry, "kind")).collect();
    assert_eq!(kinds, ["emergency", "new_contact"], "those of no clinic");
    let counts = client.get(COUNTS).await.unwrap().expect_status(200).unwrap().body;
    assert_eq!((&counts["total"], &counts["by_kind"]["stranded"]), (&json!(2), &json!(0)));
    let stranded = text(&setup.list(WORKLIST).await[3], "id");
    let me = own_id(&client).await;
    let take = json!({ "taken_by": me });
    assert_eq!(client.patch(&format!("{WORKLIST}{stranded}/"), &take).await.unwrap().code(), "not_found");
    assert_eq!(setup.list(&format!("{WORKLIST}?clinic={other}")).await.len(), 2);
    assert_eq!(setup.list(&format!("{WORKLIST}?clinic={}", setup.clinic)).await.len(), 4);
}

/// D3: what a patient asked for doesn't leave the worklist at midnight.
#[tokio::test]
async fn it_has_no_lower_bound() {
    let (setup, appointment, _) = reminded_setup().await;
    patient_says(&setup, "Reprogramar").await;
    for now in ["2025-12-14T00:30:00-03:00", "2025-12-16T09:00:00-03:00", "2026-03-01T09:00:00-03:00"] {
        setup.run_job_at(now).await;
        let flagged = setup.list("/api/appointments/?needs_attention=true").await;
        assert_eq!(flagged.iter().map(id).collect::<Vec<_>>(), std::slice::from_ref(&appointment), "{now}");
        assert_eq!(kinds(&setup).await, ["reschedule_requested"], "{now}");
    }
    for (filter, found) in [("doctor", &setup.doctor), ("clinic", &setup.clinic), ("room", &setup.room)] {
        let path = format!("/api/appointments/?needs_attention=true&{filter}=");
        assert_eq!(setup.list(&format!("{path}{found}")).await.len(), 1, "{filter}");
        assert!(setup.list(&format!("{path}01940000-0000-7000-8000-000000000001")).await.is_empty(), "{filter}");
    }
}
