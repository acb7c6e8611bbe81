//! Tests of the state machine: the whole grid as a snapshot, and its invariants.

use super::*;
use crate::appointment::Reminder;
use crate::event;
use crate::ids::{AppointmentId, ClinicId, DoctorId, Id as _, NotificationId, PatientId, RoomId};
use crate::name::Name;
use crate::notification::NotificationStatus;
use crate::time::Zone;

fn at(text: &str) -> Instant {
    Instant::parse(text).unwrap()
}

fn appointment(state: LifecycleState) -> Appointment {
    let now = at("2025-12-01T12:00:00Z");
    let (status, moved) = match state {
        LifecycleState::Pending => (Status::Pending, false),
        LifecycleState::Confirmed => (Status::Confirmed, false),
        LifecycleState::ToBeMoved => (Status::Rescheduled, false),
        LifecycleState::Moved => (Status::Rescheduled, true),
        LifecycleState::Cancelled => (Status::Cancelled, false),
        LifecycleState::Completed => (Status::Completed, false),
        LifecycleState::NoShow => (Status::NoShow, false),
    };
    Appointment {
        id: AppointmentId::nil(),
        patient: PatientId::nil(),
        patient_name: Name::default(),
        doctor: DoctorId::nil(),
        doctor_name: Name::default(),
        clinic: ClinicId::nil(),
        clinic_name: Name::default(),
        room: RoomId::nil(),
        room_name: Name::default(),
        zone: Zone::parse("America/Bogota").unwrap(),
        start: at("2025-12-15T15:00:00Z"),
        end: at("2025-12-15T15:30:00Z"),
        buffer_minutes: 0,
        status,
        reason: None,
        notes: None,
        overbook: false,
        confirmed_at: None,
        confirmed_via: None,
        cancel_reason: None,
        rescheduled_from: None,
        rescheduled_to: moved.then(AppointmentId::nil),
        hold_until: (state == LifecycleState::ToBeMoved).then(|| at("2025-12-01T14:00:00Z")),
        needs_attention: false,
        attention: Vec::new(),
        stranded: false,
        reminder: Reminder {
            notification: NotificationId::nil(),
            due_at: at("2025-12-13T14:00:00Z"),
            status: NotificationStatus::Pending,
        },
        notice: None,
        status_at: now,
        created_by: None,
        created_at: now,
        updated_at: now,
        version: 1,
    }
}

fn request(action: Action, by: ActorRole, now: &str) -> ActionRequest {
    ActionRequest {
        action,
        role: by,
        now: at(now),
        reason: Note::optional(Some("motivo")).unwrap(),
        hold_until: Some(at(now).plus(TimeDelta::minutes(120))),
    }
}

/// Every state, role and action at five instants of an appointment's life.
#[test]
fn grid() {
    let instants = [
        ("10 minutes after the last change, two weeks before the start", "2025-12-01T12:10:00Z"),
        ("3 hours after the last change", "2025-12-01T15:00:00Z"),
        ("30 minutes before the start", "2025-12-15T14:30:00Z"),
        ("10 minutes after the start", "2025-12-15T15:10:00Z"),
        ("at the end", "2025-12-15T15:30:00Z"),
    ];
    let mut grid = String::new();
    for (name, now) in instants {
        grid.push_str(&format!("{name}\n"));
        for state in LifecycleState::ALL {
            for by in [ActorRole::Patient, ActorRole::Operator, ActorRole::Admin, ActorRole::System] {
                let cells: Vec<String> = Action::ALL
                    .into_iter()
                    .filter_map(|action| {
                        let decision = apply(&appointment(state), &request(action, by, now)).ok()?;
                        let noop = if decision.is_noop { " (no-op)" } else { "" };
                        Some(format!("{} → {}{noop}", action.name(), decision.after.status.name()))
                    })
                    .collect();
                let cells = if cells.is_empty() { "nothing".to_owned() } else { cells.join(", ") };
                grid.push_str(&format!("  {state:?} {by:?}: {cells}\n"));
            }
        }
    }
    insta::assert_snapshot!(grid);
}

#[test]
fn no_state_has_two_rows_for_one_action() {
    for (index, row) in TRANSITIONS.iter().enumerate() {
        let twin =
            TRANSITIONS.iter().skip(index + 1).find(|other| other.from == row.from && other.action == row.action);
        assert!(twin.is_none(), "{row:?}");
    }
}

