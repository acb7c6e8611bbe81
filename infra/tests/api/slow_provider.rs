//! Tests of requests while Twilio takes its full time: each ends before its function's time-out, and what it could not
//! send is sent by the scheduled job.

use crate::clinic_setup::{ClinicSetup, id, text};
use crate::crash_recovery::crash_after_next_transaction;
use crate::reminders::{reminder, run_minutes_later, status_and_attempts};
use crate::sending::send_reminder;
use app::support::ports::{Clock, InboundLogEntry, Messenger, OutboundLogEntry, OutgoingMessage, SendOutcome};
use app::support::timeouts;
use domain::notification::Address;
use domain::time::{Instant, TimeDelta};
use futures_util::future::{BoxFuture, ready};
use local::database::Database;
use local::fake_twilio::FailMode;
use local::gateway::Format;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use testkit::faulty_client::FaultyClient;
use testkit::test_app::TestApp;

/// A provider that accepts each message after some time by the test's clock, or gives no answer within its time-out.
struct SlowProvider {
    clock: Arc<dyn Clock>,
    takes: Arc<Mutex<TimeDelta>>,
    sent: Arc<Mutex<Vec<OutgoingMessage>>>,
}

impl Messenger for SlowProvider {
    fn send<'a>(&'a self, message: &'a OutgoingMessage) -> BoxFuture<'a, SendOutcome> {
        let takes = *self.takes.lock().unwrap();
        let mut sent = self.sent.lock().unwrap();
        sent.push(message.clone());
        let answer = match takes < timeouts::PROVIDER {
            true => SendOutcome::Accepted(format!("SM{:032x}", sent.len())),
            false => SendOutcome::Unknown,
        };
        Box::pin(async move {
            self.clock.sleep_until(self.clock.now().plus(takes.min(timeouts::PROVIDER))).await;
            answer
        })
    }

    fn is_own_account(&self, _: &str) -> bool {
        true
    }

    fn sent_since<'a>(&'a self, _: &'a Address, _: Instant) -> BoxFuture<'a, Option<Vec<OutboundLogEntry>>> {
        Box::pin(ready(None))
    }

    fn received_since(&self, _: Instant) -> BoxFuture<'_, Option<Vec<InboundLogEntry>>> {
        Box::pin(ready(None))
    }
}

struct SlowSetup {
    setup: ClinicSetup,
    faulty_client: FaultyClient,
    takes: Arc<Mutex<TimeDelta>>,
    sent: Arc<Mutex<Vec<OutgoingMessage>>>,
}

impl SlowSetup {
    async fn new() -> Self {
        let faulty_client = FaultyClient::default();
        let (takes, sent) = (Arc::new(Mutex::new(TimeDelta::zero())), Arc::default());
        let (provider_takes, provider_sent) = (Arc::clone(&takes), Arc::clone(&sent));
        let database = Database::memory().await.unwrap().through(&faulty_client);
        let app = TestApp::changed(database, |config| {
            config.format = Format::Rest;
            let clock = Arc::clone(&config.clock);
            config.messenger = Some(Arc::new(SlowProvider { clock, takes: provider_takes, sent: provider_sent }));
        });
        let setup = ClinicSetup::with_app(app.await.unwrap()).await;
        Self { setup, faulty_client, takes, sent }
    }

    /// From now on the provider takes so long.
    fn provider_takes(&self, time: TimeDelta) {
        *self.takes.lock().unwrap() = time;
    }

    fn sent_count(&self) -> usize {
        self.sent.lock().unwrap().len()
    }

    fn now(&self) -> Instant {
        self.setup.app.system.app.now()
    }
}

#[tokio::test]
async fn a_manual_send_to_a_provider_without_an_answer_is_a_202() {
    let slow = SlowSetup::new().await;
    let appointment = id(&slow.setup.book("10:00").await);
    slow.provider_takes(TimeDelta::hours(1));
    let began = slow.now();
    for _ in 0..2 {
        let answer = send_reminder(&slow.setup, &appointment, json!({})).await.expect_status(202).unwrap();
        assert_eq!(
            (&answer.body["message_sid"], text(&answer.body["notification"], "status")),
            (&Value::Null, "unknown".into())
        );
    }
    assert_eq!((slow.sent_count(), slow.now().since(began)), (1, timeouts::PROVIDER), "the second one doesn't try");
}

#[tokio::test]
async fn a_message_that_is_being_sent_is_a_202() {
    let slow = SlowSetup::new().await;
    let appointment = id(&slow.setup.book("10:00").await);
    // The first request ends after its claim: the message is at the provider, and its outcome isn't recorded.
    let (operator, path) = (slow.setup.operator().await, format!("/api/notifications/whatsapp/send/{appointment}/"));
    crash_after_next_transaction(&slow.faulty_client);
    operator.post(&path, &json!({})).await.unwrap().expect_status(503).unwrap();
    slow.faulty_client.set_call_hook(None);
    for body in [json!({}), json!({ "force": true })] {
        let answer = send_reminder(&slow.setup, &appointment, body).await.expect_status(202).unwrap();
        assert_eq!(
            (&answer.body["message_sid"], text(&answer.body["notification"], "status")),
            (&Value::Null, "claimed".into())
        );
    }
    assert_eq!(slow.sent_count(), 1);
}

