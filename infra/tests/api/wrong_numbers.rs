//! Tests of "número equivocado": the number goes into quarantine for the patient whom the message is about, until staff
//! correct it or confirm it.

use crate::clinic_setup::{ClinicSetup, PHONE, id, on_the_day, text};
use crate::contacts::add_receiver;
use crate::number_opt_outs::reminders_to;
use crate::replies::{DUE, appointment_status, outbox, reminded_setup};
use crate::sending::send_reminder;
use crate::who_may_act::{CORRECTED, MOTHER, change_patient, is_opted_in, receive, write_from};
use domain::time::TimeDelta;
use invariants::check_table;
use local::fake_twilio::PatientReply;
use serde_json::{Value, json};

const THANKS: &str = "Gracias por avisar. No le escribiremos más sobre esta persona.";
const LATER: &str = "2025-12-13T12:00:00-03:00";

async fn reminder_of(setup: &ClinicSetup, appointment: &str) -> Value {
    setup.list(&format!("/api/notifications/?appointment={appointment}&kind=reminder")).await.remove(0)
}

async fn worklist(setup: &ClinicSetup) -> Vec<Value> {
    setup.list("/api/notifications/inbound/?needs_attention=true").await
}

async fn book_for(setup: &ClinicSetup, patient: &str, time: &str) -> String {
    let body = json!({ "patient": patient, "doctor": setup.doctor, "start_datetime": on_the_day(time) });
    setup.try_book(body).await.expect_status(201).unwrap().id()
}

#[tokio::test]
async fn nothing_more_goes_to_a_wrong_number_and_nothing_from_it_counts() {
    for words in
        ["Número equivocado", "soy otra persona", "No soy Lucía", "número errado", "foi engano", "wrong number"]
    {
        let (setup, appointment, reminder) = reminded_setup().await;
        let later = id(&setup.book("12:00").await);
        write_from(&setup, PHONE, words).await;
        assert_eq!(outbox(&setup).pop().unwrap().body.as_deref(), Some(THANKS), "{words}");
        let rows = worklist(&setup).await;
        assert_eq!((rows.len(), text(&rows[0], "outcome")), (1, "wrong_number".into()), "{words}");
        assert_eq!(text(&rows[0]["attention"], "kind"), "wrong_number");
        // Withdrawn at once.
        assert_eq!(reminder_of(&setup, &later).await["status"], "cancelled", "{words}");
        assert_eq!(setup.appointment(&later).await["reminder"]["status"], "cancelled");
        let refused = send_reminder(&setup, &later, json!({ "force": true })).await.expect_status(400).unwrap();
        assert!(refused.body["errors"]["phone_number"].is_array(), "{}", refused.body);
        // What is booked later is dropped when it is due, and so are notices.
        let booked = id(&setup.book("11:00").await);
        setup
            .act(&later, &json!({ "action": "cancel", "reason": "x", "notify": true }))
            .await
            .expect_status(200)
            .unwrap();
        let sent = outbox(&setup).len();
        setup.run_job_at(LATER).await;
        assert_eq!(outbox(&setup).len(), sent, "{words}");
        // Nothing from it counts, and it isn't answered again.
        for more in ["Confirmo", "1", "Cancelar", "Número equivocado", "hola"] {
            write_from(&setup, PHONE, more).await;
            let quote = PatientReply {
                body: Some(more.into()),
                original_sid: Some(reminder.sid.clone()),
                ..ClinicSetup::patient_reply()
            };
            receive(&setup, &quote).await;
        }
        write_from(&setup, PHONE, "STOP").await;
        for appointment in [&appointment, &booked] {
            assert_eq!(appointment_status(&setup, appointment).await, "PENDING", "{words}");
        }
        assert!(is_opted_in(&setup, &setup.patient).await, "STOP is that of the number");
        assert!(outbox(&setup)[sent..].iter().all(|message| message.body.as_deref().unwrap().contains("ALTA")));
        let report = check_table(&setup.app.system.database.table()).await.unwrap();
        assert_eq!(report.findings, [], "{report}");
    }
}

