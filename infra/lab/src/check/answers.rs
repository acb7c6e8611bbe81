//! Are the answers true? Each is held against the table after everybody has stopped: what was said to
//! be done is done, once; what was refused is not; what was left open is done at most once.
//!
//! The audit trail keeps each request's id, so that each effect has a cause that can be asked.

use super::history::Record;
use super::operation::Kind;
use invariants::rows::Rows;
use std::collections::{BTreeMap, BTreeSet};
use store::audit::AuditAction;

/// A row of the audit trail about an appointment: which, and what was done.
type Effect = (String, AuditAction);

/// What isn't true.
#[must_use]
pub fn check(records: &[Record], rows: &Rows) -> Vec<String> {
    let mut found = Vec::new();
    for record in records {
        let effects = rows.changed_by.get(&record.request).map_or(&[] as &[Effect], Vec::as_slice);
        if let Some(fault) = untrue(record, effects, rows) {
            let (kind, answer) = (record.kind.name(), record.answer.name());
            let request = &record.request;
            found.push(format!("request {request}, {kind}, was answered {answer}, {fault}; it has done {effects:?}"));
        }
    }
    found
}

fn untrue(record: &Record, effects: &[Effect], rows: &Rows) -> Option<String> {
    let answer = &record.answer;
    let actions = |id: &str| effects.iter().filter(|(object, _)| object == id).count();
    let made = || effects.iter().filter(|(_, action)| *action == AuditAction::Create).count();
    if answer.status == 500 || answer.status == 502 {
        return Some("which is no answer".into());
    }
    // One transaction has one effect on an appointment; moving one has an effect on two.
    let most = if record.target.is_empty() || !record.writes() { 1 } else { 2 };
    if effects.len() > most || made() > 1 {
        return Some("and was done more than once".into());
    }
    if !record.writes() {
        return (!effects.is_empty()).then(|| "and is to change nothing".into());
    }
    if !answer.is_done() {
        return (!answer.is_open() && !effects.is_empty()).then(|| "and was done".into());
    }
    if !rows.ids.contains(&answer.id) {
        return Some(format!("but there is no appointment {}", answer.id));
    }
    // What is called a repeat may be this request's own earlier attempt, whose answer was lost; that
    // all requests with one key have one effect is looked at below.
    if answer.replayed {
        return None;
    }
    match answer.status {
        // A confirmed appointment can be confirmed again, and an edit may change nothing: neither leaves a trace.
        200 if effects.is_empty() && matches!(record.of, Kind::Confirm | Kind::Edit) => None,
        200 if actions(&record.target) == 1 && effects.len() == 1 => None,
        201 if actions(&answer.id) == 1 && made() == 1 && (effects.len() == 2) != record.target.is_empty() => None,
        _ => Some("but its effect isn't there".into()),
    }
}

