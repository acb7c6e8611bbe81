//! Tests of a patient's contacts: their fields, which one receives the messages, and that its replies count as the
//! patient's.

use crate::clinic_setup::{ClinicSetup, PHONE, id, text};
use crate::paging::walk_pages;
use crate::patients::{LIST, complete_patient};
use crate::replies::{DUE, appointment_status, outbox};
use domain::time::TimeDelta;
use futures_util::future::join_all;
use invariants::check_table;
use local::fake_twilio::PatientReply;
use serde_json::{Value, json};
use testkit::test_app::TestResponse;

const MOTHER: &str = "+12025550188";
const FATHER: &str = "+12025550189";

fn contacts_path(setup: &ClinicSetup) -> String {
    format!("{LIST}{}/contacts/", setup.patient)
}

fn mother() -> Value {
    json!({ "name": "Marta", "relationship": "madre", "phone_number": MOTHER, "email": "marta@example.com",
        "is_primary": true, "receives_notifications": true })
}

async fn add_contact(setup: &ClinicSetup, body: &Value) -> TestResponse {
    setup.operator().await.post(&contacts_path(setup), body).await.unwrap()
}

/// Adds a contact that receives the patient's messages.
pub(crate) async fn add_receiver(setup: &ClinicSetup, number: &str) -> String {
    let body = json!({ "name": "Marta", "phone_number": number, "receives_notifications": true });
    add_contact(setup, &body).await.expect_status(201).unwrap().id()
}

async fn write_from(setup: &ClinicSetup, number: &str, words: &str) {
    let reply = PatientReply { from: number.into(), body: Some(words.into()), ..ClinicSetup::patient_reply() };
    setup.app.patient_writes(&reply).await.unwrap().expect_status(200).unwrap();
}

async fn is_opted_in(setup: &ClinicSetup) -> bool {
    let answer = setup.operator().await.get(&format!("{LIST}{}/", setup.patient)).await.unwrap();
    answer.body["whatsapp_opt_in"].as_bool().unwrap()
}

#[tokio::test]
async fn every_field_of_a_contact_is_stored() {
    let setup = ClinicSetup::new().await;
    let operator = setup.operator().await;
    let body = json!({ "name": "Marta", "relationship": "madre", "phone_number": "+1 202 555 0188",
        "email": "marta@example.com", "is_primary": true, "receives_notifications": true });
    let made = add_contact(&setup, &body).await.expect_status(201).unwrap();
    let own = format!("{}{}/", contacts_path(&setup), made.id());
    assert_eq!((made.header("location"), made.header("etag")), (own.clone(), "\"1\"".to_owned()));
    let mut wanted = body.clone();
    wanted["id"] = json!(made.id());
    wanted["phone_number"] = json!(MOTHER);
    wanted["phone_type"] = json!("unknown");
    wanted["version"] = json!(1);
    assert_eq!(made.body, wanted);
    assert_eq!(operator.get(&own).await.unwrap().expect_status(200).unwrap().body, wanted);
    assert_eq!(setup.list(&contacts_path(&setup)).await, [wanted.clone()]);

    let changed = operator.patch(&own, &json!({ "relationship": null, "is_primary": false })).await.unwrap();
    wanted["relationship"] = Value::Null;
    wanted["is_primary"] = json!(false);
    wanted["version"] = json!(2);
    assert_eq!((changed.header("etag").as_str(), &changed.body), ("\"2\"", &wanted));
    let replaced = operator.put(&own, &json!({ "name": "Raúl" })).await.unwrap().expect_status(200).unwrap();
    let bare = json!({ "id": made.id(), "name": "Raúl", "relationship": null, "phone_number": null, "phone_type": null,
        "email": null, "is_primary": false, "receives_notifications": false, "version": 3 });
    assert_eq!(replaced.body, bare);

    operator.put(&format!("{LIST}{}/", setup.patient), &complete_patient()).await.unwrap().expect_status(200).unwrap();
    assert_eq!(setup.list(&contacts_path(&setup)).await, [bare], "a patient's data can be replaced without them");
    operator.delete(&own).await.unwrap().expect_status(204).unwrap();
    assert_eq!(operator.get(&own).await.unwrap().status, 404);
    assert!(setup.list(&contacts_path(&setup)).await.is_empty());
    let unknown = format!("{LIST}019b2f3e-7a10-7cc1-9d7e-0242ac120002/contacts/");
    assert_eq!(operator.get(&unknown).await.unwrap().status, 404);
    assert_eq!(operator.post(&unknown, &mother()).await.unwrap().status, 404);
}

