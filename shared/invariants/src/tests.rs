//! Tests with a small consistent table, and with ways to violate each invariant.

use crate::overlap::occupied_intervals;
use crate::report::{Invariant, Severity};
use crate::rows::{SECONDS_PER_DAY, StoredAgendaDay, TableRows};
use crate::{FsckReport, check};
use domain::actor::{Actor, Channel};
use domain::appointment::{Appointment, Reminder, Status};
use domain::attention::AttentionKind;
use domain::clinic::{Clinic, ClinicProfile, ReminderSettings, RoomProfile};
use domain::ids::{ActionId, AppointmentId, ClinicId, DoctorId, Id, NotificationId, PatientId, RoomId};
use domain::language::Language;
use domain::lifecycle::Action;
use domain::messages::Template;
use domain::notification::{Address, Notification, NotificationKind, NotificationStatus};
use domain::phone::MatchKey;
use domain::record::Record;
use domain::text::Line;
use domain::time::{Instant, TimeDelta, Zone};
use std::collections::BTreeMap;
use store::action::ActionRow;
use store::keys::{Key, Resource};
use store::number_restrictions::{NumberRestrictions, OptOut, OptOutSource};

fn id<I: Id>(number: u128) -> I {
    I::from_uuid(uuid::Uuid::from_u128(number))
}

fn zone() -> Zone {
    Zone::parse("America/Tijuana").unwrap()
}

/// Minutes after 08:00 UTC on the day on which all rows were created.
fn at(minutes: i64) -> Instant {
    Instant::parse("2025-12-15T08:00:00Z").unwrap().plus(TimeDelta::minutes(minutes))
}

/// An appointment whose patient and reminder have the same number as id.
fn appointment(number: u128, start: i64, length: i64) -> Appointment {
    Appointment {
        id: id(number),
        patient: id(number),
        patient_name: "Lucía Fernández".into(),
        doctor: id(1),
        doctor_name: domain::name::Name::default(),
        clinic: id(1),
        clinic_name: domain::name::Name::default(),
        room: id(1),
        room_name: domain::name::Name::default(),
        zone: zone(),
        start: at(start),
        end: at(start + length),
        buffer_minutes: 10,
        status: Status::Pending,
        reason: None,
        notes: None,
        overbook: false,
        confirmed_at: None,
        confirmed_via: None,
        cancel_reason: None,
        rescheduled_from: None,
        rescheduled_to: None,
        hold_until: None,
        needs_attention: false,
        attention: Vec::new(),
        stranded: false,
        reminder: Reminder { notification: id(number), due_at: at(0), status: NotificationStatus::Pending },
        notice: None,
        status_at: at(0),
        created_by: None,
        created_at: at(0),
        updated_at: at(0),
        version: 1,
    }
}

fn action(appointment: &Appointment, number: u128, action: Action, from: Option<Status>, to: Status) -> ActionRow {
    ActionRow {
        id: id(number),
        appointment: appointment.id,
        action,
        from_status: from,
        to_status: to,
        actor: Actor::System,
        channel: Channel::System,
        reason: None,
        payload: BTreeMap::new(),
        created_at: at(i64::try_from(number).unwrap()),
    }
}

fn reminder(appointment: &Appointment) -> Notification {
    Notification {
        id: appointment.reminder.notification,
        appointment: appointment.id,
        patient: appointment.patient,
        clinic: appointment.clinic,
        zone: appointment.zone,
        to: None,
        kind: NotificationKind::Reminder,
        template: Some(Template::Reminder),
        text: None,
        language: Language::Es,
        status: NotificationStatus::Pending,
        external_id: None,
        attempts: 0,
        error_code: None,
        error_message: None,
        due_at: at(0),
        appointment_start: appointment.start,
        next_at: Some(at(0)),
        chat_open_until: None,
        after: None,
        previous_start: None,
        attention_version: None,
        prompt: None,
        promises_time: false,
        answer: None,
        withdrawn: None,
        lease_until: None,
        sent_at: None,
        delivered_at: None,
        read_at: None,
        created_at: at(0),
        version: 1,
    }
}

