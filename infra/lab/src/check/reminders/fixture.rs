//! The system under test of the reminders check, which is reset before each run, with its workers, users and callbacks.
//! Each of them acts as an operation that can crash at any call.

use super::fault::FaultKind;
use super::fault_injector::{ConcurrentActions, FaultInjector};
use super::naive_worker;
use super::provider::InMemoryProvider;
use super::run::RemindersPlan;
use crate::check::table_image::TableImage;
use app::support::id_source::IdSource;
use app::support::ports::Clock as _;
use domain::ids::{Id as _, SessionId, UserId};
use domain::notification::CLAIM_LEASE;
use domain::time::{Instant, TimeDelta};
use futures_util::future::BoxFuture;
use local::clock::FixedClock;
use local::database::{Database, TABLE_NAME};
use local::system::FAKE_ACCOUNT;
use platform::dynamodb::local_table;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use store::Table;
use store::keys::{Key, kind};
use testkit::faulty_client::{FaultyClient, run_as_operation};
use testkit::test_app::{TestApp, TestError};

/// When the appointments are booked: five minutes before their reminders are due.
pub const BOOKED_AT: &str = "2025-12-13T08:55:00-03:00";
/// When the reminders are due.
pub const DUE: &str = "2025-12-13T09:00:00-03:00";
/// When the appointments start.
pub const APPOINTMENTS: [&str; 2] = ["2025-12-15T10:00:00-03:00", "2025-12-15T11:00:00-03:00"];
/// The start to which an appointment is moved.
const MOVED_TO: &str = "2025-12-15T12:00:00-03:00";
/// How long after the end of its lease a frozen process resumes.
const FROZEN_AFTER_LEASE: TimeDelta = TimeDelta::seconds(30);
/// Attempts of a client at one request.
const MAX_ATTEMPTS: usize = 12;
/// The first id of a run; the fixture itself uses fewer.
const IDS_FROM: u64 = 1_000_000;
/// How long an access token is used, in seconds.
const TOKEN_PERIOD: i64 = 8 * 60;

pub struct ReminderFixture {
    pub app: TestApp,
    pub provider: Arc<InMemoryProvider>,
    pub injector: Arc<FaultInjector>,
    /// The table, accessed without faults.
    pub table: Table,
    plan: RemindersPlan,
    clock: FixedClock,
    doctor: String,
    patients: Vec<String>,
    /// The last id. Ids are sequential, so that the same run has the same ids, and with them the same shards.
    ids: Arc<AtomicU64>,
    /// The rows of the table before each run.
    initial_rows: TableImage,
    operations: AtomicU64,
    state: Mutex<State>,
}

/// When an appointment was cancelled or moved.
#[derive(Debug, Clone, Copy)]
pub struct CancellationPoint {
    /// How many messages had been sent to Twilio.
    pub messages: usize,
    pub at: Instant,
}

#[derive(Default)]
struct State {
    tokens: HashMap<i64, String>,
    appointments: Vec<String>,
    cancelled: Option<CancellationPoint>,
}

