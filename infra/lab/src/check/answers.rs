//! Compares every answer with the table after all clients have stopped: an operation that was answered as done took
//! effect once, a refused one did not, and one with an unknown outcome did at most once.
//!
//! The audit trail has the id of each request, so that each effect is assigned to its request.

use super::history::OperationRecord;
use super::operation::ClientOperationKind;
use invariants::rows::TableRows;
use std::collections::{BTreeMap, BTreeSet};
use store::audit::AuditAction;

/// A row of the audit trail about an appointment: its id and the action.
type Effect = (String, AuditAction);

/// Answers that the audit trail contradicts.
#[must_use]
pub fn check(records: &[OperationRecord], rows: &TableRows) -> Vec<String> {
    let mut found = Vec::new();
    for record in records {
        let effects = rows.changes_by_request.get(&record.request).map_or(&[] as &[Effect], Vec::as_slice);
        if let Some(fault) = contradiction(record, effects, rows) {
            let (kind, answer) = (record.kind.name(), record.answer.name());
            let request = &record.request;
            found.push(format!("request {request}, {kind}, was answered {answer}, {fault}; it has done {effects:?}"));
        }
    }
    found
}

fn contradiction(record: &OperationRecord, effects: &[Effect], rows: &TableRows) -> Option<String> {
    let answer = &record.answer;
    let actions = |id: &str| effects.iter().filter(|(object, _)| object == id).count();
    let created = || effects.iter().filter(|(_, action)| *action == AuditAction::Create).count();
    if answer.status == 500 || answer.status == 502 {
        return Some("which is not allowed".into());
    }
    // A transaction has one effect on one appointment; rescheduling has effects on two.
    let max_effects = if record.target.is_empty() || !record.writes() { 1 } else { 2 };
    if effects.len() > max_effects || created() > 1 {
        return Some("and took effect more than once".into());
    }
    if !record.writes() {
        return (!effects.is_empty()).then(|| "and must not change anything".into());
    }
    if !answer.is_done() {
        return (!answer.is_unknown() && !effects.is_empty()).then(|| "and was done".into());
    }
    if !rows.ids.contains(&answer.id) {
        return Some(format!("but there is no appointment {}", answer.id));
    }
    // The replayed outcome may be that of this request's own earlier attempt, whose answer was lost. `check_keys`
    // checks that all requests with one key have one effect.
    if answer.replayed {
        return None;
    }
    match answer.status {
        200 if effects.is_empty() && may_change_nothing(record) => None,
        200 if actions(&record.target) == 1 && effects.len() == 1 => None,
        201 if actions(&answer.id) == 1 && created() == 1 && (effects.len() == 2) != record.target.is_empty() => None,
        _ => Some("but did not take effect".into()),
    }
}

/// Confirming a confirmed appointment, an edit without a change, and moving an appointment to where it is write no audit
/// row.
fn may_change_nothing(record: &OperationRecord) -> bool {
    matches!(
        record.original_kind,
        ClientOperationKind::Confirm | ClientOperationKind::Edit | ClientOperationKind::Reschedule
    )
}

