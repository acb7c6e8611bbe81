//! The clients of the check: each sends the requests of its generator one after the other, and records the answers.

use super::fixture::BookingFixture;
use super::generator::{Generator, REPEATED};
use super::history::{OperationRecord, RecordedAnswer};
use super::operation::{ApiRequest, ClientOperation, ClientOperationKind};
use super::refusals::REFUSALS;
use super::trace::OperationTrace;
use domain::time::{Instant, TimeDelta};
use domain::user::Role;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use testkit::faulty_client::{FaultyClient, run_as_operation};
use testkit::test_app::{PASSWORD, TestApp, TestError};

/// The users who call the API. One is an ADMIN, since some actions are open to operators only for a while.
const USERS: [&str; 3] = ["operator@example.com", "admin@example.com", "second@example.com"];
/// How long a token is used; it expires after ten minutes.
const TOKEN_LIFETIME: TimeDelta = TimeDelta::minutes(8);
/// Attempts to sign in, which may fail by injected faults.
const SIGN_IN_ATTEMPTS: usize = 100;

/// The reception desk that all clients share: the system under test, its data, and the users' tokens.
pub struct Receptionist {
    pub app: TestApp,
    pub faulty_client: FaultyClient,
    pub fixture: BookingFixture,
    tokens: Vec<tokio::sync::Mutex<(String, Instant)>>,
    operations_started: AtomicU64,
    /// The latest requests with an idempotency key, which may be repeated.
    repeatable: Mutex<VecDeque<ApiRequest>>,
}

impl Receptionist {
    /// Creates fixture and users; the users sign in later.
    pub async fn open(app: TestApp, faulty_client: FaultyClient) -> Result<Self, TestError> {
        let fixture = BookingFixture::create(&app).await?;
        app.add_user("second@example.com", Role::Operator, &[]).await?;
        let expired = || tokio::sync::Mutex::new((String::new(), app.system.app.now()));
        let tokens = USERS.iter().map(|_| expired()).collect();
        Ok(Self {
            app,
            faulty_client,
            fixture,
            tokens,
            operations_started: AtomicU64::new(0),
            repeatable: Mutex::default(),
        })
    }

    /// The token of a user, renewed when it is about to expire.
    async fn token(&self, user: usize) -> Result<String, TestError> {
        let (slot, email) = self.tokens.get(user).zip(USERS.get(user)).ok_or("no such user")?;
        let mut token = slot.lock().await;
        let now = self.app.system.app.now();
        if token.1 <= now {
            let body = json!({ "email": email, "password": PASSWORD });
            let mut attempts = 0..SIGN_IN_ATTEMPTS;
            token.0 = loop {
                attempts.next().ok_or("could not sign in")?;
                let answer = self.app.anonymous().post("/api/auth/token/", &body).await?;
                if answer.status == 200 {
                    break answer.text("access");
                }
            };
            token.1 = now.plus(TOKEN_LIFETIME);
        }
        Ok(token.0.clone())
    }

    fn add_repeatable(&self, call: &ApiRequest) {
        let mut repeatable = self.repeatable.lock().unwrap_or_else(PoisonError::into_inner);
        repeatable.push_front(call.clone());
        repeatable.truncate(REPEATED);
    }

    fn repeatable_request(&self, index: usize) -> Option<ApiRequest> {
        self.repeatable.lock().unwrap_or_else(PoisonError::into_inner).get(index).cloned()
    }
}

pub struct BookingClient {
    number: usize,
    generator: Generator,
    done: u64,
}

impl BookingClient {
    #[must_use]
    pub fn new(seed: u64, number: usize) -> Self {
        Self { number, generator: Generator::new(seed, number, USERS.len()), done: 0 }
    }

    #[must_use]
    pub fn number(&self) -> usize {
        self.number
    }