#[tokio::test]
async fn staff_lift_it_with_a_corrected_or_confirmed_number() {
    for (number, wanted) in [(CORRECTED, CORRECTED), (PHONE, PHONE)] {
        let setup = ClinicSetup::new().await;
        let appointment = id(&setup.book("10:00").await);
        write_from(&setup, PHONE, "Número equivocado").await;
        assert_eq!(reminder_of(&setup, &appointment).await["status"], "cancelled");
        change_patient(&setup, &setup.patient, &json!({ "notes": "x" })).await;
        assert_eq!(
            setup.appointment(&appointment).await["reminder"]["status"],
            "cancelled",
            "another change lifts nothing"
        );
        change_patient(&setup, &setup.patient, &json!({ "phone_number": number })).await;
        assert_eq!(setup.appointment(&appointment).await["reminder"]["status"], "pending", "{number}");
        setup.run_job_at(DUE).await;
        assert_eq!(reminders_to(&setup, wanted), 1, "{number}");
        write_from(&setup, wanted, "Confirmo").await;
        assert_eq!(appointment_status(&setup, &appointment).await, "CONFIRMED", "{number}");
        let trail = setup.list(&format!("/api/audit/?object_id={}", setup.patient)).await;
        let quarantined: Vec<_> =
            trail.iter().filter_map(|row| row["changes"]["number_in_quarantine"]["new"].as_str()).collect();
        let wanted: &[&str] = if number == PHONE { &["false", "true"] } else { &["true"] };
        assert_eq!(quarantined, wanted);
    }
}

#[tokio::test]
async fn a_contacts_number_is_lifted_by_saving_the_contact() {
    for how in ["same number", "another number", "deleted"] {
        let setup = ClinicSetup::new().await;
        let contact = add_receiver(&setup, MOTHER).await;
        let appointment = id(&setup.book("10:00").await);
        write_from(&setup, MOTHER, "soy otra persona").await;
        assert_eq!(setup.appointment(&appointment).await["reminder"]["status"], "cancelled");
        let operator = setup.operator().await;
        let path = format!("/api/patients/{}/contacts/{contact}/", setup.patient);
        let wanted = if how == "deleted" {
            operator.delete(&path).await.unwrap().expect_status(204).unwrap();
            PHONE
        } else {
            let number = if how == "same number" { MOTHER } else { CORRECTED };
            operator.patch(&path, &json!({ "phone_number": number })).await.unwrap().expect_status(200).unwrap();
            number
        };
        setup.run_job_at(DUE).await;
        assert_eq!((reminders_to(&setup, wanted), outbox(&setup).len()), (1, 2), "{how}: the answer and the reminder");
    }
}

/// Two patients on one phone.
#[tokio::test]
async fn it_is_about_the_patient_of_the_message_and_of_the_name() {
    for (words, quotes, silenced) in [
        ("Número equivocado", Some("Tomás"), "Tomás"),
        ("soy otra persona", Some("Lucía"), "Lucía"),
        ("no soy Tomás", None, "Tomás"),
        ("no soy Lucía", None, "Lucía"),
        ("no soy Lucía", Some("Tomás"), "Lucía"),
        ("número equivocado", None, "the last one"),
        ("no conozco a Tomás Fernández", None, "Tomás"),
        ("no soy Fernández", None, "both"),
        ("no soy Marta", None, "none"),
    ] {
        let setup = ClinicSetup::new().await;
        let child = setup.add_patient("Tomás", "50111222", PHONE).await;
        let own = id(&setup.book("10:00").await);
        let childs = book_for(&setup, &child, "11:00").await;
        for minute in ["00:00", "01:00", "02:00"] {
            setup.run_job_at(&format!("2025-12-13T09:{minute}-03:00")).await;
        }
        let quoted = outbox(&setup)
            .into_iter()
            .find(|message| quotes.is_some_and(|name| message.body.as_ref().unwrap().contains(name)));
        assert_eq!(quoted.is_some(), quotes.is_some());
        // Which of the two is reminded last depends on their shards.
        let last = outbox(&setup).pop().and_then(|message| message.body).unwrap();
        let silenced = match silenced {
            "the last one" if last.contains("Tomás") => "Tomás",
            "the last one" => "Lucía",
            named => named,
        };
        let reply = PatientReply {
            body: Some(words.into()),
            original_sid: quoted.map(|message| message.sid),
            ..ClinicSetup::patient_reply()
        };
        receive(&setup, &reply).await;
        setup.app.advance(TimeDelta::minutes(1));
        let may_send = async |appointment: &str| {
            let answer = send_reminder(&setup, appointment, json!({ "force": true })).await;
            setup.app.advance(TimeDelta::minutes(1));
            answer.status == 200
        };
        let seen = (may_send(&own).await, may_send(&childs).await);
        let wanted = (!["Lucía", "both"].contains(&silenced), !["Tomás", "both"].contains(&silenced));
        assert_eq!(seen, wanted, "{words} quoting {quotes:?}");
    }
}

