//! Is a patient's contact kept to the field, does it get the messages where it is to, and does its word
//! count as the patient's?

use crate::paging::walk;
use crate::patients::{LIST, whole};
use crate::replies::{DUE, outbox, status};
use crate::world::{PHONE, World, id, text};
use domain::time::TimeDelta;
use futures_util::future::join_all;
use invariants::check_table;
use local::fake_twilio::PatientReply;
use serde_json::{Value, json};
use testkit::test_app::Answer;

const MOTHER: &str = "+12025550188";
const FATHER: &str = "+12025550189";

fn path(world: &World) -> String {
    format!("{LIST}{}/contacts/", world.patient)
}

fn mother() -> Value {
    json!({ "name": "Marta", "relationship": "madre", "phone_number": MOTHER, "email": "marta@example.com",
        "is_primary": true, "receives_notifications": true })
}

async fn add(world: &World, body: &Value) -> Answer {
    world.operator().await.post(&path(world), body).await.unwrap()
}

/// A contact that receives the messages.
pub(crate) async fn receiver(world: &World, number: &str) -> String {
    let body = json!({ "name": "Marta", "phone_number": number, "receives_notifications": true });
    add(world, &body).await.expect_status(201).unwrap().id()
}

async fn says_from(world: &World, number: &str, words: &str) {
    let reply = PatientReply { from: number.into(), body: Some(words.into()), ..world.reply() };
    world.app.patient_writes(&reply).await.unwrap().expect_status(200).unwrap();
}

async fn opted_in(world: &World) -> bool {
    let answer = world.operator().await.get(&format!("{LIST}{}/", world.patient)).await.unwrap();
    answer.body["whatsapp_opt_in"].as_bool().unwrap()
}

#[tokio::test]
async fn a_contact_is_kept_to_the_field() {
    let world = World::new().await;
    let operator = world.operator().await;
    let body = json!({ "name": "Marta", "relationship": "madre", "phone_number": "+1 202 555 0188",
        "email": "marta@example.com", "is_primary": true, "receives_notifications": true });
    let made = add(&world, &body).await.expect_status(201).unwrap();
    let own = format!("{}{}/", path(&world), made.id());
    assert_eq!((made.header("location"), made.header("etag")), (own.clone(), "\"1\"".to_owned()));
    let mut wanted = body.clone();
    wanted["id"] = json!(made.id());
    wanted["phone_number"] = json!(MOTHER);
    wanted["version"] = json!(1);
    assert_eq!(made.body, wanted);
    assert_eq!(operator.get(&own).await.unwrap().expect_status(200).unwrap().body, wanted);
    assert_eq!(world.list(&path(&world)).await, [wanted.clone()]);

    let changed = operator.patch(&own, &json!({ "relationship": null, "is_primary": false })).await.unwrap();
    wanted["relationship"] = Value::Null;
    wanted["is_primary"] = json!(false);
    wanted["version"] = json!(2);
    assert_eq!((changed.header("etag").as_str(), &changed.body), ("\"2\"", &wanted));
    let replaced = operator.put(&own, &json!({ "name": "Raúl" })).await.unwrap().expect_status(200).unwrap();
    let bare = json!({ "id": made.id(), "name": "Raúl", "relationship": null, "phone_number": null, "email": null,
        "is_primary": false, "receives_notifications": false, "version": 3 });
    assert_eq!(replaced.body, bare);

    operator.put(&format!("{LIST}{}/", world.patient), &whole()).await.unwrap().expect_status(200).unwrap();
    assert_eq!(world.list(&path(&world)).await, [bare], "a patient's data can be replaced without them");
    operator.delete(&own).await.unwrap().expect_status(204).unwrap();
    assert_eq!(operator.get(&own).await.unwrap().status, 404);
    assert!(world.list(&path(&world)).await.is_empty());
    let nobody = format!("{LIST}019b2f3e-7a10-7cc1-9d7e-0242ac120002/contacts/");
    assert_eq!(operator.get(&nobody).await.unwrap().status, 404);
    assert_eq!(operator.post(&nobody, &mother()).await.unwrap().status, 404);
}