pub(crate) fn clinic() -> Clinic {
    let profile = ClinicProfile {
        name: Line::parse("Centro").unwrap(),
        address: None,
        phone_number: None,
        timezone: zone(),
        reminders: ReminderSettings::default(),
        hold_minutes: 120,
        overbook_per_day: 1,
        notify_on_create: false,
        notify_on_cancel: true,
        notify_on_move: true,
        emergency_number: None,
        quick_replies: Vec::new(),
        media_days: 30,
    };
    Record::new(id(1), profile, at(0))
}

/// Adds an appointment with all its related rows.
fn add(rows: &mut TableRows, appointment: Appointment) {
    for (resource, entry) in occupied_intervals(&appointment).into_iter().filter(|_| appointment.occupies_time()) {
        for day in entry.days() {
            let day =
                rows.agenda.entry((resource, day)).or_insert(StoredAgendaDay { version: 0, entries: BTreeMap::new() });
            day.version += 1;
            day.entries.insert(appointment.id, entry);
        }
    }
    if appointment.overbook {
        let key = Key::overbooked(appointment.doctor, appointment.clinic, appointment.zone.date(appointment.start));
        *rows.counters.entry(key).or_default() += 1;
    }
    if let Some(until) = appointment.hold_until {
        rows.holds.insert((appointment.id, until));
    }
    let mut actions = vec![action(&appointment, 1, Action::Create, None, Status::Pending)];
    if appointment.status != Status::Pending {
        actions.push(action(&appointment, 2, Action::Reschedule, Some(Status::Pending), appointment.status));
    }
    rows.audited.insert(appointment.id.to_string(), actions.len());
    rows.actions.insert(appointment.id, actions);
    rows.notifications.insert(appointment.reminder.notification, reminder(&appointment));
    rows.due.insert((appointment.reminder.notification, at(0)));
    rows.outcomes.push((appointment.id.to_string(), at(0)));
    rows.ids.extend([appointment.id.to_string(), appointment.reminder.notification.to_string()]);
    rows.appointments.insert(appointment.id, appointment);
}

/// Appointments at 08:00 and, for an hour, at 23:30; one overbooked at the time of the first, one that was
/// rescheduled to the second, and one with a hold. Local midnight is 08:00 in UTC.
fn consistent_rows() -> TableRows {
    let mut rows = TableRows::default();
    rows.clinics.insert(id(1), clinic());
    let room = RoomProfile { clinic: id(1), name: Line::parse("1").unwrap(), capacity: 1 };
    rows.rooms.insert(id(1), Record::new(id(1), room, at(0)));
    add(&mut rows, appointment(1, 0, 30));
    add(&mut rows, Appointment { rescheduled_from: Some(id(4)), ..appointment(2, 15 * 60 + 30, 60) });
    add(&mut rows, Appointment { overbook: true, ..appointment(3, 10, 30) });
    let moved = Some(id(2));
    add(&mut rows, Appointment { status: Status::Rescheduled, rescheduled_to: moved, ..appointment(4, 0, 30) });
    let hold_until = Some(at(60));
    add(&mut rows, Appointment { status: Status::Rescheduled, hold_until, ..appointment(5, 40, 20) });
    rows
}

fn damaged(damage: impl FnOnce(&mut TableRows)) -> FsckReport {
    let mut rows = consistent_rows();
    damage(&mut rows);
    check(&rows)
}

fn appointment_mut(rows: &mut TableRows, number: u128) -> &mut Appointment {
    rows.appointments.get_mut(&id::<AppointmentId>(number)).unwrap()
}

fn history_mut(rows: &mut TableRows, number: u128) -> &mut Vec<ActionRow> {
    rows.actions.get_mut(&id::<AppointmentId>(number)).unwrap()
}

