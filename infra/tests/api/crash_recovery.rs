//! Tests of functions that crash after they have stored a task: the scheduled job finishes it. For that the job's role
//! needs every permission that the function needs, for all kinds of messages and for erasures.

use crate::blocks::BLOCKS;
use crate::clinic_setup::{ClinicSetup, DAY, id, on_the_day, text};
use crate::privacy::{REASON, add_zulema, markers_left};
use crate::replies::{DUE, appointment_status, outbox};
use domain::time::TimeDelta;
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, join_all};
use invariants::check_table;
use local::fake_twilio::PatientReply;
use serde_json::{Value, json};
use std::sync::Arc;
use testkit::faulty_client::FaultyClient;
use testkit::faulty_client::call_hook::{CallHook, ExternalCall, HookDecision};

/// Every call to the table fails.
struct AllCallsFail;

impl CallHook for AllCallsFail {
    fn before(&self, _: ExternalCall, _: Option<u64>) -> BoxFuture<'_, HookDecision> {
        std::future::ready(HookDecision::NoEffect).boxed()
    }

    fn crash(&self, _: Option<u64>) -> BoxFuture<'_, ()> {
        std::future::pending().boxed()
    }
}

/// Lets all calls fail after the next transaction.
pub(crate) fn crash_after_next_transaction(faulty_client: &FaultyClient) {
    let client = faulty_client.clone();
    faulty_client.before_next_transaction(async move {
        let next = client.clone();
        client.before_next_transaction(async move { next.set_call_hook(Some(Arc::new(AllCallsFail))) });
    });
}

async fn run_minutes_later(setup: &ClinicSetup, minutes: i64) {
    setup.app.advance(TimeDelta::minutes(minutes));
    setup.app.system.run_reminders().await.unwrap();
}

/// Which function processes a message: the webhook, or the job after the webhook has crashed.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Processing {
    ByWebhook,
    ByJob,
}

async fn patient_says(setup: &ClinicSetup, faulty_client: &FaultyClient, processing: Processing, words: &str) {
    let reply = PatientReply { body: Some(words.into()), ..ClinicSetup::patient_reply() };
    if processing == Processing::ByJob {
        crash_after_next_transaction(faulty_client);
    }
    setup.app.patient_writes(&reply).await.unwrap();
    faulty_client.set_call_hook(None);
    if processing == Processing::ByJob {
        run_minutes_later(setup, 2).await;
    }
}

/// A patient with an overbooked appointment at 10:00, already reminded of it. The doctor has no other time on that day,
/// so that the appointment can only be moved to a day without appointments, whose agenda items don't exist yet.
async fn overbooked_setup(faulty_client: &FaultyClient) -> (ClinicSetup, String) {
    let setup = ClinicSetup::with_client(faulty_client).await;
    let admin = setup.admin().await;
    let clinic = format!("/api/clinics/clinics/{}/", setup.clinic);
    admin.patch(&clinic, &json!({ "overbook_per_day": 2 })).await.unwrap().expect_status(200).unwrap();
    setup.add_window(&setup.doctor, &setup.room, "2025-12-17", "09:00", "11:00").await;
    for (from, until) in [("09:00", "10:00"), ("10:30", "13:00")] {
        let block =
            json!({ "doctor": setup.doctor, "start_datetime": on_the_day(from), "end_datetime": on_the_day(until) });
        setup.create(BLOCKS, &block).await;
    }
    let mut body = setup.booking(&on_the_day("10:00"));
    body["overbook"] = json!(true);
    body["reason"] = json!("urgencia");
    let appointment = id(&setup.try_book(body).await.expect_status(201).unwrap().body);
    setup.run_job_at(DUE).await;
    assert_eq!(outbox(&setup).len(), 1, "reminded on {DUE} of {DAY}");
    (setup, appointment)
}

#[tokio::test]
async fn the_job_processes_messages_of_a_crashed_webhook() {
    for processing in [Processing::ByWebhook, Processing::ByJob] {
        for (words, wanted) in [
            (vec!["confirmo"], "CONFIRMED"),
            (vec!["cancelar", "1"], "CANCELLED"),
            (vec!["¿mañana llueve?", "¿y pasado?"], "PENDING"),
            (vec!["BAJA", "ALTA"], "PENDING"),
            (vec!["Reprogramar"], "RESCHEDULED"),
            (vec!["Reprogramar", "mejor mantener mi cita"], "CONFIRMED"),
            (vec!["Reprogramar", "ninguno"], "RESCHEDULED"),
        ] {
            let faulty_client = FaultyClient::default();
            let (setup, appointment) = overbooked_setup(&faulty_client).await;
            for one in &words {
                patient_says(&setup, &faulty_client, processing, one).await;
            }
            assert_eq!(appointment_status(&setup, &appointment).await, wanted, "{words:?} processing {processing:?}");
        }
    }
}

#[tokio::test]
async fn an_appointment_is_moved_to_a_day_without_appointments() {
    for processing in [Processing::ByWebhook, Processing::ByJob] {
        let faulty_client = FaultyClient::default();
        let (setup, appointment) = overbooked_setup(&faulty_client).await;
        patient_says(&setup, &faulty_client, processing, "Reprogramar").await;
        // The first slot of the list is the appointment's own: an overbooked one doesn't occupy it.
        patient_says(&setup, &faulty_client, processing, "2").await;
        let old = setup.appointment(&appointment).await;
        let new = setup.appointment(&text(&old, "rescheduled_to")).await;
        assert_eq!(text(&new, "start_datetime"), "2025-12-17T09:00:00-03:00", "processing {processing:?}: {old}");
        let report = check_table(&setup.app.system.database.table()).await.unwrap();
        assert!(report.is_clean(), "{report}");
    }
}

#[tokio::test]
async fn an_erasure_is_finished_by_the_job() {
    let faulty_client = FaultyClient::default();
    let setup = add_zulema(ClinicSetup::with_client(&faulty_client).await).await;
    let (admin, path) = (setup.admin().await, format!("/api/patients/{}/", setup.patient));
    // The messages went to an earlier number, which only their rows contain.
    let change = json!({ "phone_number": "+12025550178" });
    admin.patch(&path, &change).await.unwrap().expect_status(200).unwrap();
    crash_after_next_transaction(&faulty_client);
    let response = admin.post(&format!("{path}erase/"), &json!({ "reason": REASON })).await.unwrap();
    faulty_client.set_call_hook(None);
    assert!(response.status.is_server_error(), "{response:?}");
    assert!(markers_left(&setup).await.len() > 4, "nothing but the record is erased yet");
    for _ in 0..3 {
        setup.app.advance(TimeDelta::minutes(2));
        // Two runs at the same time: the second finds the ledger's line in the archive.
        for run in join_all((0..2).map(|_| setup.app.system.run_reminders())).await {
            run.unwrap();
        }
    }
    assert_eq!(markers_left(&setup).await, [""; 0]);
    let patient = setup.admin().await.get(&path).await.unwrap().body;
    assert!(patient["erased_at"].is_string() && patient["is_active"] == Value::Bool(false), "{patient}");
    let report = check_table(&setup.app.system.database.table()).await.unwrap();
    assert!(report.is_clean(), "{report}");
}
