//! A seeded plan of faults for requests between a Lambda function and DynamoDB.

use super::request_hash::{RequestHashes, hash_of};
use domain::notification::NotificationStatus;
use local::protocol::OperationKind;
use serde_json::{Value, json};
use std::collections::HashMap;

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
/// operation's requests, whatever their order is: concurrent ones overtake each other from run to run.
#[derive(Debug)]
pub struct FaultPlan {
    seed: u64,
    random: fastrand::Rng,
    rate: f64,
    spares_sends: bool,
    operations: HashMap<u64, OperationRequests>,
    request_hashes: RequestHashes,
    /// The last responses to eventually consistent reads, by request.
    earlier: HashMap<String, Value>,
}

/// The requests of a running operation, by their hashes, each with how often it was made: a retry is decided anew.
#[derive(Debug, Default)]
struct OperationRequests {
    reads: HashMap<u64, u64>,
    /// With their positions among the writes.
    writes: HashMap<u64, (u64, u64)>,
    /// Whether it has claimed a message, which it then sends.
    sends: bool,
}

impl FaultPlan {
    /// A plan by which this share of requests fails, from 0 to 1.
    #[must_use]
    pub fn new(seed: u64, rate: f64) -> Self {
        let random = fastrand::Rng::with_seed(seed);
        Self {
            seed,
            random,
            rate,
            spares_sends: false,
            operations: HashMap::new(),
            request_hashes: RequestHashes::default(),
            earlier: HashMap::new(),
        }
    }

    /// Lets an operation send its messages: from its first claim on, none of its requests fails.
    #[must_use]
    pub fn sparing_sends(self) -> Self {
        Self { spares_sends: true, ..self }
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
        if self.spares_sends
            && let Some(operation) = operation
        {
            let requests = self.operations.entry(operation).or_default();
            requests.sends |= kind == OperationKind::Transact && is_claim(request);
            if requests.sends {
                return None;
            }
        }
        let mut planned = operation.map(|operation| self.of_operation(operation, kind, request));
        let random = planned.as_mut().unwrap_or(&mut self.random);
        (random.f64() < rate).then(|| random.choice(faults).copied()).flatten()
    }

    /// The random generator for a request of an operation. Writes follow one another, and contain random shards: each is
    /// known by its position.
    fn of_operation(&mut self, operation: u64, kind: OperationKind, request: &Value) -> fastrand::Rng {
        let requests = self.operations.entry(operation).or_default();
        let identity = if kind.writes() {
            let position = requests.writes.len() as u64;
            let (position, times) = requests.writes.entry(hash_of(request.to_string())).or_insert((position, 0));
            *times += 1;
            (*position, *times)
        } else {
            let request = self.request_hashes.hash(request);
            let times = requests.reads.entry(request).or_insert(0);
            *times += 1;
            (request, *times)
        };
        fastrand::Rng::with_seed(hash_of((self.seed, operation, kind.writes(), identity)))
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

/// Whether a transaction claims a message, in order to send it.
fn is_claim(transaction: &Value) -> bool {
    let actions = transaction.get("TransactItems").and_then(Value::as_array);
    let status =
        |action: &Value| Some(action.pointer("/Put/Item/status/S")?.as_str()? == NotificationStatus::Claimed.name());
    actions.into_iter().flatten().filter_map(status).any(|is_claimed| is_claimed)
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
