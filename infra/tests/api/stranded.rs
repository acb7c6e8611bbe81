//! Tests of stranded appointments: the clinic has closed their time after the booking. Nothing promises that time to the
//! patient any more, until it is open again or the appointment has another one.

use crate::blocks::{BLOCKS, block};
use crate::calendar_races::{
    CHANGES, ClosingChange, PATIENT_OFF, apply, closing_change, is_by_rule, setup_with_availability,
};
use crate::clinic_setup::{ClinicSetup, DAY, id, on_the_day, text};
use crate::reminders::reminder;
use crate::replies::{DUE, appointment_status, button_payload, last_message, outbox, patient_says, reminded_setup};
use crate::rules::{RULES, rule_body};
use local::fake_twilio::PatientReply;
use serde_json::{Value, json};
use std::sync::Arc;
use testkit::faulty_client::FaultyClient;
use testkit::faulty_client::fault::FaultPlan;
use testkit::test_app::TestResponse;

fn flags(appointment: &Value) -> (bool, bool) {
    (appointment["stranded"].as_bool().unwrap(), appointment["needs_attention"].as_bool().unwrap())
}

/// The number of the closing change that blocks the room.
const ROOM_BLOCK: usize = 1;
const FREE: (bool, bool) = (false, false);
const STRANDED: (bool, bool) = (true, true);

/// Makes a closing change although it strands appointments. Returns its answer.
async fn force(setup: &ClinicSetup, change: &ClosingChange) -> TestResponse {
    let change = ClosingChange { path: format!("{}?force=true", change.path), ..change.clone() };
    let done = apply(setup, &change).await;
    assert!(done.status.is_success(), "{}: {}", change.name, done.body);
    done
}

/// Blocks the doctor from 10:00 to 11:00 by force.
async fn block_by_force(setup: &ClinicSetup) -> Value {
    let body = block("doctor", &setup.doctor, "10:00", "11:00");
    let made = setup.admin().await.post(&format!("{BLOCKS}?force=true"), &body).await.unwrap();
    made.expect_status(201).unwrap().body
}

/// Opens the time that a closing change has closed.
async fn open_again(setup: &ClinicSetup, source: &str, number: usize, made: &TestResponse) {
    let admin = setup.admin().await;
    let active = json!({ "is_active": true });
    let done = match number {
        0..=2 => admin.delete(&format!("{BLOCKS}{}/", made.id())).await,
        3 | 4 => admin.delete(&format!("/api/clinics/holidays/{}/", made.id())).await,
        5 => {
            let body = json!({ "doctor": setup.doctor, "room": setup.room, "date": DAY, "start_time": "09:00",
                "end_time": "13:00" });
            admin.post("/api/schedules/", &body).await
        }
        6 => admin.post(RULES, &rule_body(setup)).await,
        7 | 8 => admin.patch(source, &json!({ "end_time": "13:00" })).await,
        9 => admin.patch(&format!("/api/doctors/{}/", setup.doctor), &active).await,
        10 => admin.patch(&format!("/api/clinics/rooms/{}/", setup.room), &active).await,
        _ => admin.patch(&format!("/api/clinics/clinics/{}/", setup.clinic), &active).await,
    };
    let done = done.unwrap();
    assert!(done.status.is_success(), "{}", done.body);
}

#[tokio::test]
async fn every_closing_change_strands_and_opening_again_frees() {
    for number in (0..CHANGES).filter(|number| *number != PATIENT_OFF) {
        let (setup, source) = setup_with_availability(&FaultyClient::default(), is_by_rule(number)).await;
        let change = closing_change(&setup, &source, number);
        let name = change.name;
        let appointment = id(&setup.book("10:00").await);
        let refused = apply(&setup, &change).await.expect_status(409).unwrap();
        assert_eq!((refused.code().as_str(), id(&refused.body["appointments"][0])), ("in_use", appointment.clone()));
        let made = force(&setup, &change).await;
        let stranded = setup.appointment(&appointment).await;
        assert_eq!((flags(&stranded), text(&stranded, "status")), (STRANDED, "PENDING".into()), "{name}");
        assert_eq!(stranded["reminder"]["status"], "cancelled", "{name}");
        setup.run_job_at("2025-12-12T09:00:00-03:00").await;
        open_again(&setup, &source, number, &made).await;
        let free = setup.appointment(&appointment).await;
        assert_eq!((flags(&free), &free["reminder"]["status"]), (FREE, &json!("pending")), "{name}");
        setup.run_job_at(DUE).await;
        assert_eq!(text(&reminder(&setup, &appointment).await, "status"), "sent", "{name}");
        assert_eq!(outbox(&setup).len(), 1, "{name}");
    }
}

