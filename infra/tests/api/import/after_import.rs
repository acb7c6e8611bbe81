//! Tests of the system after an import: reminders, replies to old messages, occupied time, history and sign-in.

use super::{DUMP, MIDDLE, dump_rows, empty_system, import};
use crate::paging::walk_pages;
use cli::import::old_ids;
use cli::migrate::migrate_app;
use domain::ids::{AppointmentId, Id as _, PatientId, UserId};
use domain::time::{Instant, TimeDelta};
use invariants::check_table;
use local::fake_twilio::PatientReply;
use local::system::FAKE_SENDER;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use store::item::{Item, kind};
use store::keys::Key;
use store::{Purpose, Transaction};
use testkit::test_app::{PASSWORD, TestApp};

const APPOINTMENT: &str = "appointments.appointment";

fn appointment_id(pk: &Value) -> String {
    old_ids::id::<AppointmentId>(APPOINTMENT, pk.as_u64().unwrap()).to_string()
}

async fn get_body(app: &TestApp, path: &str) -> Value {
    app.admin().await.unwrap().get(path).await.unwrap().expect_status(200).unwrap().body
}

async fn read_appointment(app: &TestApp, pk: &Value) -> Value {
    get_body(app, &format!("/api/appointments/{}/", appointment_id(pk))).await
}

/// The imported appointments of the dump that are upcoming and active, each with the SID of the message by which the
/// old service has reminded of it, if it has.
async fn upcoming_appointments(app: &TestApp) -> Vec<(Value, Option<String>)> {
    let messages = dump_rows("notifications.notification");
    let now = Instant::parse(MIDDLE).unwrap();
    let mut found = Vec::new();
    for row in dump_rows(APPOINTMENT) {
        let start = Instant::parse(row["fields"]["start_datetime"].as_str().unwrap()).unwrap();
        let active = ["PENDING", "CONFIRMED"].contains(&row["fields"]["status"].as_str().unwrap());
        let path = format!("/api/appointments/{}/", appointment_id(&row["pk"]));
        let here = app.admin().await.unwrap().get(&path).await.unwrap().status == 200;
        if active && here && start.since(now) > TimeDelta::zero() {
            let message = messages.iter().find(|message| message["fields"]["appointment"] == row["pk"]);
            let sid = message.map(|message| message["fields"]["external_id"].as_str().unwrap().to_owned());
            found.push((row["pk"].clone(), sid));
        }
    }
    found
}

#[tokio::test]
async fn patients_are_reminded_only_of_appointments_without_an_old_reminder() {
    let app = empty_system().await;
    import(&app, DUMP).await;
    let appointments = upcoming_appointments(&app).await;
    let (reminded, not_reminded): (Vec<_>, Vec<_>) = appointments.iter().partition(|(_, sid)| sid.is_some());
    assert!(reminded.len() > 5 && not_reminded.len() > 5);
    for day in 0..26 {
        for minute in [0, 10, 20] {
            app.clock
                .set(Instant::parse(MIDDLE).unwrap().plus(TimeDelta::days(day) + TimeDelta::minutes(200 + minute)));
            app.system.run_reminders().await.unwrap();
        }
    }
    let mut sent = BTreeSet::new();
    for (pk, _) in &not_reminded {
        let row = read_appointment(&app, pk).await;
        assert_eq!(row["reminder"]["status"], "sent", "{row}");
        sent.insert(pk.as_u64());
    }
    assert_eq!(app.outbox().unwrap().len(), not_reminded.len());
    for (pk, sid) in &reminded {
        let path = format!("/api/notifications/?appointment={}", appointment_id(pk));
        let rows = get_body(&app, &path).await["results"].as_array().unwrap().clone();
        assert_eq!(rows.len(), 1);
        assert_eq!((&rows[0]["external_id"], &rows[0]["status"]), (&json!(sid), &json!("sent")));
    }
    let checked = check_table(&app.system.database.table()).await.unwrap();
    assert_eq!(checked.findings, [], "{checked}");
}

#[tokio::test]
async fn a_reply_to_an_old_message_is_understood() {
    for original in [true, false] {
        let app = empty_system().await;
        import(&app, DUMP).await;
        let appointments = upcoming_appointments(&app).await;
        let mut tried = 0;
        for (pk, sid) in appointments.iter().filter(|(_, sid)| sid.is_some()) {
            let before = read_appointment(&app, pk).await;
            let patient = get_body(&app, &format!("/api/patients/{}/", before["patient"].as_str().unwrap())).await;
            let own = appointments.iter().filter(|(pk, _)| {
                let row = dump_rows(APPOINTMENT).into_iter().find(|row| row["pk"] == *pk).unwrap();
                let id = old_ids::id::<PatientId>("patients.patient", row["fields"]["patient"].as_u64().unwrap());
                before["patient"] == id.to_string()
            });
            // Only patients with one appointment, so that the reply is unambiguous.
            if before["status"] != "PENDING" || own.count() > 1 {
                continue;
            }
            let reply = PatientReply {
                from: patient["phone_number"].as_str().unwrap().to_owned(),
                external_user: None,
                to: FAKE_SENDER.to_owned(),
                body: Some("Confirmar".into()),
                button_payload: None,
                original_sid: sid.clone().filter(|_| original),
                opt_out_type: None,
                media: Vec::new(),
            };
            app.patient_writes(&reply).await.unwrap().expect_status(200).unwrap();
            let after = read_appointment(&app, pk).await;
            assert_eq!((&after["status"], &after["confirmed_via"]), (&json!("CONFIRMED"), &json!("whatsapp")));
            tried += 1;
        }
        assert!(tried > 0, "no appointment to answer about");
    }
}