/// Violations of: all requests with one idempotency key have one effect, and their answers name the same appointment.
/// Takes all records so far, since a request may be repeated after a pause.
#[must_use]
pub fn check_keys(records: &[OperationRecord], rows: &TableRows) -> Vec<String> {
    let mut by_key: BTreeMap<&str, Vec<&OperationRecord>> = BTreeMap::new();
    for record in records {
        by_key.entry(record.key.as_deref().unwrap_or_default()).or_default().push(record);
    }
    by_key.remove("");
    let mut found = Vec::new();
    for (key, records) in by_key {
        let ids: BTreeSet<&str> =
            records.iter().filter(|record| record.answer.is_done()).map(|record| record.answer.id.as_str()).collect();
        let causes: Vec<&str> = records
            .iter()
            .filter(|record| rows.changes_by_request.contains_key(&record.request))
            .map(|record| record.request.as_str())
            .collect();
        if ids.len() > 1 || causes.len() > 1 {
            found.push(format!("key {key} led to {ids:?} by the requests {causes:?}"));
        }
        let first = |record: &&&OperationRecord| record.answer.is_done() && !record.answer.replayed;
        let firsts: Vec<&str> = records.iter().filter(first).map(|record| record.request.as_str()).collect();
        if firsts.len() > 1 {
            found.push(format!("key {key}: none of the requests {firsts:?} was answered as a replay of another"));
        }
        let replayed = records.iter().find(|record| record.answer.replayed && !may_change_nothing(record));
        if let Some(record) = replayed.filter(|_| causes.is_empty()) {
            found.push(format!("request {} was answered as a replay, and key {key} had no effect", record.request));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::history::RecordedAnswer;

    fn record(
        request: &str,
        kind: ClientOperationKind,
        target: &str,
        key: Option<&str>,
        answer: (u16, &str, bool),
    ) -> OperationRecord {
        let (status, id, replayed) = answer;
        let code = if status < 300 { String::new() } else { "refused".into() };
        OperationRecord {
            kind,
            original_kind: kind,
            request: request.into(),
            key: key.map(str::to_owned),
            target: target.into(),
            requested: None,
            answer: RecordedAnswer { status, code, id: id.into(), replayed, conflicts: Vec::new() },
        }
    }

    /// Appointments `a` and `b`, and the effects of requests.
    fn rows(effects: &[(&str, &str, AuditAction)]) -> TableRows {
        let mut rows = TableRows { ids: ["a".to_owned(), "b".to_owned()].into(), ..TableRows::default() };
        for (request, id, action) in effects {
            rows.changes_by_request.entry((*request).to_owned()).or_default().push(((*id).to_owned(), *action));
        }
        rows
    }

    #[test]
    fn an_answer_must_agree_with_the_audit_trail() {
        use AuditAction::{Action, Create, Update};
        let created = ("1", "a", Create);
        let (moved_from, moved_to) = (("1", "b", Action), ("1", "a", Create));
        type Case<'a> =
            (ClientOperationKind, &'a str, (u16, &'a str, bool), &'a [(&'a str, &'a str, AuditAction)], bool);
        let cases: &[Case<'_>] = &[
            (ClientOperationKind::Book, "", (201, "a", false), &[created], true),
            (ClientOperationKind::Book, "", (201, "a", false), &[], false),
            (ClientOperationKind::Book, "", (201, "a", false), &[created, ("1", "b", Create)], false),
            (ClientOperationKind::Book, "", (201, "b", false), &[created], false),
            (ClientOperationKind::Book, "", (201, "c", false), &[("1", "c", Create)], false),
            (ClientOperationKind::Book, "", (201, "a", true), &[], true),
            (ClientOperationKind::Book, "", (409, "", false), &[], true),
            (ClientOperationKind::Book, "", (409, "", false), &[created], false),
            (ClientOperationKind::Book, "", (503, "", false), &[], true),
            (ClientOperationKind::Book, "", (503, "", false), &[created], true),
            (ClientOperationKind::Book, "", (503, "", false), &[created, created], false),
            (ClientOperationKind::Book, "", (500, "", false), &[], false),
            (ClientOperationKind::Reschedule, "b", (201, "a", false), &[moved_from, moved_to], true),
            (ClientOperationKind::Reschedule, "b", (201, "a", false), &[moved_to], false),
            (ClientOperationKind::Cancel, "a", (200, "a", false), &[("1", "a", Action)], true),
            (ClientOperationKind::Cancel, "a", (200, "a", false), &[("1", "b", Action)], false),
            (ClientOperationKind::Cancel, "a", (200, "a", false), &[], false),
            (ClientOperationKind::Confirm, "a", (200, "a", false), &[], true),
            (ClientOperationKind::Edit, "a", (200, "a", false), &[("1", "a", Update)], true),
            (ClientOperationKind::List, "", (200, "", false), &[], true),
            (ClientOperationKind::List, "", (200, "", false), &[created], false),
        ];
        for (number, (kind, target, answer, effects, is_true)) in cases.iter().enumerate() {
            let found = check(&[record("1", *kind, target, None, *answer)], &rows(effects));
            assert_eq!(found.is_empty(), *is_true, "case {number}: {found:?}");
        }
    }

    #[test]
    fn a_key_has_one_effect_and_one_answer() {
        let created = |request: &'static str, id: &'static str| (request, id, AuditAction::Create);
        let booked =
            |request, id, replayed| record(request, ClientOperationKind::Book, "", Some("k"), (201, id, replayed));
        let lost = record("1", ClientOperationKind::Book, "", Some("k"), (503, "", false));
        let (first, again, other) = (booked("1", "a", false), booked("2", "a", true), booked("2", "b", false));
        assert!(check_keys(&[first.clone(), again.clone()], &rows(&[created("1", "a")])).is_empty());
        assert!(check_keys(&[lost.clone(), again.clone()], &rows(&[created("1", "a")])).is_empty());
        assert_eq!(
            check_keys(&[lost.clone(), other.clone()], &rows(&[created("1", "a"), created("2", "b")])).len(),
            1,
            "twice"
        );
        assert_eq!(check_keys(&[first.clone(), other], &rows(&[created("1", "a")])).len(), 2, "two answers");
        let anew = booked("2", "a", false);
        assert_eq!(check_keys(&[first, anew], &rows(&[created("1", "a")])).len(), 1, "not answered as a replay");
        assert_eq!(check_keys(&[lost, again], &rows(&[])).len(), 1, "a repeat of nothing");
        let confirmed = |replayed| record("1", ClientOperationKind::Confirm, "a", Some("k"), (200, "a", replayed));
        assert!(check_keys(&[confirmed(false), confirmed(true)], &rows(&[])).is_empty(), "it was confirmed before");
    }
}