#[tokio::test]
async fn what_a_contact_cannot_be_is_named() {
    let world = World::new().await;
    let made = add(&world, &json!({ "name": "Marta" })).await.expect_status(201).unwrap().id();
    let own = format!("{}{made}/", path(&world));
    let operator = world.operator().await;
    let long = |length| json!("x".repeat(length));
    for (field, value) in [
        ("name", json!(" ")),
        ("name", long(101)),
        ("relationship", long(51)),
        ("phone_number", json!("12")),
        ("email", json!("marta@")),
        ("is_primary", json!("yes")),
        ("version", json!(1)),
        ("patient", json!(world.patient)),
    ] {
        let mut body = mother();
        body[field] = value.clone();
        for answer in [add(&world, &body).await, operator.put(&own, &body).await.unwrap()] {
            let answer = answer.expect_status(400).unwrap();
            let errors: Vec<&String> = answer.body["errors"].as_object().unwrap().keys().collect();
            assert_eq!(errors, [field], "{value}");
        }
    }
    // Where would the messages go?
    let without = json!({ "receives_notifications": true });
    let answer = operator.patch(&own, &without).await.unwrap().expect_status(400).unwrap();
    assert!(answer.body["errors"]["phone_number"].is_array(), "{}", answer.body);
    let with = json!({ "receives_notifications": true, "phone_number": MOTHER });
    operator.patch(&own, &with).await.unwrap().expect_status(200).unwrap();
    let answer = operator.patch(&own, &json!({ "phone_number": "" })).await.unwrap().expect_status(400).unwrap();
    assert!(answer.body["errors"]["phone_number"].is_array(), "{}", answer.body);
}

/// By turns, and all at once.
#[tokio::test]
async fn there_are_ten_at_most_and_one_is_primary() {
    let world = World::new().await;
    for number in 0..8 {
        let body = json!({ "name": format!("Contacto {number}"), "is_primary": number % 2 == 0 });
        add(&world, &body).await.expect_status(201).unwrap();
    }
    let operator = world.operator().await;
    let (at, body) = (path(&world), json!({ "name": "Otro", "is_primary": true }));
    let answers = join_all((0..4).map(|_| operator.post(&at, &body))).await;
    let mut statuses: Vec<u16> = answers.into_iter().map(|answer| answer.unwrap().status.as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 201, 400, 400]);
    let refused = operator.post(&at, &body).await.unwrap().expect_status(400).unwrap();
    assert!(refused.body["errors"]["contacts"].is_array(), "{}", refused.body);

    let contacts = world.list(&at).await;
    let primary = |contacts: &[Value]| contacts.iter().filter(|one| one["is_primary"] == true).count();
    assert_eq!((contacts.len(), primary(&contacts)), (10, 1));
    let first = format!("{at}{}/", id(&contacts[0]));
    operator.patch(&first, &json!({ "is_primary": true })).await.unwrap().expect_status(200).unwrap();
    let contacts = world.list(&at).await;
    assert_eq!((&contacts[0]["is_primary"], primary(&contacts)), (&json!(true), 1));

    let (forwards, backwards) = walk(&operator, &format!("{at}?page_size=3")).await;
    assert_eq!(forwards.iter().map(Vec::len).collect::<Vec<_>>(), [3, 3, 3, 1]);
    assert_eq!(forwards.concat(), contacts);
    assert_eq!(backwards.iter().rev().flatten().cloned().collect::<Vec<_>>(), contacts);
}

#[tokio::test]
async fn two_hands_do_not_undo_each_other() {
    let world = World::new().await;
    let operator = world.operator().await;
    let keyed = operator.clone().header("idempotency-key", "alta").unwrap();
    let body = json!({ "name": "Marta" });
    let first = keyed.post(&path(&world), &body).await.unwrap().expect_status(201).unwrap();
    let again = keyed.post(&path(&world), &body).await.unwrap().expect_status(201).unwrap();
    assert_eq!((first.id(), again.header("idempotency-replayed").as_str()), (again.id(), "true"));
    assert_eq!(world.list(&path(&world)).await.len(), 1);

    let own = format!("{}{}/", path(&world), first.id());
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
    let world = World::new().await;
    world.book("10:00").await;
    // After the appointment was booked: the reminder that waits is for her.
    let marta = receiver(&world, MOTHER).await;
    world.tick(DUE).await;
    let numbers = |world: &World| outbox(world).into_iter().map(|message| message.to).collect::<Vec<_>>();
    assert_eq!(numbers(&world), [format!("whatsapp:{MOTHER}")]);

    // A notice goes the same way.
    let appointment = id(&world.book("11:00").await);
    assert!(
        world
            .list(&format!("/api/notifications/?appointment={appointment}"))
            .await
            .iter()
            .all(|row| text(row, "to") == MOTHER)
    );
    world.act(&appointment, &json!({ "action": "cancel", "reason": "x" })).await.expect_status(200).unwrap();
    world.app.advance(TimeDelta::minutes(5));
    world.app.system.run_reminders().await.unwrap();
    assert!(
        numbers(&world).len() > 1 && numbers(&world).iter().all(|to| to.ends_with(MOTHER)),
        "{:?}",
        numbers(&world)
    );

    // The primary one comes first; without a receiver the patient is told.
    let raul = receiver(&world, FATHER).await;
    let sent = async |world: &World| {
        let appointment = id(&world.book("12:00").await);
        let send = format!("/api/notifications/whatsapp/send/{appointment}/");
        world.app.advance(TimeDelta::minutes(1));
        let answer = world.operator().await.post(&send, &json!({})).await.unwrap().expect_status(200).unwrap();
        world.act(&appointment, &json!({ "action": "cancel", "reason": "x" })).await.expect_status(200).unwrap();
        text(&answer.body["notification"], "to")
    };
    assert_eq!(sent(&world).await, MOTHER, "the oldest");
    let operator = world.operator().await;
    let fathers = format!("{}{raul}/", path(&world));
    operator.patch(&fathers, &json!({ "is_primary": true })).await.unwrap().expect_status(200).unwrap();
    assert_eq!(sent(&world).await, FATHER);
    let operator = world.operator().await;
    operator.delete(&fathers).await.unwrap().expect_status(204).unwrap();
    let mothers = format!("{}{marta}/", path(&world));
    operator.patch(&mothers, &json!({ "receives_notifications": false })).await.unwrap().expect_status(200).unwrap();
    assert_eq!(sent(&world).await, PHONE);
}

