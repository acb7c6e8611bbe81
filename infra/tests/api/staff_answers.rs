//! Tests of answers of staff to messages from patients: sent at once while the chat is open, else kept until the patient
//! writes again.

use crate::clinic_setup::{ClinicSetup, PHONE, id, text};
use crate::privacy::REASON;
use crate::replies::{appointment_status, last_message, outbox, patient_says, reminded_setup};
use domain::time::TimeDelta;
use futures_util::future::join_all;
use invariants::check_table;
use local::fake_twilio::{FailMode, PatientReply};
use serde_json::json;
use testkit::test_app::TestResponse;

const INBOUND: &str = "/api/notifications/inbound/";
const WORKLIST: &str = "/api/notifications/inbound/?needs_attention=true";
const ANSWER: &str = "Sí, puede venir con su hijo.";

/// The id of the only message with these words.
async fn message(setup: &ClinicSetup, words: &str) -> String {
    let rows = setup.list(&format!("{INBOUND}?page_size=200")).await;
    id(rows.iter().find(|row| text(row, "body") == words).unwrap())
}

async fn answer(setup: &ClinicSetup, message: &str, words: &str) -> TestResponse {
    let path = format!("{INBOUND}{message}/reply/");
    setup.operator().await.post(&path, &json!({ "body": words })).await.unwrap()
}

/// A reminded patient who has asked something, and that message.
async fn asked_setup() -> (ClinicSetup, String, String) {
    let (setup, appointment, _) = reminded_setup().await;
    patient_says(&setup, "¿puedo ir con mi hijo?").await;
    let question = message(&setup, "¿puedo ir con mi hijo?").await;
    (setup, appointment, question)
}

/// The same with an answer that is kept, of which the patient was told.
async fn kept_setup() -> (ClinicSetup, String, String) {
    let (setup, appointment, question) = asked_setup().await;
    setup.app.set_now("2025-12-14T09:00:00-03:00").unwrap();
    let kept = answer(&setup, &question, ANSWER).await.expect_status(202).unwrap();
    setup.app.system.run_reminders().await.unwrap();
    assert!(last_message(&setup).contains("Tenemos una respuesta de Centro"), "{}", last_message(&setup));
    (setup, appointment, kept.id())
}

fn times_sent(setup: &ClinicSetup, words: &str) -> usize {
    outbox(setup).iter().filter(|message| message.body.as_deref() == Some(words)).count()
}

async fn status_of(setup: &ClinicSetup, notification: &str) -> String {
    let path = format!("/api/notifications/{notification}/");
    text(&setup.admin().await.get(&path).await.unwrap().expect_status(200).unwrap().body, "status")
}

/// The message came at 09:00; at 22:30 nothing is sent that nobody waits for.
#[tokio::test]
async fn an_answer_within_a_day_is_sent_at_once() {
    for (at, status) in [
        ("2025-12-13T09:40:00-03:00", 201),
        ("2025-12-13T22:30:00-03:00", 201),
        ("2025-12-14T08:59:59-03:00", 201),
        ("2025-12-14T09:00:00-03:00", 202),
    ] {
        let (setup, appointment, question) = asked_setup().await;
        setup.app.set_now(at).unwrap();
        let sent = answer(&setup, &question, ANSWER).await.expect_status(status).unwrap();
        let expected = if status == 201 { ("sent", 1) } else { ("pending", 0) };
        assert_eq!((sent.text("status").as_str(), times_sent(&setup, ANSWER)), expected, "{at}");
        let shown = (sent.text("kind"), sent.text("text"), sent.text("appointment"), sent.text("to"));
        assert_eq!(shown, ("reply".into(), ANSWER.into(), appointment, PHONE.into()));
        assert_eq!(sent.header("location"), format!("/api/notifications/{}/", sent.id()));
        assert!(setup.list(WORKLIST).await.is_empty(), "a person has looked at it");
        let trail = setup.list(&format!("/api/audit/?object_id={}", sent.id())).await;
        assert_eq!((trail.len(), text(&trail[0], "action")), (1, "CREATE".into()));
        assert!(!trail[0].to_string().contains("hijo"));
        let thread = setup.list(&format!("/api/patients/{}/messages/", setup.patient)).await;
        assert_eq!((text(&thread[0], "text"), text(&thread[0], "id")), (ANSWER.into(), sent.id()));
    }
}