fn notification_mut(rows: &mut TableRows, number: u128) -> &mut Notification {
    rows.notifications.get_mut(&id::<NotificationId>(number)).unwrap()
}

fn doctors_day_mut(rows: &mut TableRows, later: i64) -> &mut StoredAgendaDay {
    rows.agenda.get_mut(&(Resource::Doctor(id::<DoctorId>(1)), at(0).unix() / SECONDS_PER_DAY + later)).unwrap()
}

#[test]
fn a_consistent_table_has_no_findings() {
    let report = check(&consistent_rows());
    assert_eq!(report.findings, [], "{report}");
    assert_eq!(report.appointments, 5);
}

type Damage = fn(&mut TableRows);

#[test]
fn every_damage_is_found() {
    let damages: &[(Invariant, &str, Damage)] = &[
        (Invariant::Rows, "can't be parsed", |rows| rows.unreadable.push(("hold".into(), "it can't be parsed"))),
        (Invariant::Overlap, "doctor", |rows| add(rows, Appointment { room: id(2), ..appointment(6, 39, 1) })),
        (Invariant::Overlap, "appointments at once", |rows| {
            add(rows, Appointment { doctor: id(2), ..appointment(6, 29, 5) })
        }),
        (Invariant::Overlap, "it has appointments", |rows| rows.rooms.clear()),
        (Invariant::Overlap, "patient", |rows| {
            add(rows, Appointment { doctor: id(2), patient: id(3), overbook: true, ..appointment(6, 0, 11) });
        }),
        (Invariant::Agenda, "is missing", |rows| {
            doctors_day_mut(rows, 1).entries.clear();
        }),
        (Invariant::Agenda, "is missing", |rows| {
            rows.agenda.remove(&(Resource::Patient(id::<PatientId>(5)), at(0).unix() / SECONDS_PER_DAY));
        }),
        (Invariant::Agenda, "the entry of appointment", |rows| appointment_mut(rows, 1).end = at(31)),
        (Invariant::Agenda, "the entry of appointment", |rows| appointment_mut(rows, 1).overbook = true),
        (Invariant::Agenda, "occupies no time", |rows| appointment_mut(rows, 1).status = Status::Cancelled),
        (Invariant::Agenda, "occupies no time", |rows| appointment_mut(rows, 5).hold_until = None),
        (Invariant::Agenda, "doesn't exist", |rows| {
            let entry = occupied_intervals(&appointment(9, 300, 5))[0].1;
            doctors_day_mut(rows, 0).entries.insert(id(9), entry);
        }),
        (Invariant::Agenda, "at version 3", |rows| doctors_day_mut(rows, 0).version = 3),
        (Invariant::Overbooking, "0 are counted", |rows| rows.counters.clear()),
        (Invariant::Overbooking, "2 are counted", |rows| rows.counters.values_mut().for_each(|count| *count = 2)),
        (Invariant::Overbooking, "no overbooked appointment", |rows| {
            appointment_mut(rows, 3).status = Status::Cancelled
        }),
        (Invariant::Overbooking, "1 are allowed", |rows| {
            add(rows, Appointment { overbook: true, ..appointment(6, 5, 5) })
        }),
        (Invariant::Overbooking, "clinic doesn't exist", |rows| rows.clinics.clear()),
        (Invariant::History, "created 0 times", |rows| history_mut(rows, 1).clear()),
        (Invariant::History, "created 2 times", |rows| {
            let again = action(&appointment(1, 0, 30), 9, Action::Create, Some(Status::Pending), Status::Pending);
            history_mut(rows, 1).push(again);
        }),
        (Invariant::History, "starts from CONFIRMED", |rows| {
            history_mut(rows, 4)[1].from_status = Some(Status::Confirmed);
        }),
        (Invariant::History, "is older", |rows| history_mut(rows, 4)[1].created_at = at(0)),
        (Invariant::History, "its history ends at PENDING", |rows| {
            history_mut(rows, 4).pop();
        }),
        (Invariant::History, "0 audit rows", |rows| {
            rows.audited.remove(&id::<AppointmentId>(1).to_string());
        }),
        (Invariant::History, "has a history, but", |rows| {
            rows.actions.insert(id(9), vec![action(&appointment(9, 0, 5), 1, Action::Create, None, Status::Pending)]);
        }),
        (Invariant::History, "in the audit trail", |rows| {
            rows.audited.insert(id::<AppointmentId>(9).to_string(), 1);
        }),
        (Invariant::Links, "doesn't refer back", |rows| appointment_mut(rows, 2).rescheduled_from = None),
        (Invariant::Links, "doesn't refer back", |rows| appointment_mut(rows, 4).rescheduled_to = None),
        (Invariant::Links, "doesn't exist", |rows| appointment_mut(rows, 2).rescheduled_from = Some(id(9))),
        (Invariant::Links, "doesn't exist", |rows| appointment_mut(rows, 4).rescheduled_to = Some(id(9))),
        (Invariant::Links, "has no pointer", |rows| rows.holds.clear()),
        (Invariant::Links, "but it isn't", |rows| {
            rows.holds.insert((id(1), at(60)));
        }),
        (Invariant::Links, "is missing, superfluous", |rows| {
            appointment_mut(rows, 1).need_attention(AttentionKind::Stranded, at(0));
        }),
        (Invariant::Outcomes, "refers to", |rows| rows.outcomes.push((id::<ClinicId>(77).to_string(), at(0)))),
        (Invariant::Notifications, "its reminder", |rows| {
            rows.notifications.remove(&id(1));
        }),
        (Invariant::Notifications, "is about", |rows| notification_mut(rows, 1).appointment = id(2)),
        (Invariant::Notifications, "never processed again", |rows| notification_mut(rows, 1).next_at = None),
        (Invariant::Notifications, "Twilio's id is missing", |rows| {
            notification_mut(rows, 1).status = NotificationStatus::Sent
        }),
        (Invariant::Notifications, "due to be processed again", |rows| {
            notification_mut(rows, 1).status = NotificationStatus::Failed
        }),
        (Invariant::Notifications, "has no pointer", |rows| rows.due.clear()),
        (Invariant::Notifications, "but it isn't", |rows| {
            rows.due.insert((id(1), at(5)));
        }),
        (Invariant::Messages, "has the same message as", |rows| {
            for number in [1, 2] {
                notification_mut(rows, number).external_id = Some("SM1".into());
            }
        }),
        (Invariant::Contacts, "has no pointer to it", |rows| {
            rows.contacts.insert((id(1), MatchKey::of("+12025550141")));
        }),
        (Invariant::Contacts, "without a contact", |rows| {
            rows.answered_for.insert((id(1), MatchKey::of("+12025550141")));
        }),
        (Invariant::Restrictions, "has a number in quarantine", |rows| {
            let mut row = NumberRestrictions::none(MatchKey::of("+12025550141"));
            row.quarantine.insert(id(77), at(0));
            rows.restrictions.insert(row.number.clone(), row);
        }),
        (Invariant::Notifications, "which doesn't exist", |rows| {
            rows.notifications.insert(id(9), reminder(&appointment(9, 0, 5)));
        }),
    ];
    for (number, (invariant, words, damage)) in damages.iter().enumerate() {
        let report = damaged(damage);
        let found = report
            .faults()
            .any(|fault| fault.invariant == *invariant && format!("{} {}", fault.subject, fault.text).contains(words));
        assert!(found, "damage {number}, {words}: {report}");
    }
}

