//! Where a run takes place: one system, put back to its beginning before each run, and those who act on
//! it. Everybody acts as an operation that can die at any call.

use super::mishap::What;
use super::provider::Provider;
use super::script::{Others, Script};
use super::story::Plan;
use super::worker;
use app::support::id_source::IdSource;
use app::support::ports::Clock as _;
use aws_sdk_dynamodb::types::{AttributeValue, DeleteRequest, PutRequest, WriteRequest};
use domain::notification::LEASE;
use domain::time::{Instant, TimeDelta};
use futures_util::future::BoxFuture;
use local::clock::FixedClock;
use local::database::{Database, TABLE_NAME};
use local::system::FAKE_ACCOUNT;
use platform::dynamodb::local_table;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use store::Table;
use testkit::faulty_client::{Wire, operation};
use testkit::test_app::{TestApp, Trouble};

/// When the appointments are booked: five minutes before their reminders are due.
pub const BOOKED_AT: &str = "2025-12-13T08:55:00-03:00";
/// When the reminders are due.
pub const DUE: &str = "2025-12-13T09:00:00-03:00";
/// When the appointments are.
pub const APPOINTMENTS: [&str; 2] = ["2025-12-15T10:00:00-03:00", "2025-12-15T11:00:00-03:00"];
/// Where an appointment is moved to.
const MOVED_TO: &str = "2025-12-15T12:00:00-03:00";
/// A frozen process thaws this long after its lease.
const FROZEN: TimeDelta = TimeDelta::seconds(30);
/// How often a client asks before it gives up.
const PATIENCE: usize = 12;
/// Ids of a run are counted from here: the stage itself has fewer.
const IDS_FROM: u64 = 1_000_000;
/// For how long an access token is used.
const TOKEN_SLOT: i64 = 8 * 60;

type Item = HashMap<String, AttributeValue>;

/// The stage.
pub struct Stage {
    /// The system.
    pub app: TestApp,
    /// Twilio.
    pub provider: Arc<Provider>,
    /// What happens at which call.
    pub script: Arc<Script>,
    /// The table, past the wire.
    pub table: Table,
    plan: Plan,
    clock: FixedClock,
    doctor: String,
    patients: Vec<String>,
    /// How many ids there have been. The same run has the same ones, and with them the same shards.
    ids: Arc<AtomicU64>,
    beginning: BTreeMap<(String, String), Item>,
    operations: AtomicU64,
    state: Mutex<State>,
}

/// The moment at which an appointment was cancelled or moved.
#[derive(Debug, Clone, Copy)]
pub struct Off {
    /// How many messages Twilio had been sent.
    pub messages: usize,
    /// What time it was.
    pub at: Instant,
}

#[derive(Default)]
struct State {
    tokens: HashMap<i64, String>,
    appointments: Vec<String>,
    off: Option<Off>,
}