/// Any message brings it, before what it is answered itself; "1" does nothing else, also when it is sent twice.
#[tokio::test]
async fn a_kept_answer_comes_with_the_next_message() {
    for (words, expected, status, to_look_at) in [
        (&["1"][..], 1, "PENDING", 0),
        (&["sí"], 1, "PENDING", 0),
        (&["1", "1"], 1, "PENDING", 0),
        (&["hola, ¿está listo?"], 1, "PENDING", 1),
        (&["3"], 1, "PENDING", 1),
        (&["Confirmo"], 2, "CONFIRMED", 0),
    ] {
        let (setup, appointment, kept) = kept_setup().await;
        let before = outbox(&setup).len();
        assert_eq!(times_sent(&setup, ANSWER), 0);
        for message in words {
            patient_says(&setup, message).await;
        }
        let new = outbox(&setup).split_off(before);
        assert_eq!((new.len(), new[0].body.as_deref()), (expected, Some(ANSWER)), "{words:?}: {new:?}");
        assert_eq!(
            (appointment_status(&setup, &appointment).await.as_str(), status_of(&setup, &kept).await.as_str()),
            (status, "sent"),
            "{words:?}"
        );
        assert_eq!(setup.list(WORKLIST).await.len(), to_look_at, "{words:?}");
        setup.app.advance(TimeDelta::minutes(20));
        setup.app.system.run_reminders().await.unwrap();
        assert_eq!(times_sent(&setup, ANSWER), 1);
    }
}

/// The reminder of the same appointment asks too. After it "1" reads the answer, before it "1" is unclear; neither confirms.
#[tokio::test]
async fn a_kept_answer_is_read_though_a_reminder_is_open() {
    for (answered, reminded, to_look_at) in [("11:00", "09:00", 0), ("08:30", "09:00", 1)] {
        let setup = ClinicSetup::new().await;
        let appointment = id(&setup.book("10:00").await);
        setup.app.set_now("2025-12-12T08:00:00-03:00").unwrap();
        patient_says(&setup, "¿puedo ir con mi hijo?").await;
        let question = message(&setup, "¿puedo ir con mi hijo?").await;
        let mut times = [answered, reminded];
        times.sort_unstable();
        for time in times {
            setup.app.set_now(&format!("2025-12-13T{time}:00-03:00")).unwrap();
            if time == answered {
                answer(&setup, &question, ANSWER).await.expect_status(202).unwrap();
            }
            setup.app.system.run_reminders().await.unwrap();
        }
        assert!(last_message(&setup).contains(if answered > reminded { "Tenemos una" } else { "recordamos" }));
        patient_says(&setup, "1").await;
        assert_eq!(
            (appointment_status(&setup, &appointment).await.as_str(), times_sent(&setup, ANSWER)),
            ("PENDING", 1)
        );
        assert_eq!(setup.list(WORKLIST).await.len(), to_look_at, "{answered}");
        patient_says(&setup, "Confirmo").await;
        assert_eq!(appointment_status(&setup, &appointment).await, "CONFIRMED");
    }
}

/// There is no fall-back to the reminder: its list isn't the last one.
#[tokio::test]
async fn a_bare_answer_after_a_kept_answer_is_left_to_a_person() {
    let (setup, appointment, _) = kept_setup().await;
    patient_says(&setup, "1").await;
    setup.app.advance(TimeDelta::minutes(11));
    patient_says(&setup, "1").await;
    assert_eq!(appointment_status(&setup, &appointment).await, "PENDING");
    assert_eq!(setup.list(WORKLIST).await.len(), 1, "staff have the conversation, so a person asks");
}

