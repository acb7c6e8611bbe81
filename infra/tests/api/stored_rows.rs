//! The names in the table: keys and attributes of every kind of row, as a snapshot. A renamed Rust field must not
//! rename a stored attribute, or tables that exist can't be read any more.

use crate::clinic_setup::{ClinicSetup, PHONE, id};
use crate::reminders::DUE;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::time::TimeDelta;
use local::fake_twilio::PatientReply;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;
use store::Table;

/// A table with as many kinds of rows as one day of a clinic leaves.
async fn filled_table() -> ClinicSetup {
    let setup = ClinicSetup::new().await;
    let patient = format!("/api/patients/{}/", setup.patient);
    setup.create(&format!("{patient}contacts/"), &json!({ "name": "Marta", "phone_number": "+12025550143" })).await;
    setup.create("/api/doctors/specialties/", &json!({ "name": "Cardiología" })).await;
    setup.create("/api/clinics/holidays/", &json!({ "date": "2026-12-25", "name": "Navidad" })).await;
    let rule = json!({
        "doctor": setup.doctor, "room": setup.room, "weekdays": [2], "start_time": "09:00", "end_time": "12:00",
        "valid_from": "2026-01-01",
    });
    setup.create("/api/schedules/rules/", &rule).await;
    let block = json!({
        "doctor": setup.doctor, "start_datetime": "2026-03-02T10:00:00-03:00", "end_datetime": "2026-03-02T11:00:00-03:00",
    });
    setup.create("/api/schedules/blocks/", &block).await;
    setup.book("09:00").await;
    let second = id(&setup.book("10:00").await);
    let third = id(&setup.book("11:00").await);
    for (appointment, action) in [(&second, "cancel"), (&third, "request_reschedule")] {
        let body = json!({ "action": action, "reason": "x" });
        setup.act(appointment, &body).await.expect_status(200).unwrap();
    }
    let erased = setup.add_patient("Rosa", "30777777", "+12025550149").await;
    let erasure = format!("/api/patients/{erased}/erase/");
    setup.admin().await.post(&erasure, &json!({ "reason": "x" })).await.unwrap();
    setup.run_job_at(DUE).await;
    // Leaves an open question.
    let reply = PatientReply { from: PHONE.into(), body: Some("cancelar".into()), ..ClinicSetup::patient_reply() };
    setup.app.patient_writes(&reply).await.unwrap();
    let (from, media) = ("+5511987650000".into(), vec!["image/png".to_owned()]);
    let unknown_sender = PatientReply { from, media, body: Some("oi".into()), ..ClinicSetup::patient_reply() };
    setup.app.patient_writes(&unknown_sender).await.unwrap();
    let clinic = format!("/api/clinics/clinics/{}/", setup.clinic);
    let replies = json!({ "quick_replies": [{ "shortcut": "sí", "es": "Sí.", "pt": "Sim.", "en": "Yes." }] });
    setup.admin().await.patch(&clinic, &replies).await.unwrap().expect_status(200).unwrap();
    // An answer that is kept, and one that was read.
    for hours in [25, 26] {
        setup.app.advance(TimeDelta::hours(hours));
        let messages = setup.list("/api/notifications/inbound/").await;
        let question = id(messages.iter().find(|message| message["from"] == PHONE).unwrap());
        let path = format!("/api/notifications/inbound/{question}/reply/");
        setup.operator().await.post(&path, &json!({ "body": "x" })).await.unwrap().expect_status(202).unwrap();
        setup.app.system.run_reminders().await.unwrap();
        if hours == 25 {
            setup.app.patient_writes(&PatientReply { body: Some("1".into()), ..reply.clone() }).await.unwrap();
        }
    }
    setup
}

/// The names below an attribute. Ids as names stand as `*`.
fn collect_names(path: &str, value: &AttributeValue, names: &mut BTreeSet<String>) {
    names.insert(path.to_owned());
    match value {
        AttributeValue::M(members) => {
            for (name, member) in members {
                let is_id = name.len() >= 16 && name.chars().any(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
                collect_names(&format!("{path}.{}", if is_id { "*" } else { name }), member, names);
            }
        }
        AttributeValue::L(entries) => {
            for entry in entries {
                collect_names(&format!("{path}[]"), entry, names);
            }
        }
        _ => {}
    }
}

/// The first part of a key, without ids and times.
fn key_kind(item: &HashMap<String, AttributeValue>, name: &str) -> String {
    let key = item.get(name).and_then(|value| value.as_s().ok()).cloned().unwrap_or_default();
    let first = key.split('#').next().unwrap_or_default();
    if first.chars().all(|c| c.is_ascii_uppercase() || c == '_') { first.to_owned() } else { "*".to_owned() }
}

async fn stored_names(table: &Table) -> String {
    let mut kinds: BTreeMap<String, (BTreeSet<String>, BTreeSet<String>)> = BTreeMap::new();
    let pages = table.client().scan().table_name(table.name()).send().await.unwrap();
    assert!(pages.last_evaluated_key.is_none(), "the table has grown over one page");
    for item in pages.items.unwrap() {
        let kind = item["kind"].as_s().unwrap().clone();
        let (keys, names) = kinds.entry(kind).or_default();
        keys.insert(format!("{} / {}", key_kind(&item, "PK"), key_kind(&item, "SK")));
        for (name, value) in &item {
            collect_names(name, value, names);
        }
    }
    let mut text = String::new();
    for (kind, (keys, names)) in kinds {
        writeln!(text, "{kind}: {}", keys.into_iter().collect::<Vec<_>>().join(", ")).unwrap();
        for name in names {
            writeln!(text, "  {name}").unwrap();
        }
    }
    text
}

#[tokio::test]
async fn stored_names_stay() {
    let setup = filled_table().await;
    let names = stored_names(&setup.app.system.database.table()).await;
    insta::assert_snapshot!(names);
}