#[tokio::test]
async fn a_hidden_user_says_it_for_the_number() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);
    let user = "MX.1502998877665544";
    let known =
        PatientReply { external_user: Some(user.into()), body: Some("hola".into()), ..ClinicSetup::patient_reply() };
    receive(&setup, &known).await;
    receive(
        &setup,
        &PatientReply { from: user.into(), body: Some("Número equivocado".into()), ..ClinicSetup::patient_reply() },
    )
    .await;
    assert_eq!(setup.appointment(&appointment).await["reminder"]["status"], "cancelled");
    setup.run_job_at(DUE).await;
    assert_eq!(reminders_to(&setup, PHONE), 0);
}

#[tokio::test]
async fn what_only_sounds_like_it_withdraws_nothing() {
    for words in
        ["¿número equivocado?", "va otra persona", "no soy yo", "me equivoqué de número", "se equivocaron de día"]
    {
        let setup = ClinicSetup::new().await;
        let appointment = id(&setup.book("10:00").await);
        write_from(&setup, PHONE, words).await;
        assert_eq!(setup.appointment(&appointment).await["reminder"]["status"], "pending", "{words}");
    }
}

/// Opt-out, quarantine and user id are exported, and go with the last patient of the number.
#[tokio::test]
async fn what_is_known_of_a_number_is_exported_and_erased() {
    let setup = ClinicSetup::new().await;
    let sibling = setup.add_patient("Tomás", "501", PHONE).await;
    let user = "MX.1502998877665544";
    let writes = |words: &str| PatientReply {
        external_user: Some(user.into()),
        body: Some(words.into()),
        ..ClinicSetup::patient_reply()
    };
    for words in ["hola", "no soy Lucía", "STOP"] {
        receive(&setup, &writes(words)).await;
    }
    let admin = setup.admin().await;
    let path = |patient: &str, what: &str| format!("/api/patients/{patient}/{what}/");
    for (patient, is_wrong) in [(&setup.patient, true), (&sibling, false)] {
        let record = admin.get(&path(patient, "export")).await.unwrap().expect_status(200).unwrap().body;
        let number = &record["numbers"][0];
        assert_eq!(number["external_users"], json!([user]), "{record}");
        assert!(number["opted_out_since"].is_string(), "{number}");
        assert_eq!(number["wrong_number_since"].is_string(), is_wrong, "{number}");
    }
    let kinds = async |kind: &str| {
        let table = setup.app.system.database.table();
        let items = table.client().scan().table_name(table.name()).send().await.unwrap().items.unwrap();
        items.iter().filter(|item| item["kind"].as_s().is_ok_and(|found| found == kind)).count()
    };
    for (patient, left) in [(&setup.patient, 1), (&sibling, 0)] {
        let reason = json!({ "reason": "expediente 7" });
        admin.post(&path(patient, "erase"), &reason).await.unwrap().expect_status(200).unwrap();
        setup.app.advance(TimeDelta::minutes(2));
        setup.app.system.run_reminders().await.unwrap();
        assert_eq!((kinds("external_user").await, kinds("number_restrictions").await), (left, left));
    }
}
