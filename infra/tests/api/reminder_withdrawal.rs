//! Tests of an appointment that is cancelled or moved while its reminder is being sent: the reminder is withdrawn, or
//! corrected if it was sent already.

use crate::clinic_setup::{ClinicSetup, id, on_the_day};
use crate::reminders::{DUE, reminder, run_minutes_later, status_and_attempts};
use local::fake_twilio::FailMode;
use local::protocol::OperationKind;
use serde_json::{Value, json};
use std::sync::Arc;
use testkit::faulty_client::FaultyClient;

/// A setup over a faulty client with an appointment; `notifies` sets whether the clinic announces changes by staff.
async fn setup_with_appointment(faulty_client: &FaultyClient, notifies: bool) -> (Arc<ClinicSetup>, String) {
    let setup = ClinicSetup::with_client(faulty_client).await;
    let settings = json!({ "notify_on_cancel": notifies, "notify_on_move": notifies });
    let path = format!("/api/clinics/clinics/{}/", setup.clinic);
    setup.admin().await.patch(&path, &settings).await.unwrap().expect_status(200).unwrap();
    let appointment = id(&setup.book("10:00").await);
    (Arc::new(setup), appointment)
}

fn cancel_body() -> Value {
    json!({ "action": "cancel", "reason": "x" })
}

fn reschedule_body() -> Value {
    json!({ "action": "reschedule", "start_datetime": on_the_day("12:00") })
}

/// Lets staff perform an action before the last of the worker's next calls of these kinds.
fn act_before_calls(
    faulty_client: &FaultyClient,
    setup: &Arc<ClinicSetup>,
    appointment: &str,
    body: Value,
    kinds: &'static [OperationKind],
) {
    let Some((kind, rest)) = kinds.split_first() else { return };
    let (again, setup, appointment) = (faulty_client.clone(), Arc::clone(setup), appointment.to_owned());
    faulty_client.before_next(*kind, async move {
        if rest.is_empty() {
            // A separate task, because a handler inside another handler would overflow the stack.
            let acted = tokio::spawn(async move { setup.act(&appointment, &body).await.status }).await.unwrap();
            assert!(acted.is_success(), "{acted}");
        } else {
            act_before_calls(&again, &setup, &appointment, body, rest);
        }
    });
}

/// The claim reads the appointment, so does the check right before sending, and recording reads the notification.
const BEFORE_THE_CLAIM: &[OperationKind] = &[OperationKind::BatchGet, OperationKind::Transact];
const BEFORE_THE_SEND: &[OperationKind] = &[OperationKind::BatchGet, OperationKind::BatchGet];
const AFTER_THE_SEND: &[OperationKind] = &[OperationKind::BatchGet, OperationKind::BatchGet, OperationKind::Get];

fn sent_texts(setup: &ClinicSetup) -> Vec<String> {
    setup.app.outbox().unwrap().into_iter().filter_map(|message| message.body).collect()
}

#[tokio::test]
async fn a_reminder_that_was_not_sent_yet_is_withdrawn() {
    for body in [cancel_body(), reschedule_body()] {
        for moment in [BEFORE_THE_CLAIM, BEFORE_THE_SEND] {
            let faulty_client = FaultyClient::default();
            let (setup, appointment) = setup_with_appointment(&faulty_client, false).await;
            setup.app.set_now(DUE).unwrap();
            act_before_calls(&faulty_client, &setup, &appointment, body.clone(), moment);
            run_minutes_later(&setup, 0).await;
            let old = reminder(&setup, &appointment).await;
            assert_eq!(old["status"], "cancelled", "{body} {moment:?}");
            run_minutes_later(&setup, 20).await;
            let expected = usize::from(body["action"] == "reschedule");
            assert_eq!(
                sent_texts(&setup).len(),
                expected,
                "only the reminder of the new time: {:?}",
                sent_texts(&setup)
            );
        }
    }
}

#[tokio::test]
async fn a_reminder_that_was_sent_already_is_corrected() {
    for (body, notice) in [(cancel_body(), "fue cancelada"), (reschedule_body(), "cambió: ahora")] {
        for notifies in [false, true] {
            let faulty_client = FaultyClient::default();
            let (setup, appointment) = setup_with_appointment(&faulty_client, notifies).await;
            setup.app.set_now(DUE).unwrap();
            act_before_calls(&faulty_client, &setup, &appointment, body.clone(), AFTER_THE_SEND);
            run_minutes_later(&setup, 0).await;
            assert_eq!(status_and_attempts(&reminder(&setup, &appointment).await), ("sent".into(), 1));
            run_minutes_later(&setup, 1).await;
            let texts = sent_texts(&setup);
            let count = |words: &str| texts.iter().filter(|text| text.contains(words)).count();
            let corrections = count("no tenga en cuenta el mensaje anterior");
            let found = (count("a las 10:00. Dirección"), corrections, count(notice));
            assert_eq!(found, (1, usize::from(!notifies), usize::from(notifies)), "{texts:?}");
        }
    }
}

#[tokio::test]
async fn a_reminder_with_an_unknown_outcome_is_corrected_when_it_is_found() {
    for (mode, corrections) in [(FailMode::TimeoutAfterAccept, 1), (FailMode::TimeoutBeforeAccept, 0)] {
        let faulty_client = FaultyClient::default();
        let (setup, appointment) = setup_with_appointment(&faulty_client, false).await;
        setup.app.set_now(DUE).unwrap();
        setup.app.twilio().unwrap().fail(mode, None, 1);
        run_minutes_later(&setup, 0).await;
        assert_eq!(reminder(&setup, &appointment).await["status"], "unknown");
        setup.act(&appointment, &cancel_body()).await.expect_status(200).unwrap();
        for _ in 0..3 {
            run_minutes_later(&setup, 15).await;
        }
        let status = reminder(&setup, &appointment).await["status"].clone();
        assert_eq!(status, if corrections == 1 { "sent" } else { "cancelled" });
        let texts = sent_texts(&setup);
        let found = texts.iter().filter(|text| text.contains("no tenga en cuenta")).count();
        assert_eq!((found, texts.len()), (corrections, 2 * corrections), "{texts:?}");
    }
}