/// All requests with one key have one effect, and those that were answered tell of the same appointment.
/// Asked of everything so far: a request may be repeated after a pause.
#[must_use]
pub fn keys(records: &[Record], rows: &Rows) -> Vec<String> {
    let mut by_key: BTreeMap<&str, Vec<&Record>> = BTreeMap::new();
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
            .filter(|record| rows.changed_by.contains_key(&record.request))
            .map(|record| record.request.as_str())
            .collect();
        if ids.len() > 1 || causes.len() > 1 {
            found.push(format!("key {key} led to {ids:?}, by the requests {causes:?}"));
        }
        let replayed = records.iter().find(|record| record.answer.replayed);
        if let Some(record) = replayed.filter(|_| causes.is_empty()) {
            found.push(format!("request {} is said to be a repeat, and key {key} has done nothing", record.request));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::history::Answer;

    fn record(request: &str, of: Kind, target: &str, key: Option<&str>, answer: (u16, &str, bool)) -> Record {
        let (status, id, replayed) = answer;
        let code = if status < 300 { String::new() } else { "refused".into() };
        Record {
            kind: of,
            of,
            request: request.into(),
            key: key.map(str::to_owned),
            target: target.into(),
            wish: None,
            answer: Answer { status, code, id: id.into(), replayed, conflicts: Vec::new() },
        }
    }

    /// Appointments `a` and `b`, and what requests have done.
    fn rows(effects: &[(&str, &str, AuditAction)]) -> Rows {
        let mut rows = Rows { ids: ["a".to_owned(), "b".to_owned()].into(), ..Rows::default() };
        for (request, id, action) in effects {
            rows.changed_by.entry((*request).to_owned()).or_default().push(((*id).to_owned(), *action));
        }
        rows
    }

    #[test]
    fn an_answer_is_true_if_the_trail_says_the_same() {
        use AuditAction::{Action, Create, Update};
        let made = ("1", "a", Create);
        let (left, moved) = (("1", "b", Action), ("1", "a", Create));
        type Case<'a> = (Kind, &'a str, (u16, &'a str, bool), &'a [(&'a str, &'a str, AuditAction)], bool);
        let cases: &[Case<'_>] = &[
            (Kind::Book, "", (201, "a", false), &[made], true),
            (Kind::Book, "", (201, "a", false), &[], false),
            (Kind::Book, "", (201, "a", false), &[made, ("1", "b", Create)], false),
            (Kind::Book, "", (201, "b", false), &[made], false),
            (Kind::Book, "", (201, "c", false), &[("1", "c", Create)], false),
            (Kind::Book, "", (201, "a", true), &[], true),
            (Kind::Book, "", (409, "", false), &[], true),
            (Kind::Book, "", (409, "", false), &[made], false),
            (Kind::Book, "", (503, "", false), &[], true),
            (Kind::Book, "", (503, "", false), &[made], true),
            (Kind::Book, "", (503, "", false), &[made, made], false),
            (Kind::Book, "", (500, "", false), &[], false),
            (Kind::Reschedule, "b", (201, "a", false), &[left, moved], true),
            (Kind::Reschedule, "b", (201, "a", false), &[moved], false),
            (Kind::Cancel, "a", (200, "a", false), &[("1", "a", Action)], true),
            (Kind::Cancel, "a", (200, "a", false), &[("1", "b", Action)], false),
            (Kind::Cancel, "a", (200, "a", false), &[], false),
            (Kind::Confirm, "a", (200, "a", false), &[], true),
            (Kind::Edit, "a", (200, "a", false), &[("1", "a", Update)], true),
            (Kind::List, "", (200, "", false), &[], true),
            (Kind::List, "", (200, "", false), &[made], false),
        ];
        for (number, (kind, target, answer, effects, truly)) in cases.iter().enumerate() {
            let found = check(&[record("1", *kind, target, None, *answer)], &rows(effects));
            assert_eq!(found.is_empty(), *truly, "case {number}: {found:?}");
        }
    }

    #[test]
    fn a_key_has_one_effect_and_one_answer() {
        let made = |request: &'static str, id: &'static str| (request, id, AuditAction::Create);
        let booked = |request, id, replayed| record(request, Kind::Book, "", Some("k"), (201, id, replayed));
        let lost = record("1", Kind::Book, "", Some("k"), (503, "", false));
        let (first, again, other) = (booked("1", "a", false), booked("2", "a", true), booked("2", "b", false));
        assert!(keys(&[first.clone(), again.clone()], &rows(&[made("1", "a")])).is_empty());
        assert!(keys(&[lost.clone(), again.clone()], &rows(&[made("1", "a")])).is_empty());
        assert_eq!(keys(&[lost.clone(), other.clone()], &rows(&[made("1", "a"), made("2", "b")])).len(), 1, "twice");
        assert_eq!(keys(&[first, other], &rows(&[made("1", "a")])).len(), 1, "two answers");
        assert_eq!(keys(&[lost, again], &rows(&[])).len(), 1, "a repeat of nothing");
    }
}
