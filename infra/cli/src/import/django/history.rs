//! Reconstructs the history of an appointment from its actions in the old service and its final status.
//!
//! An old action has the status that it led to, but not the one before. Here a history is one chain of actions from the
//! booking to the final status; actions that the old service didn't record are filled in.

use app::integration::import::ImportedAction;
use domain::appointment::Status;
use domain::lifecycle::Action;
use domain::text::fold;
use domain::time::Instant;
use std::collections::BTreeMap;

/// An action of the old service.
pub struct DjangoAction {
    pub pk: u64,
    pub effect: ActionEffect,
    pub by_whatsapp: bool,
    pub at: Instant,
}

/// The effect of an action of the old service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActionEffect {
    Status(Status),
    /// The status was edited by hand; the action doesn't say to which.
    ManualUpdate,
    Booked,
}

impl ActionEffect {
    /// Parses the name of an action.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        match normalize(name).as_str() {
            "update" | "updated" => Some(Self::ManualUpdate),
            "create" | "created" | "book" => Some(Self::Booked),
            "confirm" => Some(Self::Status(Status::Confirmed)),
            "cancel" => Some(Self::Status(Status::Cancelled)),
            "reprogram" | "reschedule" => Some(Self::Status(Status::Rescheduled)),
            "complete" => Some(Self::Status(Status::Completed)),
            name => parse_status(name).map(Self::Status),
        }
    }
}

/// Parses a status, in the spellings that occur in the old service.
#[must_use]
pub fn parse_status(name: &str) -> Option<Status> {
    match normalize(name).as_str() {
        "pending" | "pendiente" => Some(Status::Pending),
        "confirmed" | "confirmada" | "confirmado" => Some(Status::Confirmed),
        "rescheduled" | "reprogramada" | "reprogramado" => Some(Status::Rescheduled),
        "cancelled" | "canceled" | "cancelada" | "cancelado" => Some(Status::Cancelled),
        "completed" | "completada" | "completado" => Some(Status::Completed),
        "noshow" | "noasistio" => Some(Status::NoShow),
        _ => None,
    }
}

/// Removes case, accents and word separators.
fn normalize(name: &str) -> String {
    fold(name).chars().filter(char::is_ascii_alphanumeric).collect()
}

pub struct History {
    /// The booking.
    pub booked: ImportedAction,
    /// The actions after it.
    pub actions: Vec<ImportedAction>,
    /// The actions that changed nothing.
    pub unchanged: Vec<u64>,
    /// The actions whose status couldn't be reached.
    pub contradictory: Vec<u64>,
}

/// Builds the history from the actions, which are sorted by time.
#[must_use]
pub fn build_history(actions: &[DjangoAction], booked_at: Instant, changed_at: Instant, status: Status) -> History {
    let begun = actions.first().map_or(booked_at, |first| booked_at.min(first.at));
    let mut history = History {
        booked: imported_action(Action::Create, Status::Pending, false, begun, None),
        actions: Vec::new(),
        unchanged: Vec::new(),
        contradictory: Vec::new(),
    };
    let mut reached = Status::Pending;
    for (place, action) in actions.iter().enumerate() {
        let wanted = match action.effect {
            ActionEffect::Status(status) => status,
            // The last edit led to the final status; of earlier ones the status is unknown.
            ActionEffect::ManualUpdate if place + 1 == actions.len() => status,
            ActionEffect::ManualUpdate | ActionEffect::Booked => reached,
        };
        if wanted == reached {
            history.unchanged.push(action.pk);
            continue;
        }
        match path(reached, wanted) {
            Some(steps) => {
                for (done, to) in steps {
                    let patient = action.by_whatsapp && is_patients(done);
                    history.actions.push(imported_action(done, to, patient, action.at, Some(action.pk)));
                }
                reached = wanted;
            }
            None => history.contradictory.push(action.pk),
        }
    }
    if reached != status {
        let steps = path(reached, status).unwrap_or_else(|| {
            // The actions contradict the appointment's status: the status wins.
            history.contradictory = actions.iter().map(|action| action.pk).collect();
            history.unchanged.clear();
            history.actions.clear();
            path(Status::Pending, status).unwrap_or_default()
        });
        let at = history.actions.last().map_or(begun, |last| last.at).max(changed_at);
        history.actions.extend(steps.into_iter().map(|(done, to)| imported_action(done, to, false, at, None)));
    }
    history
}

fn imported_action(action: Action, to: Status, by_patient: bool, at: Instant, pk: Option<u64>) -> ImportedAction {
    let payload = pk.map(|pk| ("imported_from".to_owned(), pk.to_string()));
    ImportedAction { action, to, by_patient, at, payload: payload.into_iter().collect::<BTreeMap<_, _>>() }
}

/// Whether a patient can do this by WhatsApp.
fn is_patients(action: Action) -> bool {
    matches!(action, Action::Confirm | Action::Cancel | Action::RequestReschedule)
}

