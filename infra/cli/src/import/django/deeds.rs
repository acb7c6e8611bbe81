//! The history of an appointment, out of the actions of the old service and of the status that it had in the end.
//!
//! Each action says where the appointment was led to, and not from where. Here a history is one chain from its
//! booking to its status; what the old service didn't write down is filled in.

use app::integration::import::OldDeed;
use domain::appointment::Status;
use domain::lifecycle::Action;
use domain::text::fold;
use domain::time::Instant;
use std::collections::BTreeMap;

/// An action of the old service.
pub struct OldAction {
    /// Its number.
    pub pk: u64,
    /// What it led to.
    pub led: Led,
    /// Whether it came by WhatsApp.
    pub by_whatsapp: bool,
    /// When.
    pub at: Instant,
}

/// What an action of the old service led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Led {
    /// To this status.
    To(Status),
    /// To whichever status was set by hand.
    ByHand,
    /// The appointment was booked.
    Booked,
}

impl Led {
    /// Reads the name of an action.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        match plain(name).as_str() {
            "update" | "updated" => Some(Self::ByHand),
            "create" | "created" | "book" => Some(Self::Booked),
            "confirm" => Some(Self::To(Status::Confirmed)),
            "cancel" => Some(Self::To(Status::Cancelled)),
            "reprogram" | "reschedule" => Some(Self::To(Status::Rescheduled)),
            "complete" => Some(Self::To(Status::Completed)),
            name => status(name).map(Self::To),
        }
    }
}

/// Reads a status, in the spellings that the old service's users have seen.
#[must_use]
pub fn status(name: &str) -> Option<Status> {
    match plain(name).as_str() {
        "pending" | "pendiente" => Some(Status::Pending),
        "confirmed" | "confirmada" | "confirmado" => Some(Status::Confirmed),
        "rescheduled" | "reprogramada" | "reprogramado" => Some(Status::Rescheduled),
        "cancelled" | "canceled" | "cancelada" | "cancelado" => Some(Status::Cancelled),
        "completed" | "completada" | "completado" => Some(Status::Completed),
        "noshow" | "noasistio" => Some(Status::NoShow),
        _ => None,
    }
}

/// Without case, accents and what stands between words.
fn plain(name: &str) -> String {
    fold(name).chars().filter(char::is_ascii_alphanumeric).collect()
}

/// A history.
pub struct History {
    /// The booking.
    pub booked: OldDeed,
    /// What followed.
    pub deeds: Vec<OldDeed>,
    /// The actions that changed nothing.
    pub idle: Vec<u64>,
    /// The actions that can't have led to where they say.
    pub misfits: Vec<u64>,
}

/// Puts a history together. The actions are in order.
#[must_use]
pub fn history(actions: &[OldAction], booked_at: Instant, changed_at: Instant, status: Status) -> History {
    let begun = actions.first().map_or(booked_at, |first| booked_at.min(first.at));
    let mut history = History {
        booked: deed(Action::Create, Status::Pending, false, begun, None),
        deeds: Vec::new(),
        idle: Vec::new(),
        misfits: Vec::new(),
    };
    let mut reached = Status::Pending;
    for (place, action) in actions.iter().enumerate() {
        let wanted = match action.led {
            Led::To(status) => status,
            // Which status isn't said; the last one led to the one that there is.
            Led::ByHand if place + 1 == actions.len() => status,
            Led::ByHand | Led::Booked => reached,
        };
        if wanted == reached {
            history.idle.push(action.pk);
            continue;
        }
        match path(reached, wanted) {
            Some(steps) => {
                for (done, to) in steps {
                    let patient = action.by_whatsapp && is_patients(done);
                    history.deeds.push(deed(done, to, patient, action.at, Some(action.pk)));
                }
                reached = wanted;
            }
            None => history.misfits.push(action.pk),
        }
    }
    if reached != status {
        let steps = path(reached, status).unwrap_or_else(|| {
            // The actions tell another story than the appointment: the appointment is believed.
            history.misfits = actions.iter().map(|action| action.pk).collect();
            history.idle.clear();
            history.deeds.clear();
            path(Status::Pending, status).unwrap_or_default()
        });
        let at = history.deeds.last().map_or(begun, |last| last.at).max(changed_at);
        history.deeds.extend(steps.into_iter().map(|(done, to)| deed(done, to, false, at, None)));
    }
    history
}