#[tokio::test]
async fn a_manual_send_waits_for_the_rate_limit_and_the_provider_within_its_functions_time() {
    let slow = SlowSetup::new().await;
    let appointments = [id(&slow.setup.book("09:00").await), id(&slow.setup.book("09:30").await)];
    send_reminder(&slow.setup, &appointments[0], json!({})).await.expect_status(200).unwrap();
    // Five seconds later the number may get its next message.
    slow.setup.app.advance(TimeDelta::seconds(1));
    slow.provider_takes(TimeDelta::hours(1));
    let began = slow.now();
    send_reminder(&slow.setup, &appointments[1], json!({})).await.expect_status(202).unwrap();
    let took = slow.now().since(began);
    assert_eq!((slow.sent_count(), took), (2, TimeDelta::seconds(5) + timeouts::PROVIDER));
    assert!(took < timeouts::API_FUNCTION);
}

#[tokio::test]
async fn a_manual_send_that_would_wait_too_long_is_left_to_the_job() {
    let slow = SlowSetup::new().await;
    let appointments = [id(&slow.setup.book("09:00").await), id(&slow.setup.book("09:30").await)];
    send_reminder(&slow.setup, &appointments[0], json!({})).await.expect_status(200).unwrap();
    let began = slow.now();
    let key = json!({ "key": "once" }).to_string();
    let client = slow.setup.operator().await.header("idempotency-key", &key).unwrap();
    let path = format!("/api/notifications/whatsapp/send/{}/", appointments[1]);
    let answer = client.post(&path, &json!({})).await.unwrap().expect_status(202).unwrap();
    assert_eq!((&answer.body["message_sid"], slow.now(), slow.sent_count()), (&Value::Null, began, 1));
    let due = began.plus(TimeDelta::seconds(6));
    let row = reminder(&slow.setup, &appointments[1]).await;
    assert_eq!((status_and_attempts(&row), Instant::parse(&text(&row, "due_at"))), (("pending".into(), 0), Ok(due)));
    let copy = &slow.setup.appointment(&appointments[1]).await["reminder"]["due_at"];
    assert_eq!(copy, &row["due_at"], "it is due now, and no longer two days before");

    run_minutes_later(&slow.setup, 1).await;
    assert_eq!(slow.sent_count(), 2, "the job sends it");
    let again = client.post(&path, &json!({})).await.unwrap().expect_status(200).unwrap();
    assert_eq!((again.header("idempotency-replayed"), slow.sent_count()), ("true".into(), 2));
    assert!(invariants::check_table(&slow.setup.app.system.database.table()).await.unwrap().is_clean());
}

#[tokio::test]
async fn a_manual_send_that_twilio_refuses_for_the_moment_is_left_to_the_job() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);
    setup.app.twilio().unwrap().fail(FailMode::TooManyRequests, None, 1);
    let answer = send_reminder(&setup, &appointment, json!({})).await.expect_status(202).unwrap();
    assert_eq!(text(&answer.body["notification"], "status"), "pending");
    run_minutes_later(&setup, 3).await;
    assert_eq!(status_and_attempts(&reminder(&setup, &appointment).await), ("sent".into(), 2));
}

#[tokio::test]
async fn a_webhook_sends_one_slow_reply_and_leaves_others_to_the_job() {
    let slow = SlowSetup::new().await;
    let appointment = id(&slow.setup.book("10:00").await);
    send_reminder(&slow.setup, &appointment, json!({})).await.expect_status(200).unwrap();
    slow.setup.app.advance(TimeDelta::minutes(1));
    // The first message is stored, and its webhook crashes. The second webhook processes both.
    crash_after_next_transaction(&slow.faulty_client);
    slow.setup.patient_writes("confirmo").await;
    slow.faulty_client.set_call_hook(None);
    slow.provider_takes(TimeDelta::hours(1));
    let (began, sent) = (slow.now(), slow.sent_count());
    slow.setup.patient_writes("cancelar").await.expect_status(200).unwrap();
    let took = slow.now().since(began);
    assert_eq!((slow.sent_count() - sent, took), (1, timeouts::PROVIDER));
    assert!(took < timeouts::WEBHOOK_FUNCTION);
    slow.provider_takes(TimeDelta::zero());
    run_minutes_later(&slow.setup, 1).await;
    assert_eq!(slow.sent_count() - sent, 2, "the job sends the other reply");
    assert_eq!(text(&slow.setup.appointment(&appointment).await, "status"), "CONFIRMED");
}