#[tokio::test]
async fn no_reminder_is_sent_for_closed_time() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);
    block_by_force(&setup).await;
    setup.run_job_at(DUE).await;
    assert_eq!(outbox(&setup).len(), 0);
    let path = format!("/api/notifications/whatsapp/send/{appointment}/");
    for body in [json!({}), json!({ "force": true })] {
        let refused = setup.operator().await.post(&path, &body).await.unwrap().expect_status(409).unwrap();
        assert_eq!(refused.code(), "outside_availability");
    }
}

#[tokio::test]
async fn a_patient_who_confirms_closed_time_is_offered_other_times() {
    for way in ["sí", "1", "button", "quoted"] {
        let (setup, appointment, message) = reminded_setup().await;
        block_by_force(&setup).await;
        match way {
            "button" => {
                let payload = button_payload(&setup, "confirm", &appointment).await;
                setup.patient_presses(&payload, &message.sid).await.expect_status(200).unwrap();
            }
            "quoted" => {
                let (body, original_sid) = (Some("confirmo".into()), Some(message.sid.clone()));
                let reply = PatientReply { body, original_sid, ..ClinicSetup::patient_reply() };
                setup.app.patient_writes(&reply).await.unwrap().expect_status(200).unwrap();
            }
            words => patient_says(&setup, words).await,
        }
        let answer = last_message(&setup);
        assert!(answer.starts_with("La clínica no podrá atender la cita del"), "{way}: {answer}");
        assert!(answer.contains("09:00") && !answer.contains("10:30"), "{way}: {answer}");
        let unchanged = setup.appointment(&appointment).await;
        assert_eq!((text(&unchanged, "status"), flags(&unchanged)), ("PENDING".into(), STRANDED), "{way}");
        patient_says(&setup, "1").await;
        let moved = setup.appointment(&appointment).await;
        assert_eq!((text(&moved, "status"), flags(&moved)), ("RESCHEDULED".into(), FREE), "{way}");
        let new = setup.appointment(&text(&moved, "rescheduled_to")).await;
        assert_eq!((text(&new, "status"), text(&new, "start_datetime")), ("CONFIRMED".into(), on_the_day("09:00")));
    }
}

#[tokio::test]
async fn a_confirmed_appointment_in_closed_time_is_not_confirmed_again() {
    let (setup, appointment, _) = reminded_setup().await;
    patient_says(&setup, "1").await;
    assert_eq!(appointment_status(&setup, &appointment).await, "CONFIRMED");
    block_by_force(&setup).await;
    patient_says(&setup, "confirmo").await;
    assert!(last_message(&setup).starts_with("La clínica no podrá atender"), "{}", last_message(&setup));
}

#[tokio::test]
async fn a_patient_cannot_keep_closed_time() {
    // After asking for another time, and as the answer to the cancel question.
    for (first, then, status) in [("2", "mantener", "RESCHEDULED"), ("cancelar", "2", "PENDING")] {
        let (setup, appointment, _) = reminded_setup().await;
        patient_says(&setup, first).await;
        block_by_force(&setup).await;
        patient_says(&setup, then).await;
        assert!(last_message(&setup).starts_with("La clínica no podrá atender"), "{first}: {}", last_message(&setup));
        let unchanged = setup.appointment(&appointment).await;
        assert_eq!((text(&unchanged, "status"), flags(&unchanged)), (status.into(), STRANDED), "{first}");
    }
}

#[tokio::test]
async fn without_free_times_the_message_is_on_the_worklist() {
    let (setup, appointment, _) = reminded_setup().await;
    let body = json!({ "clinic": setup.clinic, "date": DAY, "name": "Paro" });
    setup.admin().await.post("/api/clinics/holidays/?force=true", &body).await.unwrap().expect_status(201).unwrap();
    patient_says(&setup, "1").await;
    let answer = last_message(&setup);
    assert!(answer.ends_with("Una persona de la clínica escribirá para acordar otro horario."), "{answer}");
    assert_eq!(setup.list("/api/notifications/inbound/?needs_attention=true").await.len(), 1);
    assert_eq!(appointment_status(&setup, &appointment).await, "PENDING");
}