#[tokio::test]
async fn a_contacts_answer_counts_as_the_patients() {
    let world = World::new().await;
    receiver(&world, MOTHER).await;
    let appointment = id(&world.book("10:00").await);
    world.tick(DUE).await;
    says_from(&world, MOTHER, "Confirmo").await;
    assert_eq!(status(&world, &appointment).await, "CONFIRMED");
    let row = world.list(&format!("/api/appointments/{appointment}/actions/")).await.pop().unwrap();
    assert_eq!((text(&row["actor"], "type"), text(&row["actor"], "id")), ("patient".into(), world.patient.clone()));
    assert!(outbox(&world).iter().all(|message| message.to.ends_with(MOTHER)), "the answer goes where it was asked");
}

#[tokio::test]
async fn a_contact_who_wants_no_more_messages_is_heard() {
    let world = World::new().await;
    let marta = receiver(&world, MOTHER).await;
    // She has never been written to; her number alone tells whose word it is.
    says_from(&world, MOTHER, "STOP").await;
    assert!(!opted_in(&world).await);
    says_from(&world, MOTHER, "ALTA").await;
    assert!(opted_in(&world).await);
    says_from(&world, PHONE, "STOP").await;
    assert!(!opted_in(&world).await, "the patient's own number goes on to count");
    says_from(&world, PHONE, "ALTA").await;

    let own = format!("{}{marta}/", path(&world));
    let elsewhere = json!({ "phone_number": FATHER });
    world.operator().await.patch(&own, &elsewhere).await.unwrap().expect_status(200).unwrap();
    says_from(&world, MOTHER, "STOP").await;
    assert!(opted_in(&world).await, "a number that was given up counts for nobody");
    says_from(&world, FATHER, "STOP").await;
    assert!(!opted_in(&world).await);
    let report = check_table(&world.app.system.database.table()).await.unwrap();
    assert_eq!(report.findings, [], "{report}");
}

#[tokio::test]
async fn every_change_has_its_author_and_no_name_in_it() {
    let world = World::new().await;
    let first = add(&world, &json!({ "name": "Marta", "is_primary": true })).await.expect_status(201).unwrap().id();
    let second = json!({ "name": "Raúl", "phone_number": FATHER, "is_primary": true, "receives_notifications": true });
    let second = add(&world, &second).await.expect_status(201).unwrap().id();
    let own = format!("{}{second}/", path(&world));
    world.operator().await.delete(&own).await.unwrap().expect_status(204).unwrap();
    let trail = async |id: &str| world.list(&format!("/api/audit/?object_id={id}")).await;
    let deposed = trail(&first).await;
    assert_eq!(deposed.iter().map(|row| text(row, "action")).collect::<Vec<_>>(), ["UPDATE", "CREATE"]);
    assert_eq!(deposed[0]["changes"], json!({ "is_primary": { "old": "true", "new": "false" } }));
    let rows = trail(&second).await;
    assert_eq!(rows.iter().map(|row| text(row, "action")).collect::<Vec<_>>(), ["DELETE", "CREATE"]);
    assert_eq!(text(&rows[1], "model"), "contact");
    assert_eq!(rows[1]["changes"]["patient"]["new"], json!(world.patient));
    assert_eq!(rows[1]["changes"]["name"]["new"], "changed");
    let report = check_table(&world.app.system.database.table()).await.unwrap();
    assert_eq!(report.findings, [], "what was removed may be pointed at: {report}");
}

#[tokio::test]
async fn patients_are_not_found_by_a_contacts_number() {
    let world = World::new().await;
    receiver(&world, MOTHER).await;
    assert!(world.list(&format!("{LIST}?search=5550188")).await.is_empty());
    assert!(world.list(&format!("{LIST}?phone_number=%2B12025550188")).await.is_empty());
    assert_eq!(world.list(&format!("{LIST}?search=5550141")).await.len(), 1);
}