fn deed(action: Action, to: Status, by_patient: bool, at: Instant, pk: Option<u64>) -> OldDeed {
    let payload = pk.map(|pk| ("imported_from".to_owned(), pk.to_string()));
    OldDeed { action, to, by_patient, at, payload: payload.into_iter().collect::<BTreeMap<_, _>>() }
}

/// What a patient can do by WhatsApp.
fn is_patients(action: Action) -> bool {
    matches!(action, Action::Confirm | Action::Cancel | Action::RequestReschedule)
}

/// The actions that lead from one status to another: one, or two with a step between.
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

    fn told(actions: &[(&str, u32)], status: Status) -> (Vec<&'static str>, History) {
        let actions: Vec<OldAction> = (1..)
            .zip(actions)
            .map(|(pk, (name, minute))| OldAction {
                pk,
                led: Led::parse(name).unwrap(),
                by_whatsapp: true,
                at: at(*minute),
            })
            .collect();
        let history = history(&actions, at(5), at(9), status);
        (history.deeds.iter().map(|deed| deed.action.name()).collect(), history)
    }

    #[test]
    fn every_status_is_reached_from_every_history() {
        let names = ["confirm", "cancel", "reprogram", "update", "complete", "no_show", "create"];
        for first in names {
            for second in names {
                for status in Status::ALL {
                    let (_, history) = told(&[(first, 6), (second, 7)], status);
                    let last = history.deeds.last().unwrap_or(&history.booked);
                    assert_eq!(last.to, status, "{first} {second} {status:?}");
                    let times: Vec<Instant> =
                        [history.booked.at].into_iter().chain(history.deeds.iter().map(|deed| deed.at)).collect();
                    assert!(times.is_sorted(), "{first} {second} {status:?}");
                }
            }
        }
    }

    #[test]
    fn what_was_not_written_down_is_filled_in() {
        assert_eq!(told(&[], Status::Pending).0, [""; 0]);
        assert_eq!(told(&[("update", 6)], Status::Completed).0, ["complete"]);
        assert_eq!(told(&[("confirm", 6)], Status::NoShow).0, ["confirm", "no_show"]);
        assert_eq!(told(&[("cancel", 6)], Status::Confirmed).0, ["cancel", "reopen", "confirm"]);
        let (deeds, history) = told(&[("update", 6), ("reprogram", 7), ("confirm", 8)], Status::Confirmed);
        assert_eq!((deeds, history.idle), (vec!["request_reschedule", "keep"], vec![1]));
        let (deeds, history) = told(&[("complete", 6)], Status::Cancelled);
        assert_eq!((deeds, history.misfits), (vec!["cancel"], vec![1]));
    }

    #[test]
    fn what_only_staff_can_do_was_not_done_by_the_patient() {
        let by: Vec<bool> = told(&[("confirm", 6), ("update", 7)], Status::Completed)
            .1
            .deeds
            .iter()
            .map(|deed| deed.by_patient)
            .collect();
        assert_eq!(by, [true, false]);
        assert_eq!(told(&[("confirm", 3)], Status::Confirmed).1.booked.at, at(3));
    }

    #[test]
    fn statuses_are_read_however_they_are_spelt() {
        for (name, meant) in [
            ("PENDING", Status::Pending),
            (" confirmed", Status::Confirmed),
            ("Canceled", Status::Cancelled),
            ("no-show", Status::NoShow),
            ("No asistió", Status::NoShow),
            ("NO_SHOW", Status::NoShow),
            ("Reprogramada", Status::Rescheduled),
        ] {
            assert_eq!(status(name), Some(meant), "{name}");
        }
        for name in ["", "DONE", "ARRIVED"] {
            assert_eq!(status(name), None, "{name}");
        }
    }
}