/// The function crashes after the transaction of the block, before it has marked the appointment.
#[tokio::test]
async fn a_patient_cannot_confirm_closed_time_before_it_is_marked() {
    let faulty_client = FaultyClient::default();
    let setup = ClinicSetup::with_client(&faulty_client).await;
    let appointment = id(&setup.book("10:00").await);
    let untouched = id(&setup.book("12:00").await);
    setup.run_job_at(DUE).await;
    let admin = setup.admin().await.token();
    let client = faulty_client.clone();
    faulty_client.before_next_transaction(async move {
        let next = client.clone();
        client.before_next_transaction(async move { next.plan(Some(FaultPlan::new(1, 1.0))) });
    });
    let body = block("doctor", &setup.doctor, "10:00", "11:00");
    let _interrupted = setup.app.with_token(&admin).post(&format!("{BLOCKS}?force=true"), &body).await.unwrap();
    faulty_client.plan(None);
    assert_eq!(flags(&setup.appointment(&appointment).await), FREE, "not marked yet");
    for (reminded, status) in [(&appointment, "PENDING"), (&untouched, "CONFIRMED")] {
        let sent = setup.list(&format!("/api/notifications/?appointment={reminded}&kind=reminder")).await.remove(0);
        let payload = button_payload(&setup, "confirm", reminded).await;
        setup.patient_presses(&payload, &text(&sent, "external_id")).await.expect_status(200).unwrap();
        assert_eq!(appointment_status(&setup, reminded).await, status);
    }
}

#[tokio::test]
async fn staff_decide_about_a_stranded_appointment() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);
    block_by_force(&setup).await;
    let confirmed = setup.act(&appointment, &json!({ "action": "confirm" })).await.expect_status(200).unwrap();
    assert_eq!((confirmed.text("status"), flags(&confirmed.body)), ("CONFIRMED".into(), STRANDED));
    let path = format!("/api/appointments/{appointment}/");
    let seen = setup.operator().await.patch(&path, &json!({ "needs_attention": false })).await.unwrap();
    assert_eq!(flags(&seen.expect_status(200).unwrap().body), (true, false));
    let move_to = json!({ "action": "reschedule", "start_datetime": on_the_day("12:00") });
    let new = setup.act(&appointment, &move_to).await.expect_status(201).unwrap();
    assert_eq!((flags(&new.body), flags(&setup.appointment(&appointment).await)), (FREE, FREE));

    let setup = ClinicSetup::new().await;
    let (cancelled, completed) = (id(&setup.book("10:00").await), id(&setup.book("10:30").await));
    block_by_force(&setup).await;
    let cancel = json!({ "action": "cancel", "reason": "x" });
    assert_eq!(flags(&setup.act(&cancelled, &cancel).await.expect_status(200).unwrap().body), FREE);
    let refused = setup.act(&cancelled, &json!({ "action": "reopen" })).await.expect_status(409).unwrap();
    assert_eq!(refused.code(), "outside_availability");
    setup.app.set_now(&on_the_day("10:40")).unwrap();
    let done = setup.act(&completed, &json!({ "action": "complete" })).await.expect_status(200).unwrap();
    assert!(!flags(&done.body).1, "what took place needs no attention");
}

#[tokio::test]
async fn a_held_time_that_is_closed_is_kept_by_staff_only() {
    let (setup, appointment, _) = reminded_setup().await;
    patient_says(&setup, "2").await;
    let block = block_by_force(&setup).await;
    let held = setup.appointment(&appointment).await;
    assert_eq!((flags(&held), held["hold_until"].is_null()), (STRANDED, false));
    setup.admin().await.delete(&format!("{BLOCKS}{}/", id(&block))).await.unwrap().expect_status(204).unwrap();
    let open = setup.appointment(&appointment).await;
    assert_eq!(flags(&open), (false, true), "the patient still waits for another time");
    block_by_force(&setup).await;
    let kept = setup.act(&appointment, &json!({ "action": "keep" })).await.expect_status(200).unwrap();
    assert_eq!((kept.text("status"), flags(&kept.body)), ("CONFIRMED".into(), STRANDED));
}