#[test]
fn bookings_before_a_setting_was_lowered_are_warnings() {
    let lowered = damaged(|rows| {
        add(rows, Appointment { doctor: id(2), ..appointment(6, 0, 5) });
        let room = rows.rooms.get_mut(&id::<RoomId>(1)).unwrap();
        (room.version, room.updated_at) = (2, at(1));
        add(rows, Appointment { overbook: true, ..appointment(7, 5, 5) });
        let clinic = rows.clinics.get_mut(&id::<ClinicId>(1)).unwrap();
        (clinic.version, clinic.updated_at) = (2, at(1));
    });
    assert!(lowered.is_clean(), "{lowered}");
    let warned: Vec<Invariant> = lowered.findings.iter().map(|finding| finding.invariant).collect();
    assert_eq!(warned, [Invariant::Overlap, Invariant::Overbooking]);

    // A booking after the change is a fault.
    let beyond = damaged(|rows| {
        let room = rows.rooms.get_mut(&id::<RoomId>(1)).unwrap();
        (room.version, room.updated_at) = (2, at(-1));
        add(rows, Appointment { doctor: id(2), ..appointment(6, 0, 5) });
    });
    assert!(!beyond.is_clean());
}

#[test]
fn a_wrong_copy_of_the_reminder_status_is_a_warning() {
    let report = damaged(|rows| appointment_mut(rows, 1).reminder.status = NotificationStatus::Sent);
    assert_eq!(report.findings.iter().map(|finding| finding.severity).collect::<Vec<_>>(), [Severity::Warning]);
}

