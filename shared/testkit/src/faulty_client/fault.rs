//! A seeded plan of faults for requests between a Lambda function and DynamoDB.

use local::protocol::OperationKind;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// The request isn't delivered, and the connection is closed.
    Dropped,
    /// The request is executed, and the connection is closed before the response.
    AnswerLost,
    /// The transaction conflicts with another one on one of its rows. Nothing is written.
    Conflict,
    /// The request is throttled and not executed.
    Throttled,
    /// An eventually consistent read returns the result of the same read before.
    Stale,
}

/// Decides which requests fail. The same seed decides the same for the same requests in the same order; for an
/// operation in the order of that operation's requests, whatever other operations do meanwhile.
#[derive(Debug)]
pub struct FaultPlan {
    seed: u64,
    random: fastrand::Rng,
    rate: f64,
    /// For each running operation its requests, by their hashes, each with its position in the operation and how often
    /// it was made. Otherwise two concurrent requests that both fail would be retried in an order that isn't planned.
    operations: HashMap<u64, HashMap<u64, (u64, u64)>>,
    /// The last responses to eventually consistent reads, by request.
    earlier: HashMap<String, Value>,
}

impl FaultPlan {
    /// A plan by which this share of requests fails, from 0 to 1.
    #[must_use]
    pub fn new(seed: u64, rate: f64) -> Self {
        let random = fastrand::Rng::with_seed(seed);
        Self { seed, random, rate, operations: HashMap::new(), earlier: HashMap::new() }
    }

    pub(super) fn next(&mut self, kind: OperationKind, request: &Value, operation: Option<u64>) -> Option<Fault> {
        let faults: &[Fault] = match kind {
            OperationKind::Transact => &[Fault::Dropped, Fault::AnswerLost, Fault::Conflict, Fault::Throttled],
            OperationKind::Write => &[Fault::Dropped, Fault::AnswerLost, Fault::Throttled],
            _ if lags(kind, request) => &[Fault::Dropped, Fault::Throttled, Fault::Stale],
            OperationKind::Get | OperationKind::BatchGet | OperationKind::Query | OperationKind::Scan => {
                &[Fault::Dropped, Fault::Throttled]
            }
            OperationKind::Other => return None,
        };
        let rate = self.rate;
        let mut planned = operation.map(|operation| self.of_operation(operation, request));
        let random = planned.as_mut().unwrap_or(&mut self.random);
        (random.f64() < rate).then(|| random.choice(faults).copied()).flatten()
    }

    /// The random generator for a request of an operation.
    fn of_operation(&mut self, operation: u64, request: &Value) -> fastrand::Rng {
        let hash = |parts: &dyn Fn(&mut DefaultHasher)| {
            let mut hasher = DefaultHasher::new();
            parts(&mut hasher);
            hasher.finish()
        };
        let requests = self.operations.entry(operation).or_default();
        let positions = requests.len() as u64;
        let (position, times) =
            requests.entry(hash(&|hasher| request.to_string().hash(hasher))).or_insert((positions, 0));
        *times += 1;
        let seed = (self.seed, operation, *position, *times);
        fastrand::Rng::with_seed(hash(&|hasher| seed.hash(hasher)))
    }

    pub(super) fn forget(&mut self, operation: u64) {
        self.operations.remove(&operation);
    }

    pub(super) fn remember(&mut self, kind: OperationKind, request: &Value, answer: &Value) {
        if lags(kind, request) {
            self.earlier.insert(request.to_string(), answer.clone());
        }
    }

    pub(super) fn earlier(&self, request: &Value) -> Option<Value> {
        self.earlier.get(&request.to_string()).cloned()
    }
}

/// Whether a read is eventually consistent.
fn lags(kind: OperationKind, request: &Value) -> bool {
    matches!(kind, OperationKind::Get | OperationKind::Query | OperationKind::Scan)
        && request.get("ConsistentRead") != Some(&Value::Bool(true))
}

/// DynamoDB's error for a transaction that conflicts with another one: one of its actions is the reason.
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

/// DynamoDB's error for a throttled request.
pub(super) fn throttled() -> Value {
    json!({
        "__type": "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
        "message": "The level of configured provisioned throughput for the table was exceeded",
    })
}
