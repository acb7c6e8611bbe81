//! A log of every request that operations made, with its response.

use super::fault::Fault;
use local::protocol::OperationKind;
use serde_json::Value;
use std::collections::HashMap;

/// A request to the table with its response.
#[derive(Debug, Clone, Default)]
pub struct RecordedCall {
    pub kind: OperationKind,
    /// The request in DynamoDB's JSON.
    pub request: Value,
    /// The table's response, even if it was lost on its way back; null if the request was lost.
    pub answer: Value,
    /// The HTTP status; 0 if the request was not delivered.
    pub status: u16,
    /// Whether it changed the table.
    pub applied: bool,
    /// The injected fault.
    pub fault: Option<Fault>,
    /// The rows that it wrote or checked, if images are recorded.
    pub images: Vec<RowImage>,
    /// When it began and ended, in ticks of a counter over all requests of the client.
    pub span: (u64, u64),
}

/// The most calls that were in flight at the same time.
#[must_use]
pub fn most_in_flight(calls: &[RecordedCall]) -> usize {
    let running = |tick: u64| calls.iter().filter(|call| call.span.0 <= tick && tick < call.span.1).count();
    calls.iter().map(|call| running(call.span.0)).max().unwrap_or_default()
}

/// A row before and after a write.
#[derive(Debug, Clone)]
pub struct RowImage {
    pub key: Value,
    pub before: Option<Value>,
    pub after: Option<Value>,
}

/// The recorded calls by operation.
#[derive(Debug, Default)]
pub struct CallLog(HashMap<u64, Vec<RecordedCall>>);

impl CallLog {
    pub(super) fn note(&mut self, operation: u64, call: RecordedCall) {
        self.0.entry(operation).or_default().push(call);
    }

    pub(super) fn take(&mut self, operation: u64) -> Vec<RecordedCall> {
        self.0.remove(&operation).unwrap_or_default()
    }
}