    /// Runs one operation. `None` if it was a repeat and no request with a key has been sent yet.
    pub async fn run_next(
        &mut self,
        receptionist: &Receptionist,
    ) -> Result<Option<(OperationRecord, OperationTrace)>, TestError> {
        self.done += 1;
        // Unique among all clients, since no client runs 2⁴⁰ operations.
        let number = ((self.number as u64) << 40) + self.done;
        let record = run_as_operation(number, self.try_run_next(receptionist)).await?;
        let calls = receptionist.faulty_client.take_calls(number);
        Ok(record.map(|record| {
            let refused = record.requested.as_ref().filter(|_| REFUSALS.contains(&record.answer.code.as_str()));
            let trace = OperationTrace::new(&record.request, refused, &calls);
            (record, trace)
        }))
    }

    async fn try_run_next(&mut self, receptionist: &Receptionist) -> Result<Option<OperationRecord>, TestError> {
        let request = format!("{}-{}", self.number, self.done);
        match self
            .generator
            .next(&receptionist.fixture, receptionist.operations_started.fetch_add(1, Ordering::Relaxed))
        {
            ClientOperation::Tick(seconds) => Ok(Some(tick(receptionist, request, seconds).await)),
            ClientOperation::Request(call) => self.send(receptionist, request, call.kind, *call).await.map(Some),
            ClientOperation::Repeat(index) => match receptionist.repeatable_request(index) {
                Some(call) => self.send(receptionist, request, ClientOperationKind::Repeat, call).await.map(Some),
                None => Ok(None),
            },
        }
    }

    async fn send(
        &mut self,
        receptionist: &Receptionist,
        request: String,
        kind: ClientOperationKind,
        call: ApiRequest,
    ) -> Result<OperationRecord, TestError> {
        let mut client =
            receptionist.app.with_token(&receptionist.token(call.user).await?).header("x-request-id", &request)?;
        if let Some(key) = &call.key {
            client = client.header("idempotency-key", key)?;
            if kind != ClientOperationKind::Repeat {
                // Before the answer, since a repeat may overtake the request.
                receptionist.add_repeatable(&call);
            }
        }
        if let Some(version) = call.if_match {
            client = client.header("if-match", &format!("\"{version}\""))?;
        }
        let answer = client.send(call.method.clone(), &call.path, call.body.as_ref()).await?;
        self.generator.remember_appointments(&answer.body);
        self.generator.update_known(&call, answer.status.as_u16(), &answer.body);
        let conflict = |conflict: &Value| Some(conflict.get("resource")?.as_str()?.to_owned());
        let conflicts = answer.body.get("conflicts").and_then(Value::as_array);
        let mut conflicts: Vec<String> = conflicts.into_iter().flatten().filter_map(conflict).collect();
        conflicts.sort_unstable();
        let (code, id, replayed) = (answer.code(), answer.id(), !answer.header("idempotency-replayed").is_empty());
        let answer = RecordedAnswer { status: answer.status.as_u16(), code, id, replayed, conflicts };
        let target = call.path.strip_prefix("/api/appointments/").and_then(|rest| rest.split_once('/'));
        let target = target.map(|(id, _)| id.to_owned()).unwrap_or_default();
        let key = call.key.map(|key| format!("{} {} {key}", call.user, call.path));
        Ok(OperationRecord { kind, original_kind: call.kind, request, key, target, requested: call.requested, answer })
    }
}

/// Advances the clock and runs the scheduled job.
async fn tick(receptionist: &Receptionist, request: String, seconds: i64) -> OperationRecord {
    receptionist.app.advance(TimeDelta::seconds(seconds));
    let done = receptionist.app.system.run_reminders().await.is_ok();
    let status = if done { 200 } else { 503 };
    let answer =
        RecordedAnswer { status, code: String::new(), id: String::new(), replayed: false, conflicts: Vec::new() };
    OperationRecord {
        kind: ClientOperationKind::Tick,
        original_kind: ClientOperationKind::Tick,
        request,
        key: None,
        target: String::new(),
        requested: None,
        answer,
    }
}
