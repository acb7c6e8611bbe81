//! The clients: each does what its generator says, one thing after the other, and writes down what it
//! was answered.

use super::generator::{Generator, REPEATED};
use super::history::{Answer, Record};
use super::operation::{Call, Kind, Operation};
use super::trace::Trace;
use super::world::World;
use domain::time::{Instant, TimeDelta};
use domain::user::Role;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use testkit::faulty_client::{Wire, operation};
use testkit::test_app::{PASSWORD, TestApp, Trouble};

/// Who calls the API. An ADMIN among them: some actions are an operator's only for a while.
const USERS: [&str; 3] = ["operator@example.com", "admin@example.com", "second@example.com"];
/// How long a token is used, out of the ten minutes that it lives.
const TOKEN_USED: TimeDelta = TimeDelta::minutes(8);
/// How often a sign-in is tried that meets faults.
const SIGN_INS: usize = 100;

/// What all clients have in common.
pub struct Desk {
    /// The system.
    pub app: TestApp,
    /// What its table is reached through.
    pub wire: Wire,
    /// What there is to be booked.
    pub world: World,
    tokens: Vec<tokio::sync::Mutex<(String, Instant)>>,
    /// How many operations have begun.
    moment: AtomicU64,
    /// The latest requests that had a key, to be repeated.
    keyed: Mutex<VecDeque<Call>>,
}

impl Desk {
    /// Makes the world, and users who haven't signed in yet.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn open(app: TestApp, wire: Wire) -> Result<Self, Trouble> {
        let world = World::build(&app).await?;
        app.add_user("second@example.com", Role::Operator, &[]).await?;
        let expired = || tokio::sync::Mutex::new((String::new(), app.system.app.now()));
        let tokens = USERS.iter().map(|_| expired()).collect();
        Ok(Self { app, wire, world, tokens, moment: AtomicU64::new(0), keyed: Mutex::default() })
    }

    /// A user's token, a new one where it is about to run out.
    async fn token(&self, user: usize) -> Result<String, Trouble> {
        let (slot, email) = self.tokens.get(user).zip(USERS.get(user)).ok_or("no such user")?;
        let mut token = slot.lock().await;
        let now = self.app.system.app.now();
        if token.1 <= now {
            let body = json!({ "email": email, "password": PASSWORD });
            let mut tries = 0..SIGN_INS;
            token.0 = loop {
                tries.next().ok_or("nobody can sign in")?;
                let answer = self.app.anonymous().post("/api/auth/token/", &body).await?;
                if answer.status == 200 {
                    break answer.text("access");
                }
            };
            token.1 = now.plus(TOKEN_USED);
        }
        Ok(token.0.clone())
    }

    fn remember(&self, call: &Call) {
        let mut keyed = self.keyed.lock().unwrap_or_else(PoisonError::into_inner);
        keyed.push_front(call.clone());
        keyed.truncate(REPEATED);
    }

    fn remembered(&self, place: usize) -> Option<Call> {
        self.keyed.lock().unwrap_or_else(PoisonError::into_inner).get(place).cloned()
    }
}

/// A client.
pub struct Client {
    number: usize,
    generator: Generator,
    done: u64,
}

impl Client {
    /// The client of this number.
    #[must_use]
    pub fn new(seed: u64, number: usize) -> Self {
        Self { number, generator: Generator::new(seed, number, USERS.len()), done: 0 }
    }

    /// Its number.
    #[must_use]
    pub fn number(&self) -> usize {
        self.number
    }

    /// Does one thing. `None` where there was nothing to do: nothing has been asked for with a key yet.
    ///
    /// # Errors
    /// [`Trouble`] of the check's own machinery.
    pub async fn act(&mut self, desk: &Desk) -> Result<Option<(Record, Trace)>, Trouble> {
        self.done += 1;
        // No client does so much that its numbers are another's.
        let number = ((self.number as u64) << 40) + self.done;
        let record = operation(number, self.try_act(desk)).await?;
        let exchanges = desk.wire.take(number);
        Ok(record.map(|record| {
            let refused = record.wish.as_ref().filter(|_| record.answer.code == "slot_taken");
            let trace = Trace::of(&record.request, refused, &exchanges);
            (record, trace)
        }))
    }

    async fn try_act(&mut self, desk: &Desk) -> Result<Option<Record>, Trouble> {
        let request = format!("{}-{}", self.number, self.done);
        match self.generator.next(&desk.world, desk.moment.fetch_add(1, Ordering::Relaxed)) {
            Operation::Tick(seconds) => Ok(Some(tick(desk, request, seconds).await)),
            Operation::Call(call) => self.call(desk, request, call.kind, *call).await.map(Some),
            Operation::Repeat(place) => match desk.remembered(place) {
                Some(call) => self.call(desk, request, Kind::Repeat, call).await.map(Some),
                None => Ok(None),
            },
        }
    }

    async fn call(&mut self, desk: &Desk, request: String, kind: Kind, call: Call) -> Result<Record, Trouble> {
        let mut client = desk.app.with_token(&desk.token(call.user).await?).header("x-request-id", &request)?;
        if let Some(key) = &call.key {
            client = client.header("idempotency-key", key)?;
            if kind != Kind::Repeat {
                // Before it is answered: a repeat may overtake it.
                desk.remember(&call);
            }
        }
        if let Some(version) = call.if_match {
            client = client.header("if-match", &format!("\"{version}\""))?;
        }
        let answer = client.send(call.method.clone(), &call.path, call.body.as_ref()).await?;
        self.generator.notice(&answer.body);
        self.generator.learn(&call, answer.status.as_u16(), &answer.body);
        let conflict = |conflict: &Value| Some(conflict.get("resource")?.as_str()?.to_owned());
        let conflicts = answer.body.get("conflicts").and_then(Value::as_array);
        let mut conflicts: Vec<String> = conflicts.into_iter().flatten().filter_map(conflict).collect();
        conflicts.sort_unstable();
        let (code, id, replayed) = (answer.code(), answer.id(), !answer.header("idempotency-replayed").is_empty());
        let answer = Answer { status: answer.status.as_u16(), code, id, replayed, conflicts };
        let target = call.path.strip_prefix("/api/appointments/").and_then(|rest| rest.split_once('/'));
        let target = target.map(|(id, _)| id.to_owned()).unwrap_or_default();
        let key = call.key.map(|key| format!("{} {} {key}", call.user, call.path));
        Ok(Record { kind, of: call.kind, request, key, target, wish: call.wish, answer })
    }
}

/// Time passes, and the scheduled job runs.
async fn tick(desk: &Desk, request: String, seconds: i64) -> Record {
    desk.app.advance(TimeDelta::seconds(seconds));
    let done = desk.app.system.run_reminders().await.is_ok();
    let status = if done { 200 } else { 503 };
    let answer = Answer { status, code: String::new(), id: String::new(), replayed: false, conflicts: Vec::new() };
    Record { kind: Kind::Tick, of: Kind::Tick, request, key: None, target: String::new(), wish: None, answer }
}
