//! Breaking the code on purpose, from outside: a test that doesn't notice is no test.

use local::protocol::Kind;
use serde_json::{Value, json};

/// A way to break it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sabotage {
    /// Bookings are written whatever the agenda's version has become.
    IgnoreAgendaVersions,
    /// Outcomes of earlier attempts aren't looked at: reading one finds nothing.
    ForgetOutcomes,
}

impl Sabotage {
    /// Changes a request on its way to the table. Answers whether it did.
    pub(super) fn change_request(self, kind: Kind, request: &mut Value) -> bool {
        if self != Self::IgnoreAgendaVersions || kind != Kind::Transact {
            return false;
        }
        let mut changed = false;
        for action in request.get_mut("TransactItems").and_then(Value::as_array_mut).into_iter().flatten() {
            let Some(update) = action.get_mut("Update").filter(|update| is_day(update)) else { continue };
            if update.get("ConditionExpression") == Some(&json!("version = :read")) {
                // The value that it names has to be used, or the table refuses the whole.
                update["ConditionExpression"] = json!("version >= :read OR version < :read");
                changed = true;
            }
        }
        changed
    }

    /// Changes an answer on its way back. Answers whether it did.
    pub(super) fn change_answer(self, kind: Kind, answer: &mut Value) -> bool {
        if self != Self::ForgetOutcomes {
            return false;
        }
        match kind {
            Kind::Get if answer.get("Item").is_some_and(is_outcome) => {
                *answer = json!({});
                true
            }
            Kind::BatchGet => {
                let tables = answer.get_mut("Responses").and_then(Value::as_object_mut);
                let mut changed = false;
                for rows in tables.into_iter().flat_map(|tables| tables.values_mut()).filter_map(Value::as_array_mut) {
                    let before = rows.len();
                    rows.retain(|row| !is_outcome(row));
                    changed |= rows.len() < before;
                }
                changed
            }
            _ => false,
        }
    }
}

fn is_day(update: &Value) -> bool {
    let key = update.pointer("/Key/SK/S").and_then(Value::as_str);
    key.is_some_and(|key| key.starts_with("DAY#"))
}

fn is_outcome(row: &Value) -> bool {
    let key = row.pointer("/PK/S").and_then(Value::as_str);
    key.is_some_and(|key| key.starts_with("IDEMPOTENCY#"))
}