/// The answer is no prompt: "1" after it means what it meant before.
#[tokio::test]
async fn an_answer_leaves_an_open_question_as_it_is() {
    for (words, expected) in [("1", "CANCELLED"), ("2", "PENDING")] {
        let (setup, appointment, _) = reminded_setup().await;
        patient_says(&setup, "Cancelar").await;
        let question = message(&setup, "Cancelar").await;
        answer(&setup, &question, "¿Está seguro? 1 o 2").await.expect_status(201).unwrap();
        patient_says(&setup, words).await;
        assert_eq!(appointment_status(&setup, &appointment).await, expected, "{words}");
    }
}

#[tokio::test]
async fn an_answer_whose_outcome_is_lost_is_sent_once() {
    for mode in [FailMode::TooManyRequests, FailMode::TimeoutAfterAccept] {
        let (setup, _, question) = asked_setup().await;
        setup.app.twilio().unwrap().fail(mode, None, 1);
        let client = setup.operator().await.header("idempotency-key", "a").unwrap();
        let path = format!("{INBOUND}{question}/reply/");
        let body = json!({ "body": ANSWER });
        let first = client.post(&path, &body).await.unwrap().expect_status(201).unwrap();
        // What the patient does meanwhile doesn't make it untrue.
        setup.app.advance(TimeDelta::minutes(1));
        patient_says(&setup, "Confirmo").await;
        for minutes in [5, 10, 20] {
            setup.app.advance(TimeDelta::minutes(minutes));
            setup.app.system.run_reminders().await.unwrap();
        }
        let client = setup.operator().await.header("idempotency-key", "a").unwrap();
        let again = client.post(&path, &body).await.unwrap().expect_status(201).unwrap();
        assert_eq!((first.id(), again.header("idempotency-replayed")), (again.id(), "true".into()));
        assert_eq!((times_sent(&setup, ANSWER), again.text("status")), (1, "sent".into()), "{mode:?}");
    }
    let (setup, _, question) = asked_setup().await;
    let (path, body) = (format!("{INBOUND}{question}/reply/"), json!({ "body": ANSWER }));
    let client = setup.operator().await.header("idempotency-key", "b").unwrap();
    let all = join_all((0..5).map(|_| client.post(&path, &body))).await;
    assert!(all.into_iter().all(|answer| answer.unwrap().status == 201));
    assert_eq!(times_sent(&setup, ANSWER), 1);
}

/// The message that brings it may be processed while nothing can be sent.
#[tokio::test]
async fn a_kept_answer_whose_outcome_is_lost_is_sent_once() {
    for mode in [FailMode::TooManyRequests, FailMode::TimeoutAfterAccept, FailMode::TimeoutBeforeAccept] {
        let (setup, _, kept) = kept_setup().await;
        setup.app.twilio().unwrap().fail(mode, None, 1);
        patient_says(&setup, "1").await;
        for minutes in [5, 10, 20] {
            setup.app.advance(TimeDelta::minutes(minutes));
            setup.app.system.run_reminders().await.unwrap();
        }
        assert_eq!((times_sent(&setup, ANSWER), status_of(&setup, &kept).await), (1, "sent".into()), "{mode:?}");
        let report = check_table(&setup.app.system.database.table()).await.unwrap();
        assert!(report.is_clean(), "{report}");
    }
}

/// What comes after an answer that can't be sent waits for it: the second answer, and the reply to the message itself.
#[tokio::test]
async fn kept_answers_come_in_their_order() {
    const SECOND: &str = "Traiga los estudios.";
    for refused in [0, 1] {
        let (setup, _, _) = kept_setup().await;
        let question = message(&setup, "¿puedo ir con mi hijo?").await;
        answer(&setup, &question, SECOND).await.expect_status(202).unwrap();
        setup.app.twilio().unwrap().fail(FailMode::TooManyRequests, None, refused);
        let before = outbox(&setup).len();
        patient_says(&setup, "Confirmo").await;
        for minutes in [5, 10, 20] {
            setup.app.advance(TimeDelta::minutes(minutes));
            setup.app.system.run_reminders().await.unwrap();
        }
        let sent: Vec<_> = outbox(&setup).split_off(before).into_iter().filter_map(|message| message.body).collect();
        assert_eq!((sent.len(), sent[0].as_str(), sent[1].as_str()), (3, ANSWER, SECOND), "{refused}: {sent:?}");
        let report = check_table(&setup.app.system.database.table()).await.unwrap();
        assert!(report.is_clean(), "{report}");
    }
}

