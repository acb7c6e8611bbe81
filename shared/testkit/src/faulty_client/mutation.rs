//! Mutations that break the code under test from outside, by changed requests and responses. A check that doesn't
//! notice them is worthless.

use domain::appointment::Appointment;
use local::protocol::OperationKind;
use serde_json::{Value, json};
use store::Entity as _;
use store::conversation::Conversation;
use store::keys::{Key, agenda_day, kind};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mutation {
    /// Bookings are written even if the agenda's version has changed since it was read.
    IgnoreAgendaVersions,
    /// Reading the recorded outcome of an earlier attempt finds nothing.
    ForgetOutcomes,
    /// Appointments that are read don't have the mark of stranded ones, and pending sweeps aren't found.
    ForgetStranded,
    /// Appointments are written without their last notice.
    ForgetNotices,
    /// Conversations that are read have no questions, so that answers to them fall back to the reminders.
    ForgetQuestions,
}

impl Mutation {
    /// Changes a request on its way to the table. Returns whether it did.
    pub(super) fn change_request(self, kind: OperationKind, request: &mut Value) -> bool {
        if kind != OperationKind::Transact {
            return false;
        }
        let actions = request.get_mut("TransactItems").and_then(Value::as_array_mut).into_iter().flatten();
        match self {
            Self::IgnoreAgendaVersions => Self::ignore_agenda_versions(actions),
            Self::ForgetNotices => Self::forget_notices(actions),
            Self::ForgetOutcomes | Self::ForgetStranded | Self::ForgetQuestions => false,
        }
    }

    fn forget_notices<'a>(actions: impl Iterator<Item = &'a mut Value>) -> bool {
        let mut changed = false;
        for action in actions {
            let item = action.pointer_mut("/Put/Item").and_then(Value::as_object_mut);
            let Some(item) = item.filter(|item| item.get("kind") == Some(&json!({ "S": Appointment::KIND }))) else {
                continue;
            };
            changed |= item.remove("notice").is_some();
        }
        changed
    }

    fn ignore_agenda_versions<'a>(actions: impl Iterator<Item = &'a mut Value>) -> bool {
        let mut changed = false;
        for action in actions {
            let Some(update) = action.get_mut("Update").filter(|update| is_day(update)) else { continue };
            if update.get("ConditionExpression") == Some(&json!("version = :read")) {
                // The table rejects a request with an unused value, so the condition still has to name it.
                update["ConditionExpression"] = json!("version >= :read OR version < :read");
                changed = true;
            }
        }
        changed
    }

    /// Changes a response on its way back. Returns whether it did.
    pub(super) fn change_answer(self, kind: OperationKind, answer: &mut Value) -> bool {
        match self {
            Self::IgnoreAgendaVersions | Self::ForgetNotices => false,
            Self::ForgetOutcomes => match kind {
                OperationKind::Get if answer.get("Item").is_some_and(is_outcome) => {
                    *answer = json!({});
                    true
                }
                OperationKind::BatchGet => remove_rows(answer, is_outcome),
                _ => false,
            },
            Self::ForgetStranded => {
                let removed = kind == OperationKind::Query && remove_rows(answer, is_sweep);
                let forget = |row: &mut Value| row.as_object_mut().is_some_and(|row| row.remove("stranded").is_some());
                change_rows(answer, forget) || removed
            }
            Self::ForgetQuestions => change_rows(answer, forget_questions),
        }
    }
}

/// The lists of rows in the response to a query or to a batch of reads.
fn row_lists(answer: &mut Value) -> Vec<&mut Vec<Value>> {
    let Some(answer) = answer.as_object_mut() else { return Vec::new() };
    let lists = answer.iter_mut().filter_map(|(name, value)| match name.as_str() {
        "Items" => Some(vec![value]),
        "Responses" => Some(value.as_object_mut()?.values_mut().collect()),
        _ => None,
    });
    lists.flatten().filter_map(Value::as_array_mut).collect()
}

/// Changes the rows of a response. Returns whether any was changed.
fn change_rows(answer: &mut Value, change: fn(&mut Value) -> bool) -> bool {
    let in_item = answer.get_mut("Item").is_some_and(change);
    let in_lists = row_lists(answer).into_iter().flatten().filter_map(|row| change(row).then_some(())).count();
    in_item || in_lists > 0
}

fn forget_questions(row: &mut Value) -> bool {
    let is_conversation = row.pointer("/kind/S").and_then(Value::as_str) == Some(Conversation::KIND);
    let prompts = row.pointer_mut("/prompts/L").and_then(Value::as_array_mut).filter(|_| is_conversation);
    let Some(prompts) = prompts else { return false };
    let before = prompts.len();
    prompts.retain(|asked| asked.pointer("/M/prompt/M/kind/S") == Some(&json!("reminder")));
    prompts.len() < before
}

/// Removes rows from a response. Returns whether there were any.
fn remove_rows(answer: &mut Value, unwanted: fn(&Value) -> bool) -> bool {
    let mut removed = false;
    for rows in row_lists(answer) {
        let before = rows.len();
        rows.retain(|row| !unwanted(row));
        removed |= rows.len() < before;
    }
    removed
}

fn is_sweep(row: &Value) -> bool {
    row.pointer("/kind/S").and_then(Value::as_str) == Some("sweep")
}

fn is_day(update: &Value) -> bool {
    let key = update.pointer("/Key/SK/S").and_then(Value::as_str);
    key.is_some_and(|key| agenda_day(key).is_some())
}

fn is_outcome(row: &Value) -> bool {
    let key = row.pointer("/PK/S").and_then(Value::as_str);
    key.is_some_and(|key| kind(key) == kind(&Key::idempotency("").pk))
}
