//! What operations did: every request that they made and what came of it.

use super::fault::Fault;
use local::protocol::Kind;
use serde_json::Value;
use std::collections::HashMap;

/// A request and what came of it.
#[derive(Debug, Clone, Default)]
pub struct Exchange {
    /// What it is.
    pub kind: Kind,
    /// The request in DynamoDB's JSON.
    pub request: Value,
    /// The table's answer, also where it was lost on its way back; null where the request was.
    pub answer: Value,
    /// Its status; 0 where the request never arrived.
    pub status: u16,
    /// Whether it changed the table.
    pub applied: bool,
    /// What went wrong with it.
    pub fault: Option<Fault>,
    /// The rows that it wrote or checked, where somebody wants to know.
    pub images: Vec<Image>,
    /// When it began and when it ended, counted over all requests of the wire.
    pub span: (u64, u64),
}

/// A row before and after a write.
#[derive(Debug, Clone)]
pub struct Image {
    /// Its key.
    pub key: Value,
    /// What was there.
    pub before: Option<Value>,
    /// What is there now.
    pub after: Option<Value>,
}

/// What operations did.
#[derive(Debug, Default)]
pub struct Log(HashMap<u64, Vec<Exchange>>);

impl Log {
    pub(super) fn note(&mut self, operation: u64, exchange: Exchange) {
        self.0.entry(operation).or_default().push(exchange);
    }

    pub(super) fn take(&mut self, operation: u64) -> Vec<Exchange> {
        self.0.remove(&operation).unwrap_or_default()
    }
}