/// Whom to call comes first; the answer follows with the next run.
#[tokio::test]
async fn an_emergency_does_not_wait_for_a_kept_answer() {
    let (setup, _, kept) = kept_setup().await;
    patient_says(&setup, "me duele el pecho y no puedo respirar").await;
    assert!(last_message(&setup).contains("107"), "{}", last_message(&setup));
    setup.app.system.run_reminders().await.unwrap();
    assert_eq!((last_message(&setup), status_of(&setup, &kept).await), (ANSWER.into(), "sent".into()));
}

/// A text that is kept is erased with its patient, and not sent any more.
#[tokio::test]
async fn a_kept_answer_is_erased_with_its_patient() {
    let (setup, _, kept) = kept_setup().await;
    setup.app.set_now("2025-12-16T09:00:00-03:00").unwrap();
    let erase = format!("/api/patients/{}/erase/", setup.patient);
    setup.admin().await.post(&erase, &json!({ "reason": REASON })).await.unwrap().expect_status(200).unwrap();
    setup.app.system.run_reminders().await.unwrap();
    let path = format!("/api/notifications/{kept}/");
    let row = setup.admin().await.get(&path).await.unwrap().expect_status(200).unwrap().body;
    assert_eq!((text(&row, "status"), row["text"].is_null()), ("cancelled".into(), true), "{row}");
    patient_says(&setup, "1").await;
    assert_eq!(times_sent(&setup, ANSWER), 0);
}

/// In quiet hours it isn't announced, and not any more once it is read.
#[tokio::test]
async fn what_was_read_is_not_announced() {
    for (is_read, announced) in [(true, 0), (false, 1)] {
        let (setup, _, question) = asked_setup().await;
        setup.app.set_now("2025-12-14T22:30:00-03:00").unwrap();
        for words in [ANSWER, "Y su hermano también."] {
            answer(&setup, &question, words).await.expect_status(202).unwrap();
        }
        let report = check_table(&setup.app.system.database.table()).await.unwrap();
        assert!(report.is_clean(), "{report}");
        setup.app.system.run_reminders().await.unwrap();
        if is_read {
            setup.app.advance(TimeDelta::minutes(5));
            patient_says(&setup, "hola").await;
            let last: Vec<_> = outbox(&setup).into_iter().rev().take(2).filter_map(|message| message.body).collect();
            assert_eq!(last, ["Y su hermano también.", ANSWER], "in their order");
        }
        setup.run_job_at("2025-12-15T08:30:00-03:00").await;
        let said = outbox(&setup).into_iter().filter_map(|message| message.body);
        assert_eq!(said.filter(|text| text.contains("Tenemos una respuesta")).count(), announced, "once for both");
    }
}

/// With the reminder of another appointment "1" has two meanings: it confirms nothing, and the answer comes all the same.
#[tokio::test]
async fn a_bare_answer_to_one_of_two_announcements_changes_nothing() {
    let (setup, appointment, question) = asked_setup().await;
    setup.add_window(&setup.doctor, &setup.room, "2025-12-16", "09:00", "13:00").await;
    let other = id(&setup.book("2025-12-16T10:00:00-03:00").await);
    setup.app.set_now("2025-12-14T09:00:00-03:00").unwrap();
    answer(&setup, &question, ANSWER).await.expect_status(202).unwrap();
    for minute in ["00:00", "05:00", "10:00"] {
        setup.run_job_at(&format!("2025-12-14T09:{minute}-03:00")).await;
    }
    assert_eq!(outbox(&setup).len(), 4, "two reminders, the question again, and that there is an answer");
    patient_says(&setup, "1").await;
    let statuses = (appointment_status(&setup, &appointment).await, appointment_status(&setup, &other).await);
    assert_eq!((statuses, times_sent(&setup, ANSWER)), (("PENDING".into(), "PENDING".into()), 1));
}

