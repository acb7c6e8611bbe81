//! Faults: what happens to requests between a Lambda function and DynamoDB, by a seeded plan.

use local::protocol::Kind;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// The request doesn't arrive, and the connection is closed.
    Dropped,
    /// The request is done, and the connection is closed before the answer comes.
    AnswerLost,
    /// Another transaction is under way on one of the rows. Nothing is done.
    Conflict,
    /// More requests than the table takes. Nothing is done.
    Throttled,
    /// A read that needn't be consistent shows what the same read showed before.
    Stale,
}

/// Which requests go wrong. The same seed decides the same for the same requests in the same order; for
/// those of an operation in the order of that operation, whatever others do meanwhile.
#[derive(Debug)]
pub struct FaultPlan {
    seed: u64,
    random: fastrand::Rng,
    rate: f64,
    /// For each operation that is under way its requests, by their hashes, each with its place in the
    /// operation and how often it was made. Two that are under way at once and fail would otherwise
    /// come back in an order that nobody plans.
    operations: HashMap<u64, HashMap<u64, (u64, u64)>>,
    /// The last answers to reads that needn't be consistent, by request.
    earlier: HashMap<String, Value>,
}

impl FaultPlan {
    /// A plan by which this share of requests goes wrong, from 0 to 1.
    #[must_use]
    pub fn new(seed: u64, rate: f64) -> Self {
        let random = fastrand::Rng::with_seed(seed);
        Self { seed, random, rate, operations: HashMap::new(), earlier: HashMap::new() }
    }

    pub(super) fn next(&mut self, kind: Kind, request: &Value, operation: Option<u64>) -> Option<Fault> {
        let faults: &[Fault] = match kind {
            Kind::Transact => &[Fault::Dropped, Fault::AnswerLost, Fault::Conflict, Fault::Throttled],
            Kind::Write => &[Fault::Dropped, Fault::AnswerLost, Fault::Throttled],
            _ if lags(kind, request) => &[Fault::Dropped, Fault::Throttled, Fault::Stale],
            Kind::Get | Kind::BatchGet | Kind::Query | Kind::Scan => &[Fault::Dropped, Fault::Throttled],
            Kind::Other => return None,
        };
        let rate = self.rate;
        let mut planned = operation.map(|operation| self.of_operation(operation, request));
        let random = planned.as_mut().unwrap_or(&mut self.random);
        (random.f64() < rate).then(|| random.choice(faults).copied()).flatten()
    }

    /// What decides about a request of an operation.
    fn of_operation(&mut self, operation: u64, request: &Value) -> fastrand::Rng {
        let hash = |parts: &dyn Fn(&mut DefaultHasher)| {
            let mut hasher = DefaultHasher::new();
            parts(&mut hasher);
            hasher.finish()
        };
        let requests = self.operations.entry(operation).or_default();
        let places = requests.len() as u64;
        let (place, times) = requests.entry(hash(&|hasher| request.to_string().hash(hasher))).or_insert((places, 0));
        *times += 1;
        let seed = (self.seed, operation, *place, *times);
        fastrand::Rng::with_seed(hash(&|hasher| seed.hash(hasher)))
    }

    pub(super) fn forget(&mut self, operation: u64) {
        self.operations.remove(&operation);
    }

    pub(super) fn remember(&mut self, kind: Kind, request: &Value, answer: &Value) {
        if lags(kind, request) {
            self.earlier.insert(request.to_string(), answer.clone());
        }
    }

    pub(super) fn earlier(&self, request: &Value) -> Option<Value> {
        self.earlier.get(&request.to_string()).cloned()
    }
}

/// Whether a read may show what isn't true any more.
fn lags(kind: Kind, request: &Value) -> bool {
    matches!(kind, Kind::Get | Kind::Query | Kind::Scan) && request.get("ConsistentRead") != Some(&Value::Bool(true))
}

/// What DynamoDB says of a transaction that met another one: one of its rows is the reason.
pub(super) fn conflict(request: &Value) -> Value {
    let actions = request.get("TransactItems").and_then(Value::as_array).map_or(1, Vec::len);
    let reason = |action: usize| if action == actions / 2 { "TransactionConflict" } else { "None" };
    let reasons: Vec<Value> = (0..actions).map(|action| json!({ "Code": reason(action) })).collect();
    json!({
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "message": "Transaction cancelled, please refer cancellation reasons for specific reasons",
        "CancellationReasons": reasons,
    })
}

/// What DynamoDB says when there are too many requests.
pub(super) fn throttled() -> Value {
    json!({
        "__type": "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
        "message": "The level of configured provisioned throughput for the table was exceeded",
    })
}