#[test]
fn every_action_that_changes_something_raises_the_version_by_one() {
    for row in TRANSITIONS {
        let now = match row.condition {
            TimeCondition::FromMinutesBeforeStart(_) => "2025-12-15T15:10:00Z",
            TimeCondition::HoldRunOut => "2025-12-01T15:00:00Z",
            _ => "2025-12-01T12:10:00Z",
        };
        for role in row.roles {
            let decision = apply(&appointment(row.from), &request(row.action, *role, now)).unwrap();
            assert_eq!(decision.after.version, if row.is_noop { 1 } else { 2 }, "{row:?}");
        }
    }
}

/// A consumer of the events knows the status of each appointment at any time.
#[test]
fn every_change_of_status_has_an_event() {
    let mut events = String::new();
    for row in TRANSITIONS {
        let before = appointment(row.from);
        let mut after = Appointment { status: row.to.status(&before), version: 2, ..before.clone() };
        if row.action == Action::Reschedule {
            after.rescheduled_to = Some(AppointmentId::nil());
        }
        let event = event::appointment_event(Some(&before), &after, after.updated_at);
        assert!(event.is_some() || before.status == after.status, "{row:?} has no event");
        let name = event.map_or("nothing", |event| event.name.text());
        events.push_str(&format!("{:?}, {}: {name}\n", row.from, row.action.name()));
    }
    insta::assert_snapshot!(events);
}

#[test]
fn an_unchanged_status_has_no_event() {
    let before = appointment(LifecycleState::Confirmed);
    let after = Appointment { notes: Note::optional(Some("nota")).unwrap(), version: 2, ..before.clone() };
    assert_eq!(event::appointment_event(Some(&before), &after, after.updated_at), None);
    let new = event::appointment_event(None, &before, before.updated_at).unwrap();
    assert_eq!((new.name, new.detail.id), (event::EventName::Created, format!("{}.1", before.id)));
}

#[test]
fn a_request_holds_the_time_as_long_as_it_is_told() {
    let request = request(Action::RequestReschedule, ActorRole::Patient, "2025-12-01T12:00:00Z");
    let held = apply(&appointment(LifecycleState::Pending), &request).unwrap().after;
    assert_eq!(held.hold_until, Some(at("2025-12-01T14:00:00Z")));
    assert!(held.occupies_time());
}

#[test]
fn undo_restores_the_status_before_for_half_an_hour_and_for_admins_on_the_same_local_day() {
    // Completed at 23:50 in Bogotá, where the local day is another one than the UTC day.
    let done_at = at("2025-12-16T04:50:00Z");
    let undo = |state, confirmed_at, by, now| {
        let done = Appointment { confirmed_at, status_at: done_at, ..appointment(state) };
        apply(&done, &request(Action::Undo, by, now)).ok().map(|decision| decision.after.status)
    };
    for state in [LifecycleState::Completed, LifecycleState::NoShow] {
        for by in [ActorRole::Operator, ActorRole::Admin] {
            assert_eq!(undo(state, None, by, "2025-12-16T05:20:00Z"), Some(Status::Pending));
            assert_eq!(undo(state, Some(done_at), by, "2025-12-16T05:20:00Z"), Some(Status::Confirmed));
            assert_eq!(undo(state, None, by, "2025-12-16T05:20:01Z"), None, "the next local day");
        }
    }
    let done = Appointment { status_at: at("2025-12-15T16:00:00Z"), ..appointment(LifecycleState::Completed) };
    for (by, allowed) in [(ActorRole::Operator, false), (ActorRole::Admin, true)] {
        assert_eq!(apply(&done, &request(Action::Undo, by, "2025-12-16T04:59:59Z")).is_ok(), allowed);
    }
}

#[test]
fn staff_need_a_reason_to_cancel_and_patients_do_not() {
    let mut request = request(Action::Cancel, ActorRole::Operator, "2025-12-01T12:00:00Z");
    request.reason = None;
    assert_eq!(apply(&appointment(LifecycleState::Pending), &request).err(), Some(TransitionError::ReasonMissing));
    request.role = ActorRole::Patient;
    assert!(apply(&appointment(LifecycleState::Pending), &request).is_ok());
}