/// A question after the appointment is answered too.
#[tokio::test]
async fn an_answer_about_a_past_appointment_is_announced() {
    let (setup, _, _) = reminded_setup().await;
    setup.app.set_now("2025-12-15T15:00:00-03:00").unwrap();
    patient_says(&setup, "¿me mandan la receta?").await;
    let question = message(&setup, "¿me mandan la receta?").await;
    setup.app.set_now("2025-12-16T16:00:00-03:00").unwrap();
    answer(&setup, &question, ANSWER).await.expect_status(202).unwrap();
    setup.app.system.run_reminders().await.unwrap();
    assert!(last_message(&setup).contains("Tenemos una respuesta"), "{}", last_message(&setup));
    patient_says(&setup, "1").await;
    assert_eq!(last_message(&setup), ANSWER);
}

/// What didn't reach the patient is seen by a person again.
#[tokio::test]
async fn a_message_whose_answer_fails_or_is_never_read_comes_back() {
    let (setup, _, question) = asked_setup().await;
    setup.app.twilio().unwrap().fail(FailMode::Refused, Some(63024), 1);
    let failed = answer(&setup, &question, ANSWER).await.expect_status(201).unwrap();
    assert_eq!(failed.text("status"), "failed");
    assert_eq!(id(&setup.list(WORKLIST).await[0]), question);
    let (setup, _, kept) = kept_setup().await;
    assert!(setup.list(WORKLIST).await.is_empty());
    setup.run_job_at("2025-12-21T08:59:00-03:00").await;
    assert_eq!(status_of(&setup, &kept).await, "pending");
    setup.run_job_at("2025-12-21T09:05:00-03:00").await;
    assert_eq!((status_of(&setup, &kept).await, setup.list(WORKLIST).await.len()), ("expired".into(), 1));
    patient_says(&setup, "1").await;
    assert_eq!(times_sent(&setup, ANSWER), 0);
}

/// A number that opted out may be answered, and not written to; a stranger and an erased patient neither.
#[tokio::test]
async fn who_may_not_be_written_to_is_refused() {
    let (setup, _, question) = asked_setup().await;
    patient_says(&setup, "BAJA").await;
    answer(&setup, &question, ANSWER).await.expect_status(201).unwrap();
    assert_eq!(times_sent(&setup, ANSWER), 1);
    setup.app.set_now("2025-12-14T09:00:00-03:00").unwrap();
    let refused = answer(&setup, &question, ANSWER).await.expect_status(400).unwrap();
    assert!(refused.body["errors"]["whatsapp_opt_in"].is_array(), "{refused:?}");
    let stranger =
        PatientReply { from: "+5511987650000".into(), body: Some("oi".into()), ..ClinicSetup::patient_reply() };
    setup.app.patient_writes(&stranger).await.unwrap();
    let oi = message(&setup, "oi").await;
    let refused = answer(&setup, &oi, ANSWER).await.expect_status(400).unwrap();
    assert!(refused.body["errors"]["from"].is_array(), "{refused:?}");
    for body in [json!({}), json!({ "body": " " }), json!({ "body": "x".repeat(1001) })] {
        let path = format!("{INBOUND}{question}/reply/");
        setup.operator().await.post(&path, &body).await.unwrap().expect_status(400).unwrap();
    }
    setup.app.set_now("2025-12-16T09:00:00-03:00").unwrap();
    let erase = format!("/api/patients/{}/erase/", setup.patient);
    setup.admin().await.post(&erase, &json!({ "reason": REASON })).await.unwrap().expect_status(200).unwrap();
    answer(&setup, &question, ANSWER).await.expect_status(400).unwrap();
}

/// What was understood before isn't explained to a patient who talks to a person.
#[tokio::test]
async fn after_an_answer_the_chat_keeps_silent_on_what_it_does_not_understand() {
    let (setup, appointment, question) = asked_setup().await;
    answer(&setup, &question, ANSWER).await.expect_status(201).unwrap();
    let sent = outbox(&setup).len();
    patient_says(&setup, "y también con la abuela, que camina despacio").await;
    assert_eq!((outbox(&setup).len(), setup.list(WORKLIST).await.len()), (sent, 1));
    patient_says(&setup, "Confirmo").await;
    assert_eq!(appointment_status(&setup, &appointment).await, "CONFIRMED");
}