#[tokio::test]
async fn invalid_fields_are_named() {
    let setup = ClinicSetup::new().await;
    let made = add_contact(&setup, &json!({ "name": "Marta" })).await.expect_status(201).unwrap().id();
    let own = format!("{}{made}/", contacts_path(&setup));
    let operator = setup.operator().await;
    let long = |length| json!("x".repeat(length));
    for (field, value) in [
        ("name", json!(" ")),
        ("name", long(101)),
        ("relationship", long(51)),
        ("phone_number", json!("12")),
        ("email", json!("marta@")),
        ("is_primary", json!("yes")),
        ("version", json!(1)),
        ("patient", json!(setup.patient)),
    ] {
        let mut body = mother();
        body[field] = value.clone();
        for answer in [add_contact(&setup, &body).await, operator.put(&own, &body).await.unwrap()] {
            let answer = answer.expect_status(400).unwrap();
            let errors: Vec<&String> = answer.body["errors"].as_object().unwrap().keys().collect();
            assert_eq!(errors, [field], "{value}");
        }
    }
    // A receiver needs a number.
    let without = json!({ "receives_notifications": true });
    let answer = operator.patch(&own, &without).await.unwrap().expect_status(400).unwrap();
    assert!(answer.body["errors"]["phone_number"].is_array(), "{}", answer.body);
    let with = json!({ "receives_notifications": true, "phone_number": MOTHER });
    operator.patch(&own, &with).await.unwrap().expect_status(200).unwrap();
    let answer = operator.patch(&own, &json!({ "phone_number": "" })).await.unwrap().expect_status(400).unwrap();
    assert!(answer.body["errors"]["phone_number"].is_array(), "{}", answer.body);
}

/// Sequentially and concurrently.
#[tokio::test]
async fn there_are_ten_at_most_and_one_is_primary() {
    let setup = ClinicSetup::new().await;
    for number in 0..8 {
        let body = json!({ "name": format!("Contacto {number}"), "is_primary": number % 2 == 0 });
        add_contact(&setup, &body).await.expect_status(201).unwrap();
    }
    let operator = setup.operator().await;
    let (at, body) = (contacts_path(&setup), json!({ "name": "Otro", "is_primary": true }));
    let answers = join_all((0..4).map(|_| operator.post(&at, &body))).await;
    let mut statuses: Vec<u16> = answers.into_iter().map(|answer| answer.unwrap().status.as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 201, 400, 400]);
    let refused = operator.post(&at, &body).await.unwrap().expect_status(400).unwrap();
    assert!(refused.body["errors"]["contacts"].is_array(), "{}", refused.body);

    let contacts = setup.list(&at).await;
    let primary = |contacts: &[Value]| contacts.iter().filter(|one| one["is_primary"] == true).count();
    assert_eq!((contacts.len(), primary(&contacts)), (10, 1));
    let first = format!("{at}{}/", id(&contacts[0]));
    operator.patch(&first, &json!({ "is_primary": true })).await.unwrap().expect_status(200).unwrap();
    let contacts = setup.list(&at).await;
    assert_eq!((&contacts[0]["is_primary"], primary(&contacts)), (&json!(true), 1));

    let (forwards, backwards) = walk_pages(&operator, &format!("{at}?page_size=3")).await;
    assert_eq!(forwards.iter().map(Vec::len).collect::<Vec<_>>(), [3, 3, 3, 1]);
    assert_eq!(forwards.concat(), contacts);
    assert_eq!(backwards.iter().rev().flatten().cloned().collect::<Vec<_>>(), contacts);
}