/// Two closures over one appointment: it is free again when both are gone.
#[tokio::test]
async fn an_appointment_stays_stranded_while_anything_closes_its_time() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);
    let first = block_by_force(&setup).await;
    let body = block("room", &setup.room, "09:45", "10:15");
    let second = setup.admin().await.post(&format!("{BLOCKS}?force=true"), &body).await.unwrap();
    let second = second.expect_status(201).unwrap();
    let delete = async |id: &str| {
        setup.admin().await.delete(&format!("{BLOCKS}{id}/")).await.unwrap().expect_status(204).unwrap();
        flags(&setup.appointment(&appointment).await)
    };
    assert_eq!((delete(&id(&first)).await, delete(&second.id()).await), (STRANDED, FREE));
}

/// A shorter block frees what it no longer covers, and a longer one strands more.
#[tokio::test]
async fn changing_a_block_strands_and_frees() {
    let setup = ClinicSetup::new().await;
    let (early, late) = (id(&setup.book("10:00").await), id(&setup.book("11:00").await));
    let made = block_by_force(&setup).await;
    let path = format!("{BLOCKS}{}/?force=true", id(&made));
    let body = json!({ "start_datetime": on_the_day("10:30"), "end_datetime": on_the_day("11:30") });
    setup.admin().await.patch(&path, &body).await.unwrap().expect_status(200).unwrap();
    assert_eq!(flags(&setup.appointment(&early).await), FREE);
    assert_eq!(flags(&setup.appointment(&late).await), STRANDED);
}

#[tokio::test]
async fn the_trail_names_the_author_of_the_closure() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);
    block_by_force(&setup).await;
    let row = setup.list(&format!("/api/audit/?object_id={appointment}")).await.remove(0);
    assert_eq!(text(&row, "actor_type"), "user");
    let change = |old: Value, new: &str| json!({ "old": old, "new": new });
    assert_eq!(row["changes"]["needs_attention"], change(json!("false"), "true"));
    assert_eq!(row["changes"]["stranded"], change(Value::Null, "true"));
}

/// Two sweeps at once: a block is removed while another one of the same time is made.
#[tokio::test]
async fn of_two_changes_at_once_the_later_one_decides() {
    let faulty_client = FaultyClient::default();
    let setup = Arc::new(ClinicSetup::with_client(&faulty_client).await);
    let appointment = id(&setup.book("10:00").await);
    let first = block_by_force(&setup).await;
    let admin = setup.admin().await.token();
    let other = Arc::clone(&setup);
    // Between the sweep's look at the calendar and its write.
    let client = faulty_client.clone();
    faulty_client.before_next_transaction(async move {
        let next = client.clone();
        client.before_next_transaction(async move {
            next.before_next_transaction(async move {
                // A separate task, because a handler inside another handler would overflow the stack.
                let close = async move { force(&other, &closing_change(&other, "", ROOM_BLOCK)).await };
                tokio::spawn(close).await.unwrap();
            });
        });
    });
    let path = format!("{BLOCKS}{}/", id(&first));
    setup.app.with_token(&admin).delete(&path).await.unwrap().expect_status(204).unwrap();
    assert_eq!(flags(&setup.appointment(&appointment).await), STRANDED);
}

/// What staff complete needs no attention, but it does again once that was a mistake.
#[tokio::test]
async fn a_stranded_appointment_needs_attention_again_when_its_outcome_is_undone() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);
    block_by_force(&setup).await;
    setup.app.set_now(&on_the_day("09:30")).unwrap();
    setup.act(&appointment, &json!({ "action": "complete" })).await.expect_status(200).unwrap();
    assert!(!flags(&setup.appointment(&appointment).await).1);
    setup.act(&appointment, &json!({ "action": "undo" })).await.expect_status(200).unwrap();
    assert_eq!(flags(&setup.appointment(&appointment).await), STRANDED);
}

#[tokio::test]
async fn a_patient_who_is_active_again_is_expected_again() {
    let faulty_client = FaultyClient::default();
    let setup = Arc::new(ClinicSetup::with_client(&faulty_client).await);
    let (other, admin) = (Arc::clone(&setup), setup.admin().await);
    let path = format!("/api/patients/{}/", setup.patient);
    // Booked while the patient is deactivated, which is refused otherwise.
    faulty_client.before_next_transaction(async move {
        other.book("10:00").await;
    });
    admin.delete(&path).await.unwrap().expect_status(204).unwrap();
    let appointment = id(&setup.list("/api/appointments/?date=2025-12-15").await[0]);
    assert_eq!(flags(&setup.appointment(&appointment).await), STRANDED);
    admin.patch(&path, &json!({ "is_active": true })).await.unwrap().expect_status(200).unwrap();
    assert_eq!(flags(&setup.appointment(&appointment).await), FREE);
}