impl Stage {
    /// Sets the stage.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn set(plan: Plan) -> Result<Arc<Self>, Trouble> {
        let wire = Wire::default();
        let database = Database::memory().await?.through(&wire);
        let table = local_table(database.endpoint(), TABLE_NAME);
        let clock = FixedClock::new(Instant::parse("2025-12-01T12:00:00Z").map_err(|_| "not an instant")?);
        let script = Arc::new(Script::default());
        let provider = Arc::new(Provider::new(Arc::clone(&script), clock.clone()));
        let messenger = Arc::clone(&provider);
        let ids = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&ids);
        let app = TestApp::by_clock(database, clock.clone(), |blueprint| {
            blueprint.messenger = Some(messenger);
            blueprint.ids = IdSource::Counted(Arc::clone(&counted));
            blueprint.tuning.sent_again_after = plan.sent_again_after;
            // Another story, which would double the calls at which something can go wrong in this one.
            blueprint.tuning.seal_after = None;
        })
        .await?;
        let (doctor, patients) = world(&app).await?;
        clock.set(Instant::parse(BOOKED_AT).map_err(|_| "not an instant")?);
        // The first run ever looks far back; later ones don't.
        app.system.run_reminders().await?;
        wire.direct(Some(Arc::clone(&script) as Arc<_>));
        let beginning = scan(&table).await?;
        let (operations, state) = (AtomicU64::new(1), Mutex::default());
        Ok(Arc::new(Self {
            app,
            provider,
            script,
            table,
            plan,
            clock,
            doctor,
            patients,
            ids,
            beginning,
            operations,
            state,
        }))
    }

    /// Puts everything back.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn reset(&self) -> Result<(), Trouble> {
        let now = scan(&self.table).await?;
        let mut requests = Vec::new();
        for (key, item) in &now {
            // Signing in is no part of the story: tokens outlast a run, and so do their sessions.
            let is_session = key.1.starts_with("SESSION#");
            if !self.beginning.contains_key(key) && !is_session {
                let part = |name: &str| Some((name.to_owned(), item.get(name)?.clone()));
                let delete =
                    DeleteRequest::builder().set_key(Some(["PK", "SK"].into_iter().filter_map(part).collect()));
                requests.push(WriteRequest::builder().delete_request(delete.build()?).build());
            }
        }
        for (key, item) in &self.beginning {
            if now.get(key) != Some(item) {
                let put = PutRequest::builder().set_item(Some(item.clone())).build()?;
                requests.push(WriteRequest::builder().put_request(put).build());
            }
        }
        for batch in requests.chunks(25) {
            let writes = HashMap::from([(TABLE_NAME.to_owned(), batch.to_vec())]);
            self.table.client().batch_write_item().set_request_items(Some(writes)).send().await?;
        }
        self.provider.reset();
        self.ids.store(IDS_FROM, Ordering::Relaxed);
        self.clock.set(Instant::parse(BOOKED_AT).map_err(|_| "not an instant")?);
        let mut state = self.state();
        state.appointments.clear();
        state.off = None;
        Ok(())
    }

    /// It is later.
    pub fn advance(&self, by: TimeDelta) {
        self.clock.advance(by);
    }

    /// It is this time, or later already.
    pub fn not_before(&self, at: Instant) {
        if self.clock.now() < at {
            self.clock.set(at);
        }
    }

    /// When an appointment was cancelled or moved.
    #[must_use]
    pub fn off(&self) -> Option<Off> {
        self.state().off
    }

    /// What others do in the middle of somebody's call. A task of its own: a handler inside another's
    /// stack would be too much for it.
    #[must_use]
    pub fn others(self: &Arc<Self>) -> Others {
        let stage = Arc::clone(self);
        Arc::new(move |what| -> BoxFuture<'static, ()> {
            let stage = Arc::clone(&stage);
            let done = tokio::spawn(async move { stage.intrude(what).await });
            Box::pin(async move {
                // It fails only with the runtime.
                let _ = done.await;
            })
        })
    }

    async fn intrude(self: Arc<Self>, what: What) {
        match what {
            What::Overlap => self.work().await,
            What::Freeze => {
                self.advance(LEASE.checked_add(&FROZEN).unwrap_or(LEASE));
                self.work().await;
            }
            What::Cancel => self.act(json!({ "action": "cancel", "reason": "x" })).await,
            What::Move => self.act(json!({ "action": "reschedule", "start_datetime": MOVED_TO })).await,
            What::Click => {
                let appointment = self.state().appointments.first().cloned().unwrap_or_default();
                let path = format!("/api/notifications/whatsapp/send/{appointment}/");
                self.ask(&path, &json!({})).await;
            }
            _ => self.report().await,
        }
    }

    async fn act(&self, body: Value) {
        let appointment = self.state().appointments.first().cloned().unwrap_or_default();
        let path = format!("/api/appointments/{appointment}/actions/");
        if self.ask(&path, &body).await.is_some() {
            let off = Off { messages: self.provider.messages().len(), at: self.clock.now() };
            self.state().off = Some(off);
        }
    }

    /// A worker makes a run, unless it dies.
    pub async fn work(&self) {
        let done = async {
            if self.plan.naive {
                worker::run(&self.app).await
            } else {
                self.app.system.run_reminders().await.map(|_| ())
            }
        };
        // What a failed run didn't do, the next one does.
        let _ = self.live(done).await;
    }

    /// Twilio makes its reports, unless the receiver dies: it doesn't make them again.
    pub async fn report(&self) {
        for (sid, reference) in self.provider.callbacks() {
            let form = [("MessageSid", sid.as_str()), ("AccountSid", FAKE_ACCOUNT), ("MessageStatus", "delivered")];
            let form: Vec<(String, String)> = form.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
            let path = format!("/api/notifications/whatsapp/status/?n={reference}");
            let _ = self.live(self.app.signed(&path, &form)).await;
        }
    }

    /// The appointment of this number is booked.
    ///
    /// # Errors
    /// It couldn't be.
    pub async fn book(&self, number: usize) -> Result<(), Trouble> {
        let (patient, start) = self.patients.get(number).zip(APPOINTMENTS.get(number)).ok_or("no such appointment")?;
        let body = json!({ "patient": patient, "doctor": self.doctor, "start_datetime": start });
        let made = self.ask("/api/appointments/", &body).await.ok_or("an appointment couldn't be booked")?;
        self.state().appointments.push(made);
        Ok(())
    }

    /// Staff ask for something, with one key, until they have an answer. The id of what came of it.
    async fn ask(&self, path: &str, body: &Value) -> Option<String> {
        let key = format!("key-{}", self.operations.fetch_add(1, Ordering::Relaxed));
        for _ in 0..PATIENCE {
            let token = self.token().await.ok()?;
            let client = self.app.with_token(&token).header("idempotency-key", &key).ok()?;
            if let Some(Ok(answer)) = self.live(client.post(path, body)).await
                && answer.status.as_u16() < 500
            {
                return answer.status.is_success().then(|| answer.id());
            }
        }
        None
    }

    /// A token that is good now. Signing in is no part of the story.
    async fn token(&self) -> Result<String, Trouble> {
        let slot = self.clock.now().unix() / TOKEN_SLOT;
        if let Some(token) = self.state().tokens.get(&slot) {
            return Ok(token.clone());
        }
        // Its ids are of the slot, so that no two sessions have the same one.
        let of_slot = u64::try_from(slot)?.saturating_mul(IDS_FROM);
        let (now, ids) = (self.clock.now(), self.ids.swap(of_slot, Ordering::Relaxed));
        self.clock.set(Instant::from_unix(slot * TOKEN_SLOT).ok_or("not an instant")?);
        let token = self.sign_in().await;
        self.clock.set(now);
        self.ids.store(ids, Ordering::Relaxed);
        let token = token?;
        self.state().tokens.insert(slot, token.clone());
        Ok(token)
    }

    /// A new token. The functions of the story have seen one with its key then: nor is reading that.
    async fn sign_in(&self) -> Result<String, Trouble> {
        let client = self.app.operator().await?;
        for function in ["appointments", "notifications"] {
            client.get(&format!("/api/{function}/{}/", uuid::Uuid::nil())).await?.expect_status(404)?;
        }
        Ok(client.token())
    }

    /// Somebody does something; `None` if they died.
    async fn live<F: Future>(&self, deed: F) -> Option<F::Output> {
        let id = self.operations.fetch_add(1, Ordering::Relaxed);
        let life = self.script.birth(id);
        // What is done is long: on the heap, or the stack is too small for one deed inside another's.
        tokio::select! {
            done = operation(id, Box::pin(deed)) => Some(done),
            () = life.notified() => None,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn world(app: &TestApp) -> Result<(String, Vec<String>), Trouble> {
    let admin = app.admin().await?;
    let made = async |path: &str, body: Value| -> Result<String, Trouble> {
        Ok(admin.post(path, &body).await?.expect_status(201)?.id())
    };
    let clinic = json!({
        "name": "Centro", "timezone": "America/Argentina/Buenos_Aires",
        "notify_on_cancel": false, "notify_on_move": false,
    });
    let clinic = made("/api/clinics/clinics/", clinic).await?;
    let room = made("/api/clinics/rooms/", json!({ "clinic": clinic, "name": "Uno" })).await?;
    let doctor = made("/api/doctors/", json!({ "first_name": "Alicia", "last_name": "Mora" })).await?;
    let window = json!({
        "doctor": doctor, "room": room, "date": "2025-12-15", "start_time": "09:00", "end_time": "13:00",
    });
    made("/api/schedules/", window).await?;
    let mut patients = Vec::new();
    for (name, phone) in [("Lucía", "+12025550141"), ("Tomás", "+12025550142")] {
        let patient =
            json!({ "first_name": name, "last_name": "Paz", "document_number": phone, "phone_number": phone });
        patients.push(made("/api/patients/", patient).await?);
    }
    Ok((doctor, patients))
}

/// Every row, by its key.
async fn scan(table: &Table) -> Result<BTreeMap<(String, String), Item>, Trouble> {
    let pages = table.client().scan().table_name(table.name()).consistent_read(true).into_paginator();
    let items: Vec<Item> = pages.items().send().collect::<Result<_, _>>().await?;
    let text = |item: &Item, name| item.get(name).and_then(|value: &AttributeValue| value.as_s().ok()).cloned();
    Ok(items.into_iter().filter_map(|item| Some(((text(&item, "PK")?, text(&item, "SK")?), item))).collect())
}