#[tokio::test]
async fn repeated_and_stale_requests_change_nothing() {
    let setup = ClinicSetup::new().await;
    let operator = setup.operator().await;
    let keyed = operator.clone().header("idempotency-key", "alta").unwrap();
    let body = json!({ "name": "Marta" });
    let first = keyed.post(&contacts_path(&setup), &body).await.unwrap().expect_status(201).unwrap();
    let again = keyed.post(&contacts_path(&setup), &body).await.unwrap().expect_status(201).unwrap();
    assert_eq!((first.id(), again.header("idempotency-replayed").as_str()), (again.id(), "true"));
    assert_eq!(setup.list(&contacts_path(&setup)).await.len(), 1);

    let own = format!("{}{}/", contacts_path(&setup), first.id());
    operator.patch(&own, &json!({ "relationship": "tía" })).await.unwrap().expect_status(200).unwrap();
    let stale = operator.header("if-match", "\"1\"").unwrap();
    for answer in
        [stale.patch(&own, &json!({ "name": "X" })).await, stale.put(&own, &body).await, stale.delete(&own).await]
    {
        assert_eq!(answer.unwrap().status, 412);
    }
}

#[tokio::test]
async fn messages_go_to_the_contact_who_receives_them() {
    let setup = ClinicSetup::new().await;
    setup.book("10:00").await;
    // Added after the booking: the pending reminder goes to her too.
    let marta = add_receiver(&setup, MOTHER).await;
    setup.run_job_at(DUE).await;
    let numbers = |setup: &ClinicSetup| outbox(setup).into_iter().map(|message| message.to).collect::<Vec<_>>();
    assert_eq!(numbers(&setup), [format!("whatsapp:{MOTHER}")]);

    // A notice goes the same way.
    let appointment = id(&setup.book("11:00").await);
    assert!(
        setup
            .list(&format!("/api/notifications/?appointment={appointment}"))
            .await
            .iter()
            .all(|row| text(row, "to") == MOTHER)
    );
    setup.act(&appointment, &json!({ "action": "cancel", "reason": "x" })).await.expect_status(200).unwrap();
    setup.app.advance(TimeDelta::minutes(5));
    setup.app.system.run_reminders().await.unwrap();
    assert!(
        numbers(&setup).len() > 1 && numbers(&setup).iter().all(|to| to.ends_with(MOTHER)),
        "{:?}",
        numbers(&setup)
    );

    // The primary contact has priority; without a receiving contact the patient gets the message.
    let raul = add_receiver(&setup, FATHER).await;
    let sent = async |setup: &ClinicSetup| {
        let appointment = id(&setup.book("12:00").await);
        let send = format!("/api/notifications/whatsapp/send/{appointment}/");
        setup.app.advance(TimeDelta::minutes(1));
        let answer = setup.operator().await.post(&send, &json!({})).await.unwrap().expect_status(200).unwrap();
        setup.act(&appointment, &json!({ "action": "cancel", "reason": "x" })).await.expect_status(200).unwrap();
        text(&answer.body["notification"], "to")
    };
    assert_eq!(sent(&setup).await, MOTHER, "the oldest");
    let operator = setup.operator().await;
    let fathers = format!("{}{raul}/", contacts_path(&setup));
    operator.patch(&fathers, &json!({ "is_primary": true })).await.unwrap().expect_status(200).unwrap();
    assert_eq!(sent(&setup).await, FATHER);
    let operator = setup.operator().await;
    operator.delete(&fathers).await.unwrap().expect_status(204).unwrap();
    let mothers = format!("{}{marta}/", contacts_path(&setup));
    operator.patch(&mothers, &json!({ "receives_notifications": false })).await.unwrap().expect_status(200).unwrap();
    assert_eq!(sent(&setup).await, PHONE);
}