/// The actions that lead from one status to another, directly or through one status between.
fn path(from: Status, to: Status) -> Option<Vec<(Action, Status)>> {
    if from == to {
        return Some(Vec::new());
    }
    if let Some(action) = step(from, to) {
        return Some(vec![(action, to)]);
    }
    [Status::Pending, Status::Confirmed].into_iter().find_map(|between| {
        let (first, second) = step(from, between).zip(step(between, to))?;
        Some(vec![(first, between), (second, to)])
    })
}

/// The action of the lifecycle that leads from one status to another.
fn step(from: Status, to: Status) -> Option<Action> {
    use Status::{Cancelled, Completed, Confirmed, NoShow, Pending, Rescheduled};
    match (from, to) {
        (Pending, Confirmed) => Some(Action::Confirm),
        (Confirmed, Pending) => Some(Action::Unconfirm),
        (Pending | Confirmed | Rescheduled, Cancelled) => Some(Action::Cancel),
        (Pending | Confirmed, Rescheduled) => Some(Action::RequestReschedule),
        (Rescheduled, Confirmed) => Some(Action::Keep),
        (Pending | Confirmed, Completed) => Some(Action::Complete),
        (Pending | Confirmed, NoShow) => Some(Action::NoShow),
        (Completed, NoShow) | (NoShow, Completed) => Some(Action::Correct),
        (Cancelled, Pending) => Some(Action::Reopen),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: u32) -> Instant {
        Instant::parse(&format!("2025-12-01T10:{minute:02}:00Z")).unwrap()
    }

    fn history_of(actions: &[(&str, u32)], status: Status) -> (Vec<&'static str>, History) {
        let actions: Vec<DjangoAction> = (1..)
            .zip(actions)
            .map(|(pk, (name, minute))| DjangoAction {
                pk,
                effect: ActionEffect::parse(name).unwrap(),
                by_whatsapp: true,
                at: at(*minute),
            })
            .collect();
        let history = build_history(&actions, at(5), at(9), status);
        (history.actions.iter().map(|action| action.action.name()).collect(), history)
    }

    #[test]
    fn every_status_is_reached_from_every_history() {
        let names = ["confirm", "cancel", "reprogram", "update", "complete", "no_show", "create"];
        for first in names {
            for second in names {
                for status in Status::ALL {
                    let (_, history) = history_of(&[(first, 6), (second, 7)], status);
                    let last = history.actions.last().unwrap_or(&history.booked);
                    assert_eq!(last.to, status, "{first} {second} {status:?}");
                    let times: Vec<Instant> =
                        [history.booked.at].into_iter().chain(history.actions.iter().map(|action| action.at)).collect();
                    assert!(times.is_sorted(), "{first} {second} {status:?}");
                }
            }
        }
    }

    #[test]
    fn missing_actions_are_filled_in() {
        assert_eq!(history_of(&[], Status::Pending).0, [""; 0]);
        assert_eq!(history_of(&[("update", 6)], Status::Completed).0, ["complete"]);
        assert_eq!(history_of(&[("confirm", 6)], Status::NoShow).0, ["confirm", "no_show"]);
        assert_eq!(history_of(&[("cancel", 6)], Status::Confirmed).0, ["cancel", "reopen", "confirm"]);
        let (names, history) = history_of(&[("update", 6), ("reprogram", 7), ("confirm", 8)], Status::Confirmed);
        assert_eq!((names, history.unchanged), (vec!["request_reschedule", "keep"], vec![1]));
        let (names, history) = history_of(&[("complete", 6)], Status::Cancelled);
        assert_eq!((names, history.contradictory), (vec!["cancel"], vec![1]));
    }

    #[test]
    fn actions_that_only_staff_can_do_are_not_the_patients() {
        let by_patient: Vec<bool> = history_of(&[("confirm", 6), ("update", 7)], Status::Completed)
            .1
            .actions
            .iter()
            .map(|action| action.by_patient)
            .collect();
        assert_eq!(by_patient, [true, false]);
        assert_eq!(history_of(&[("confirm", 3)], Status::Confirmed).1.booked.at, at(3));
    }

    #[test]
    fn statuses_are_parsed_in_every_spelling() {
        for (name, meant) in [
            ("PENDING", Status::Pending),
            (" confirmed", Status::Confirmed),
            ("Canceled", Status::Cancelled),
            ("no-show", Status::NoShow),
            ("No asistió", Status::NoShow),
            ("NO_SHOW", Status::NoShow),
            ("Reprogramada", Status::Rescheduled),
        ] {
            assert_eq!(parse_status(name), Some(meant), "{name}");
        }
        for name in ["", "DONE", "ARRIVED"] {
            assert_eq!(parse_status(name), None, "{name}");
        }
    }
}