impl ReminderFixture {
    pub async fn build(plan: RemindersPlan) -> Result<Arc<Self>, TestError> {
        let faulty_client = FaultyClient::default();
        let database = Database::memory().await?.through(&faulty_client);
        let table = local_table(database.endpoint(), TABLE_NAME);
        let clock = FixedClock::new(Instant::parse("2025-12-01T12:00:00Z").map_err(|_| "not an instant")?);
        let injector = Arc::new(FaultInjector::default());
        let provider = Arc::new(InMemoryProvider::new(Arc::clone(&injector), clock.clone()));
        let messenger = Arc::clone(&provider);
        let ids = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&ids);
        let app = TestApp::with_clock(database, clock.clone(), |config| {
            config.messenger = Some(messenger);
            config.ids = IdSource::Sequential(Arc::clone(&counted));
            config.tuning.resend_after = plan.resend_after;
            // Sealing the audit trail has nothing to do with reminders, and would double the number of calls.
            config.tuning.seal_after = None;
        })
        .await?;
        let (doctor, patients) = create_clinic(&app).await?;
        clock.set(Instant::parse(BOOKED_AT).map_err(|_| "not an instant")?);
        // The first run of a table looks far back; later ones don't.
        app.system.run_reminders().await?;
        faulty_client.set_call_hook(Some(Arc::clone(&injector) as Arc<_>));
        let initial_rows = TableImage::read(&table).await?;
        let (operations, state) = (AtomicU64::new(1), Mutex::default());
        Ok(Arc::new(Self {
            app,
            provider,
            injector,
            table,
            plan,
            clock,
            doctor,
            patients,
            ids,
            initial_rows,
            operations,
            state,
        }))
    }

    /// Restores the initial rows, clock and ids.
    pub async fn reset(&self) -> Result<(), TestError> {
        // Signing in is not part of a run, so tokens and their sessions are kept.
        let session = Key::session(UserId::nil(), SessionId::nil());
        self.initial_rows.restore(&self.table, |sort_key| kind(sort_key) == kind(&session.sk)).await?;
        self.provider.reset();
        self.ids.store(IDS_FROM, Ordering::Relaxed);
        self.clock.set(Instant::parse(BOOKED_AT).map_err(|_| "not an instant")?);
        let mut state = self.state();
        state.appointments.clear();
        state.cancelled = None;
        Ok(())
    }

    pub fn advance(&self, by: TimeDelta) {
        self.clock.advance(by);
    }

    /// Sets the clock to this instant, unless it is later already.
    pub fn advance_to(&self, at: Instant) {
        if self.clock.now() < at {
            self.clock.set(at);
        }
    }

    /// When an appointment was cancelled or moved.
    #[must_use]
    pub fn cancellation(&self) -> Option<CancellationPoint> {
        self.state().cancelled
    }

    /// What workers, users and Twilio do in the middle of a call. Each runs as a task of its own, since one handler
    /// inside another would overflow the stack.
    #[must_use]
    pub fn concurrent_actions(self: &Arc<Self>) -> ConcurrentActions {
        let fixture = Arc::clone(self);
        Arc::new(move |kind| -> BoxFuture<'static, ()> {
            let fixture = Arc::clone(&fixture);
            let done = tokio::spawn(async move { fixture.run_action(kind).await });
            Box::pin(async move {
                // Fails only if the runtime stops.
                let _ = done.await;
            })
        })
    }

    async fn run_action(self: Arc<Self>, kind: FaultKind) {
        match kind {
            FaultKind::Overlap => self.run_worker().await,
            FaultKind::Freeze => {
                self.advance(CLAIM_LEASE.checked_add(&FROZEN_AFTER_LEASE).unwrap_or(CLAIM_LEASE));
                self.run_worker().await;
            }
            FaultKind::Cancel => self.act_on_appointment(json!({ "action": "cancel", "reason": "x" })).await,
            FaultKind::Move => {
                self.act_on_appointment(json!({ "action": "reschedule", "start_datetime": MOVED_TO })).await
            }
            FaultKind::Click => {
                let appointment = self.state().appointments.first().cloned().unwrap_or_default();
                let path = format!("/api/notifications/whatsapp/send/{appointment}/");
                self.post_until_answered(&path, &json!({})).await;
            }
            _ => self.deliver_callbacks().await,
        }
    }

    async fn act_on_appointment(&self, body: Value) {
        let appointment = self.state().appointments.first().cloned().unwrap_or_default();
        let path = format!("/api/appointments/{appointment}/actions/");
        if self.post_until_answered(&path, &body).await.is_some() {
            let cancelled = CancellationPoint { messages: self.provider.messages().len(), at: self.clock.now() };
            self.state().cancelled = Some(cancelled);
        }
    }

    /// A worker makes a run, unless it crashes.
    pub async fn run_worker(&self) {
        let done = async {
            if self.plan.naive {
                naive_worker::run(&self.app).await
            } else {
                self.app.system.run_reminders().await.map(|_| ())
            }
        };
        // The next run does what a failed one left.
        let _ = self.run_until_crash(done).await;
    }

    /// Twilio sends the status callbacks that are due. It doesn't repeat a callback whose receiver crashes.
    pub async fn deliver_callbacks(&self) {
        for (sid, reference) in self.provider.take_due_callbacks() {
            let form = [("MessageSid", sid.as_str()), ("AccountSid", FAKE_ACCOUNT), ("MessageStatus", "delivered")];
            let form: Vec<(String, String)> = form.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
            let path = format!("/api/notifications/whatsapp/status/?n={reference}");
            let _ = self.run_until_crash(self.app.post_signed(&path, &form)).await;
        }
    }

    /// Books the appointment of this number.
    pub async fn book_appointment(&self, number: usize) -> Result<(), TestError> {
        let (patient, start) = self.patients.get(number).zip(APPOINTMENTS.get(number)).ok_or("no such appointment")?;
        let body = json!({ "patient": patient, "doctor": self.doctor, "start_datetime": start });
        let appointment =
            self.post_until_answered("/api/appointments/", &body).await.ok_or("the appointment could not be booked")?;
        self.state().appointments.push(appointment);
        Ok(())
    }

    /// A user posts a request with one key until it is answered. Returns the id in a successful answer.
    async fn post_until_answered(&self, path: &str, body: &Value) -> Option<String> {
        let key = format!("key-{}", self.operations.fetch_add(1, Ordering::Relaxed));
        for _ in 0..MAX_ATTEMPTS {
            let token = self.token().await.ok()?;
            let client = self.app.with_token(&token).header("idempotency-key", &key).ok()?;
            if let Some(Ok(answer)) = self.run_until_crash(client.post(path, body)).await
                && answer.status.as_u16() < 500
            {
                return answer.status.is_success().then(|| answer.id());
            }
        }
        None
    }

    /// A valid token. Signing in is not part of a run.
    async fn token(&self) -> Result<String, TestError> {
        let period = self.clock.now().unix() / TOKEN_PERIOD;
        if let Some(token) = self.state().tokens.get(&period) {
            return Ok(token.clone());
        }
        // The ids depend on the period, so that no two sessions have the same id.
        let of_period = u64::try_from(period)?.saturating_mul(IDS_FROM);
        let (now, ids) = (self.clock.now(), self.ids.swap(of_period, Ordering::Relaxed));
        self.clock.set(Instant::from_unix(period * TOKEN_PERIOD).ok_or("not an instant")?);
        let token = self.sign_in().await;
        self.clock.set(now);
        self.ids.store(ids, Ordering::Relaxed);
        let token = token?;
        self.state().tokens.insert(period, token.clone());
        Ok(token)
    }

    /// Signs in, and has the functions read the token's key, which is not part of a run either.
    async fn sign_in(&self) -> Result<String, TestError> {
        let client = self.app.operator().await?;
        for function in ["appointments", "notifications"] {
            client.get(&format!("/api/{function}/{}/", uuid::Uuid::nil())).await?.expect_status(404)?;
        }
        Ok(client.token())
    }

    /// Runs an action as an operation of its own; `None` if it crashed.
    async fn run_until_crash<F: Future>(&self, action: F) -> Option<F::Output> {
        let id = self.operations.fetch_add(1, Ordering::Relaxed);
        let crashed = self.injector.register_operation(id);
        // Boxed, since the futures of two nested actions are too large for the stack.
        tokio::select! {
            done = run_as_operation(id, Box::pin(action)) => Some(done),
            () = crashed.notified() => None,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn create_clinic(app: &TestApp) -> Result<(String, Vec<String>), TestError> {
    let admin = app.admin().await?;
    let create = async |path: &str, body: Value| -> Result<String, TestError> {
        Ok(admin.post(path, &body).await?.expect_status(201)?.id())
    };
    let clinic = json!({
        "name": "Centro", "timezone": "America/Argentina/Buenos_Aires",
        "notify_on_cancel": false, "notify_on_move": false,
    });
    let clinic = create("/api/clinics/clinics/", clinic).await?;
    let room = create("/api/clinics/rooms/", json!({ "clinic": clinic, "name": "Uno" })).await?;
    let doctor = create("/api/doctors/", json!({ "first_name": "Alicia", "last_name": "Mora" })).await?;
    let window = json!({
        "doctor": doctor, "room": room, "date": "2025-12-15", "start_time": "09:00", "end_time": "13:00",
    });
    create("/api/schedules/", window).await?;
    let mut patients = Vec::new();
    for (name, phone) in [("Lucía", "+12025550141"), ("Tomás", "+12025550142")] {
        let patient =
            json!({ "first_name": name, "last_name": "Paz", "document_number": phone, "phone_number": phone });
        patients.push(create("/api/patients/", patient).await?);
    }
    Ok((doctor, patients))
}