#[tokio::test]
async fn a_contacts_reply_counts_as_the_patients() {
    let setup = ClinicSetup::new().await;
    add_receiver(&setup, MOTHER).await;
    let appointment = id(&setup.book("10:00").await);
    setup.run_job_at(DUE).await;
    write_from(&setup, MOTHER, "Confirmo").await;
    assert_eq!(appointment_status(&setup, &appointment).await, "CONFIRMED");
    let row = setup.list(&format!("/api/appointments/{appointment}/actions/")).await.pop().unwrap();
    assert_eq!((text(&row["actor"], "type"), text(&row["actor"], "id")), ("patient".into(), setup.patient.clone()));
    assert!(outbox(&setup).iter().all(|message| message.to.ends_with(MOTHER)), "the answer goes to the contact");
}

#[tokio::test]
async fn a_contact_can_opt_the_patient_out_and_in() {
    let setup = ClinicSetup::new().await;
    let marta = add_receiver(&setup, MOTHER).await;
    // She never got a message; she is recognized by her number alone.
    write_from(&setup, MOTHER, "STOP").await;
    assert!(!is_opted_in(&setup).await);
    write_from(&setup, MOTHER, "ALTA").await;
    assert!(is_opted_in(&setup).await);
    write_from(&setup, PHONE, "STOP").await;
    assert!(!is_opted_in(&setup).await, "the patient's own number counts too");
    write_from(&setup, PHONE, "ALTA").await;

    let own = format!("{}{marta}/", contacts_path(&setup));
    let elsewhere = json!({ "phone_number": FATHER });
    setup.operator().await.patch(&own, &elsewhere).await.unwrap().expect_status(200).unwrap();
    write_from(&setup, MOTHER, "STOP").await;
    assert!(is_opted_in(&setup).await, "a removed number counts for no patient");
    write_from(&setup, FATHER, "STOP").await;
    assert!(!is_opted_in(&setup).await);
    let report = check_table(&setup.app.system.database.table()).await.unwrap();
    assert_eq!(report.findings, [], "{report}");
}

#[tokio::test]
async fn every_change_is_audited_without_personal_data() {
    let setup = ClinicSetup::new().await;
    let first =
        add_contact(&setup, &json!({ "name": "Marta", "is_primary": true })).await.expect_status(201).unwrap().id();
    let second = json!({ "name": "Raúl", "phone_number": FATHER, "is_primary": true, "receives_notifications": true });
    let second = add_contact(&setup, &second).await.expect_status(201).unwrap().id();
    let own = format!("{}{second}/", contacts_path(&setup));
    setup.operator().await.delete(&own).await.unwrap().expect_status(204).unwrap();
    let trail = async |id: &str| setup.list(&format!("/api/audit/?object_id={id}")).await;
    let deposed = trail(&first).await;
    assert_eq!(deposed.iter().map(|row| text(row, "action")).collect::<Vec<_>>(), ["UPDATE", "CREATE"]);
    assert_eq!(deposed[0]["changes"], json!({ "is_primary": { "old": "true", "new": "false" } }));
    let rows = trail(&second).await;
    assert_eq!(rows.iter().map(|row| text(row, "action")).collect::<Vec<_>>(), ["DELETE", "CREATE"]);
    assert_eq!(text(&rows[1], "model"), "contact");
    assert_eq!(rows[1]["changes"]["patient"]["new"], json!(setup.patient));
    assert_eq!(rows[1]["changes"]["name"]["new"], "changed");
    let report = check_table(&setup.app.system.database.table()).await.unwrap();
    assert_eq!(report.findings, [], "what was removed may be pointed at: {report}");
}

#[tokio::test]
async fn a_search_finds_patients_by_a_contacts_number_and_the_filter_does_not() {
    let setup = ClinicSetup::new().await;
    add_receiver(&setup, MOTHER).await;
    assert_eq!(setup.list(&format!("{LIST}?search=5550188")).await.len(), 1);
    assert!(setup.list(&format!("{LIST}?phone_number=%2B12025550188")).await.is_empty());
    assert_eq!(setup.list(&format!("{LIST}?search=5550141")).await.len(), 1);
}