#[test]
fn an_outcome_may_refer_to_a_deleted_entity() {
    let report = damaged(|rows| {
        rows.outcomes.push(("a window".into(), at(0)));
        rows.removed.insert("a window".into());
    });
    assert!(report.is_clean(), "{report}");
}

#[test]
fn appointments_that_touch_do_not_overlap() {
    let report = damaged(|rows| {
        add(rows, appointment(6, 70, 20));
        add(rows, appointment(7, 100, 20));
    });
    assert!(report.is_clean(), "{report}");
}

#[test]
fn a_report_contains_no_names() {
    let report = damaged(|rows| rows.agenda.clear());
    assert!(!report.is_clean());
    assert!(!report.to_string().contains("Lucía"), "{report}");
}

#[test]
fn histories_are_sorted_by_id() {
    let mut rows = consistent_rows();
    history_mut(&mut rows, 4).reverse();
    assert!(!check(&rows).is_clean());
    assert!(check(&rows.sorted()).is_clean());
    assert!(id::<ActionId>(1) < id::<ActionId>(2));
}

#[test]
fn messages_to_restricted_numbers_are_warnings() {
    let send = |kind: NotificationKind, sent: i64, patient: u128, rows: &mut TableRows| {
        let message = notification_mut(rows, 1);
        message.to = Some(Address("whatsapp:+12025550141".into()));
        (message.kind, message.sent_at, message.patient) = (kind, Some(at(sent)), id(patient));
    };
    for (kind, sent, patient, opted_out, expected) in [
        (NotificationKind::Reminder, 10, 1, true, true),
        (NotificationKind::Reminder, 10, 1, false, true),
        (NotificationKind::Reminder, 10, 2, false, false),
        (NotificationKind::Reminder, 1, 1, true, false),
        (NotificationKind::Reply, 10, 1, true, false),
    ] {
        let report = damaged(|rows| {
            send(kind, sent, patient, rows);
            let mut row = NumberRestrictions::none(MatchKey::of("+12025550141"));
            if opted_out {
                row.opted_out = Some(OptOut { since: at(0), by: OptOutSource::Message });
            } else {
                row.quarantine.insert(id(1), at(0));
            }
            rows.restrictions.insert(row.number.clone(), row);
        });
        let is_found = report.findings.iter().any(|finding| finding.invariant == Invariant::Restrictions);
        assert_eq!(is_found, expected, "{kind:?} at {sent} for {patient}: {report}");
    }
}