#[tokio::test]
async fn upcoming_appointments_occupy_their_time_and_past_ones_have_their_history() {
    let app = empty_system().await;
    import(&app, DUMP).await;
    let admin = app.admin().await.unwrap();
    let (pk, _) = upcoming_appointments(&app).await.remove(0);
    let taken = read_appointment(&app, &pk).await;
    let request = json!({
        "patient": old_ids::id::<PatientId>("patients.patient", 2).to_string(),
        "doctor": taken["doctor"], "room": taken["room"], "start_datetime": taken["start_datetime"],
    });
    let answer = admin.post("/api/appointments/", &request).await.unwrap();
    assert_eq!((answer.status.as_u16(), answer.code()), (409, "slot_taken".to_owned()), "{}", answer.body);
    for action in dump_rows("appointments.appointmentaction").iter().take(30) {
        let row = read_appointment(&app, &action["fields"]["appointment"]).await;
        let path = format!("/api/appointments/{}/actions/", row["id"].as_str().unwrap());
        let rows = get_body(&app, &path).await["results"].as_array().unwrap().clone();
        let last = rows.last().unwrap();
        assert_eq!((rows.len(), &last["to_status"]), (2, &row["status"]));
        assert_eq!(last["payload"], json!({ "imported_from": action["pk"].to_string() }));
        let patients = !["complete", "no_show"].contains(&last["action"].as_str().unwrap());
        assert_eq!(last["actor"]["type"], if patients { "patient" } else { "system" }, "{last}");
    }
}

#[tokio::test]
async fn imported_users_can_sign_in_after_an_admin_has_set_a_password() {
    let app = empty_system().await;
    import(&app, DUMP).await;
    let admin = app.admin().await.unwrap();
    for password in ["", "!Pv1hxCLuYRyqsay24P51JkZKPXaOKseatoIFHQwz", PASSWORD] {
        let body = json!({ "email": "recepcion1@clinica.example", "password": password });
        let answer = app.anonymous().post("/api/auth/token/", &body).await.unwrap();
        assert!([400, 401].contains(&answer.status.as_u16()), "{}", answer.body);
    }
    let path = format!("/api/auth/users/{}/", old_ids::id::<UserId>("accounts.user", 4));
    admin.patch(&path, &json!({ "password": PASSWORD })).await.unwrap().expect_status(200).unwrap();
    let user = app.sign_in("recepcion1@clinica.example").await.unwrap().get("/api/auth/me/").await.unwrap();
    assert_eq!(user.body["role"], "OPERATOR");
    // Both ADMINs are counted, so that either one can be removed.
    let path = format!("/api/auth/users/{}/", old_ids::id::<UserId>("accounts.user", 3));
    admin.delete(&path).await.unwrap().expect_status(204).unwrap();
}

#[test]
fn ids_of_imported_rows_are_valid() {
    assert!(AppointmentId::parse(&appointment_id(&json!(3))).is_some());
}

/// Also those that were cancelled, which occupy no time. An earlier release imported them without a day of the room's agenda.
#[tokio::test]
async fn every_imported_appointment_is_listed_in_its_room() {
    let app = empty_system().await;
    import(&app, DUMP).await;
    assert!(missing_in_their_rooms(&app).await.is_empty());
    assert_eq!(migrate_app(&app.system.app).await.unwrap().to_string(), "0 patients migrated");
    let table = &app.system.app.table;
    let request = table.client().scan().table_name(table.name()).into_paginator().items().send();
    let items: Vec<_> = request.collect::<Result<_, _>>().await.unwrap();
    let is_empty_day = |item: &&Item| {
        kind(item) == Some("agenda")
            && item["PK"].as_s().unwrap().starts_with("ROOM#")
            && item["iv"].as_m().unwrap().is_empty()
    };
    let mut removed = 0;
    for item in items.iter().filter(is_empty_day) {
        let key = Key { pk: item["PK"].as_s().unwrap().clone(), sk: item["SK"].as_s().unwrap().clone() };
        let mut transaction = Transaction::default();
        transaction.delete(Purpose::Append, key);
        table.transact(transaction).await.unwrap();
        removed += 1;
    }
    assert!(removed > 0 && !missing_in_their_rooms(&app).await.is_empty());
    let report = migrate_app(&app.system.app).await.unwrap().to_string();
    assert_eq!(report, format!("0 patients migrated\n{removed} days added to the agendas of rooms"));
    assert!(missing_in_their_rooms(&app).await.is_empty());
}

/// The imported appointments that the lists of their rooms lack.
async fn missing_in_their_rooms(app: &TestApp) -> Vec<String> {
    let admin = app.admin().await.unwrap();
    let mut missing = Vec::new();
    for row in dump_rows(APPOINTMENT) {
        let id = appointment_id(&row["pk"]);
        let found = admin.get(&format!("/api/appointments/{id}/")).await.unwrap();
        if found.status == 200 {
            let path = format!("/api/appointments/?room={}&date_from=2000-01-01", found.text("room"));
            let (pages, _) = walk_pages(&admin, &path).await;
            if !pages.iter().flatten().any(|row| row["id"] == found.body["id"]) {
                missing.push(id);
            }
        }
    }
    missing
}
