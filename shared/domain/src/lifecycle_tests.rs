//! The table as a grid, and the laws it has to keep.

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

fn appointment(state: State) -> Appointment {
    let now = at("2025-12-01T12:00:00Z");
    let (status, moved) = match state {
        State::Pending => (Status::Pending, false),
        State::Confirmed => (Status::Confirmed, false),
        State::ToBeMoved => (Status::Rescheduled, false),
        State::Moved => (Status::Rescheduled, true),
        State::Cancelled => (Status::Cancelled, false),
        State::Completed => (Status::Completed, false),
        State::NoShow => (Status::NoShow, false),
    };
    Appointment {
        id: AppointmentId::nobody(),
        patient: PatientId::nobody(),
        patient_name: Name::default(),
        doctor: DoctorId::nobody(),
        doctor_name: Name::default(),
        clinic: ClinicId::nobody(),
        clinic_name: Name::default(),
        room: RoomId::nobody(),
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
        rescheduled_to: moved.then(AppointmentId::nobody),
        hold_until: (state == State::ToBeMoved).then(|| at("2025-12-01T14:00:00Z")),
        needs_attention: false,
        reminder: Reminder {
            notification: NotificationId::nobody(),
            due_at: at("2025-12-13T14:00:00Z"),
            status: NotificationStatus::Pending,
        },
        status_at: now,
        created_by: None,
        created_at: now,
        updated_at: now,
        version: 1,
    }
}

fn request(action: Action, by: By, now: &str) -> Request {
    Request { action, by, now: at(now), reason: Note::optional(Some("motivo")).unwrap(), hold: TimeDelta::minutes(120) }
}

/// Every state, action and person, at four moments of an appointment's life.
#[test]
fn grid() {
    let moments = [
        ("10 minutes after the last change, two weeks before the start", "2025-12-01T12:10:00Z"),
        ("3 hours after the last change", "2025-12-01T15:00:00Z"),
        ("30 minutes before the start", "2025-12-15T14:30:00Z"),
        ("10 minutes after the start", "2025-12-15T15:10:00Z"),
    ];
    let mut grid = String::new();
    for (name, now) in moments {
        grid.push_str(&format!("{name}\n"));
        for state in State::ALL {
            for by in [By::Patient, By::Operator, By::Admin, By::System] {
                let cells: Vec<String> = Action::ALL
                    .into_iter()
                    .filter_map(|action| {
                        let decision = apply(&appointment(state), &request(action, by, now)).ok()?;
                        let idle = if decision.idle { " (idle)" } else { "" };
                        Some(format!("{} → {}{idle}", action.name(), decision.after.status.name()))
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
        let now = match row.when {
            When::FromMinutesBeforeStart(_) => "2025-12-15T15:10:00Z",
            When::HoldRunOut => "2025-12-01T15:00:00Z",
            _ => "2025-12-01T12:10:00Z",
        };
        for by in row.by {
            let decision = apply(&appointment(row.from), &request(row.action, *by, now)).unwrap();
            assert_eq!(decision.after.version, if row.idle { 1 } else { 2 }, "{row:?}");
        }
    }
}

/// Who listens to the events knows at any time where each appointment stands.
#[test]
fn every_change_of_status_is_told() {
    let mut told = String::new();
    for row in TRANSITIONS {
        let before = appointment(row.from);
        let mut after = Appointment { status: row.to, version: 2, ..before.clone() };
        if row.action == Action::Reschedule {
            after.rescheduled_to = Some(AppointmentId::nobody());
        }
        let event = event::of_appointment(Some(&before), &after, after.updated_at);
        assert!(event.is_some() || before.status == after.status, "{row:?} is not told");
        let name = event.map_or("nothing", |event| event.name.text());
        told.push_str(&format!("{:?}, {}: {name}\n", row.from, row.action.name()));
    }
    insta::assert_snapshot!(told);
}

#[test]
fn what_is_no_change_of_status_is_not_told() {
    let before = appointment(State::Confirmed);
    let after = Appointment { notes: Note::optional(Some("nota")).unwrap(), version: 2, ..before.clone() };
    assert_eq!(event::of_appointment(Some(&before), &after, after.updated_at), None);
    let new = event::of_appointment(None, &before, before.updated_at).unwrap();
    assert_eq!((new.name, new.detail.id), (event::Name::Created, format!("{}.1", before.id)));
}

#[test]
fn a_hold_ends_at_the_start_at_the_latest() {
    let held =
        |now| apply(&appointment(State::Pending), &request(Action::RequestReschedule, By::Patient, now)).unwrap().after;
    assert_eq!(held("2025-12-01T12:00:00Z").hold_until, Some(at("2025-12-01T14:00:00Z")));
    assert_eq!(held("2025-12-15T14:00:00Z").hold_until, Some(at("2025-12-15T15:00:00Z")));
    assert!(held("2025-12-01T12:00:00Z").takes_time());
}

#[test]
fn staff_say_why_they_cancel_and_patients_need_not() {
    let mut request = request(Action::Cancel, By::Operator, "2025-12-01T12:00:00Z");
    request.reason = None;
    assert_eq!(apply(&appointment(State::Pending), &request).err(), Some(Refusal::ReasonMissing));
    request.by = By::Patient;
    assert!(apply(&appointment(State::Pending), &request).is_ok());
}

#[test]
fn after_the_start_a_patients_message_changes_nothing() {
    for state in State::ALL {
        for action in Action::ALL {
            let refused = apply(&appointment(state), &request(action, By::Patient, "2025-12-15T15:00:00Z"));
            assert_eq!(refused.err(), Some(Refusal::Illegal), "{state:?} {action:?}");
        }
    }
}
