//! What operations did: every request that they made and what came of it.

use super::fault::Fault;
use serde_json::{Value, json};
use std::collections::HashMap;

/// What a request is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// `GetItem`.
    Get,
    /// `BatchGetItem`.
    BatchGet,
    /// `Query`.
    Query,
    /// `Scan`.
    Scan,
    /// `TransactWriteItems`.
    Transact,
    /// `PutItem`, `UpdateItem`, `DeleteItem`.
    Write,
    /// Anything else: tables are made and described.
    #[default]
    Other,
}

impl Kind {
    /// Reads the header `X-Amz-Target`.
    #[must_use]
    pub fn of(target: &str) -> Self {
        match target.rsplit('.').next() {
            Some("GetItem") => Self::Get,
            Some("BatchGetItem") => Self::BatchGet,
            Some("Query") => Self::Query,
            Some("Scan") => Self::Scan,
            Some("TransactWriteItems") => Self::Transact,
            Some("PutItem" | "UpdateItem" | "DeleteItem") => Self::Write,
            _ => Self::Other,
        }
    }

    /// Whether it changes the table.
    #[must_use]
    pub fn writes(self) -> bool {
        matches!(self, Self::Transact | Self::Write)
    }
}

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

/// The keys of the rows that a request writes or checks.
pub(super) fn keys(kind: Kind, request: &Value) -> Vec<Value> {
    let key = |action: &Value| {
        action.get("Key").cloned().or_else(|| {
            let item = action.get("Item")?;
            Some(json!({ "PK": item.get("PK")?, "SK": item.get("SK")? }))
        })
    };
    match kind {
        Kind::Write => key(request).into_iter().collect(),
        Kind::Transact => {
            let actions = request.get("TransactItems").and_then(Value::as_array);
            actions.into_iter().flatten().filter_map(|action| key(action.as_object()?.values().next()?)).collect()
        }
        _ => Vec::new(),
    }
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