#[test]
fn after_the_start_a_patients_message_changes_nothing() {
    for state in LifecycleState::ALL {
        for action in Action::ALL {
            let result = apply(&appointment(state), &request(action, ActorRole::Patient, "2025-12-15T15:00:00Z"));
            let refused = [TransitionError::Illegal, TransitionError::WrongTime(WrongTime::TooLate)];
            assert!(result.is_err_and(|error| refused.contains(&error)), "{state:?} {action:?}");
        }
    }
}

#[test]
fn an_action_at_the_wrong_time_is_too_early_or_too_late() {
    use LifecycleState::{Cancelled, Completed, Confirmed, Pending, ToBeMoved};
    let (early, late) = (Some(WrongTime::TooEarly), Some(WrongTime::TooLate));
    let staff = [ActorRole::Operator, ActorRole::Admin];
    for (state, action, by, now, wanted) in [
        (Pending, Action::Complete, &staff[..], "2025-12-15T13:59:59Z", early),
        (Confirmed, Action::Complete, &staff[..], "2025-12-15T14:00:00Z", None),
        (Pending, Action::NoShow, &staff[..], "2025-12-15T14:59:59Z", early),
        (Confirmed, Action::NoShow, &staff[..], "2025-12-15T15:00:00Z", None),
        (Pending, Action::RequestReschedule, &staff[..], "2025-12-15T15:29:59Z", None),
        (Confirmed, Action::RequestReschedule, &staff[..], "2025-12-15T15:30:00Z", late),
        (Cancelled, Action::Reopen, &staff[..], "2025-12-15T15:00:00Z", late),
        (Completed, Action::Correct, &staff[..1], "2025-12-03T12:00:00Z", late),
        (Completed, Action::Undo, &staff[..], "2025-12-03T12:00:00Z", late),
        (ToBeMoved, Action::HoldExpired, &[ActorRole::System][..], "2025-12-01T13:59:59Z", early),
        (Pending, Action::Confirm, &[ActorRole::Patient][..], "2025-12-15T15:00:00Z", late),
    ] {
        for by in by {
            let error = apply(&appointment(state), &request(action, *by, now)).err();
            assert_eq!(error, wanted.map(TransitionError::WrongTime), "{state:?} {action:?} {by:?}");
        }
    }
    // Another state or role is not a question of time.
    for (state, by) in [(Cancelled, ActorRole::Operator), (Pending, ActorRole::Patient)] {
        let error = apply(&appointment(state), &request(Action::NoShow, by, "2025-12-15T14:00:00Z")).err();
        assert_eq!(error, Some(TransitionError::Illegal));
    }
}

#[test]
fn without_a_hold_a_request_releases_the_time() {
    for (hold_until, effect) in [(None, SlotEffect::Release), (Some(at("2025-12-15T15:00:00Z")), SlotEffect::Keep)] {
        let request = ActionRequest {
            hold_until,
            ..request(Action::RequestReschedule, ActorRole::Operator, "2025-12-15T14:50:00Z")
        };
        let decision = apply(&appointment(LifecycleState::Pending), &request).unwrap();
        assert_eq!((decision.slot_effect, decision.after.hold_until), (effect, hold_until));
        assert_eq!(decision.after.occupies_time(), hold_until.is_some());
    }
}

/// A client of the API, which knows the state and the times only, gets the same actions for staff.
#[test]
fn state_and_times_tell_what_staff_may_do() {
    let mut seen = 0;
    for state in LifecycleState::ALL {
        let appointment = appointment(state);
        assert_eq!(LifecycleState::new(appointment.status, appointment.rescheduled_to.is_some()), state);
        let times = LifecycleTimes::from(&appointment);
        for now in ["2025-12-01T12:10:00Z", "2025-12-02T12:00:00Z", "2025-12-15T14:30:00Z", "2025-12-15T16:00:00Z"] {
            for role in [ActorRole::Operator, ActorRole::Admin] {
                let expected = allowed_actions(&appointment, role, at(now));
                assert_eq!(actions_allowed_in(state, &times, role, at(now)), expected, "{state:?} {role:?} {now}");
                seen += expected.len();
            }
        }
    }
    assert!(seen > 50, "{seen} actions");
    // Too early by the times alone.
    let pending = LifecycleTimes::from(&appointment(LifecycleState::Pending));
    let far = actions_allowed_in(LifecycleState::Pending, &pending, ActorRole::Operator, at("2025-12-01T12:00:00Z"));
    assert!(!far.contains(&Action::NoShow) && far.contains(&Action::Cancel), "{far:?}");
}
