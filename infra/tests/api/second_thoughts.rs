//! Tests of second thoughts: notices of changes by staff wait a little, a change that is undone leaves no message, staff
//! decide whether a patient is notified, and what was recorded by mistake is undone.

use crate::actions::{action_body, appointment_after, perform, perform_as_admin};
use crate::clinic_setup::{ClinicSetup, id, on_the_day, text};
use crate::sending::outbox;
use serde_json::{Value, json};

fn cancel() -> Value {
    json!({ "action": "cancel", "reason": "x" })
}

fn move_to(time: &str) -> Value {
    json!({ "action": "reschedule", "start_datetime": on_the_day(time) })
}

fn with(mut body: Value, members: &Value) -> Value {
    for (name, value) in members.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

pub(crate) fn texts(setup: &ClinicSetup) -> Vec<String> {
    outbox(setup).into_iter().filter_map(|message| message.body).collect()
}

/// The notices about an appointment, in the order of their due times: template, status and due time.
async fn notices(setup: &ClinicSetup, appointment: &str) -> Vec<(String, String, String)> {
    let mut rows = setup.list(&format!("/api/notifications/?appointment={appointment}&kind=notice")).await;
    rows.reverse();
    rows.iter().map(|row| (text(row, "template"), text(row, "status"), text(row, "due_at"))).collect()
}

async fn change_clinic(setup: &ClinicSetup, change: Value) {
    let path = format!("/api/clinics/clinics/{}/", setup.clinic);
    setup.admin().await.patch(&path, &change).await.unwrap().expect_status(200).unwrap();
}

#[tokio::test]
async fn a_notice_waits_a_minute_and_twenty_seconds_close_to_the_appointment() {
    let setup = ClinicSetup::new().await;
    let early = id(&setup.book("10:00").await);
    setup.act(&early, &cancel()).await.expect_status(200).unwrap();
    assert_eq!(notices(&setup, &early).await[0].2, "2025-12-01T09:01:00-03:00");
    setup.run_job_at("2025-12-01T09:00:59-03:00").await;
    assert_eq!(texts(&setup).len(), 0);
    setup.run_job_at("2025-12-01T09:01:00-03:00").await;
    assert_eq!(texts(&setup).len(), 1);
    let soon = id(&setup.book("11:00").await);
    setup.app.set_now(&on_the_day("09:00")).unwrap();
    setup.act(&soon, &cancel()).await.expect_status(200).unwrap();
    assert_eq!(notices(&setup, &soon).await[0].2, "2025-12-15T09:00:20-03:00");
}

#[tokio::test]
async fn what_is_undone_within_a_minute_leaves_no_message() {
    let setup = ClinicSetup::new().await;
    change_clinic(&setup, json!({ "notify_on_create": true })).await;
    let cancelled = id(&setup.book("10:00").await);
    setup.act(&cancelled, &cancel()).await.expect_status(200).unwrap();
    assert_eq!(notices(&setup, &cancelled).await[0].1, "cancelled", "withdrawn with the cancellation");
    assert_eq!(notices(&setup, &cancelled).await.len(), 1, "nothing is announced of a booking by mistake");

    change_clinic(&setup, json!({ "notify_on_create": false })).await;
    let reopened = id(&setup.book("11:00").await);
    setup.act(&reopened, &cancel()).await.expect_status(200).unwrap();
    perform(&setup, &reopened, "reopen").await;
    let moved = id(&setup.book("12:00").await);
    let there = setup.act(&moved, &move_to("12:30")).await.expect_status(201).unwrap().id();
    let back = setup.act(&there, &move_to("12:00")).await.expect_status(201).unwrap().id();
    for appointment in [&reopened, &there] {
        assert_eq!(notices(&setup, appointment).await[0].1, "cancelled");
    }
    assert!(notices(&setup, &back).await.is_empty());
    setup.run_job_at("2025-12-01T10:00:00-03:00").await;
    assert_eq!(texts(&setup), [""; 0]);
}

#[tokio::test]
async fn staff_decide_whether_the_patient_is_notified_and_the_history_says_how_it_was_told() {
    let setup = ClinicSetup::new().await;
    let booking = setup.booking(&on_the_day("10:00"));
    let booked = |members: Value| with(booking.clone(), &members);
    let silent = setup.try_book(booked(json!({ "notify": false, "told": "here" }))).await.expect_status(201).unwrap();
    let history = setup.list(&format!("/api/appointments/{}/actions/", silent.id())).await;
    assert_eq!(history[0]["payload"], json!({ "told": "here" }));
    let by_phone = with(move_to("11:00"), &json!({ "notify": false, "told": "by_phone" }));
    let moved = setup.act(&silent.id(), &by_phone).await.expect_status(201).unwrap().id();
    let history = setup.list(&format!("/api/appointments/{}/actions/", silent.id())).await;
    assert_eq!(history[1]["payload"], json!({ "rescheduled_to": moved, "told": "by_phone" }));
    let unreachable = with(cancel(), &json!({ "notify": false, "told": "not_reachable" }));
    setup.act(&moved, &unreachable).await.expect_status(200).unwrap();
    let history = setup.list(&format!("/api/appointments/{moved}/actions/")).await;
    assert_eq!(history[1]["payload"]["told"], "not_reachable");
    for appointment in [&silent.id(), &moved] {
        assert!(notices(&setup, appointment).await.is_empty());
    }

    change_clinic(&setup, json!({ "notify_on_cancel": false, "notify_on_move": false })).await;
    let announced = setup.try_book(booked(json!({ "notify": true }))).await.expect_status(201).unwrap().id();
    assert_eq!(notices(&setup, &announced).await[0].0, "created_es");
    setup.run_job_at("2025-12-01T09:05:00-03:00").await;
    let announced = setup.act(&announced, &with(move_to("11:30"), &json!({ "notify": true }))).await.id();
    assert_eq!(notices(&setup, &announced).await[0].0, "moved_es");
    setup.run_job_at("2025-12-01T09:10:00-03:00").await;
    setup.act(&announced, &with(cancel(), &json!({ "notify": null }))).await.expect_status(200).unwrap();
    assert_eq!(notices(&setup, &announced).await.len(), 1, "null is the clinic's setting");
}

#[tokio::test]
async fn told_belongs_to_no_notice_and_both_to_what_is_announced() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);
    let refusals = [
        (json!({ "notify": false }), "told"),
        (json!({ "notify": false, "told": null }), "told"),
        (json!({ "notify": false, "told": "by_mail" }), "told"),
        (json!({ "told": "here" }), "told"),
        (json!({ "notify": true, "told": "here" }), "told"),
        (json!({ "notify": "no" }), "notify"),
    ];
    for (members, field) in &refusals {
        let booking = setup.try_book(with(setup.booking(&on_the_day("11:00")), members)).await;
        let cancelled = setup.act(&appointment, &with(cancel(), members)).await;
        let moved = setup.act(&appointment, &with(move_to("11:00"), members)).await;
        for refused in [booking, cancelled, moved] {
            let refused = refused.expect_status(400).unwrap();
            assert!(refused.body["errors"][field].is_array(), "{members}: {}", refused.body);
        }
    }
    let confirm = json!({ "action": "confirm", "notify": false, "told": "here" });
    let refused = setup.act(&appointment, &confirm).await.expect_status(400).unwrap();
    assert!(refused.body["errors"]["notify"].is_array() && refused.body["errors"]["told"].is_array());
}

#[tokio::test]
async fn an_outcome_can_be_undone_for_half_an_hour_and_by_an_admin_on_the_same_day() {
    let setup = ClinicSetup::new().await;
    for (actions, outcome, before) in [
        (&[] as &[&str], "complete", "PENDING"),
        (&["confirm"], "complete", "CONFIRMED"),
        (&["confirm", "unconfirm"], "no_show", "PENDING"),
        (&["confirm"], "no_show", "CONFIRMED"),
    ] {
        setup.app.set_now("2025-12-01T12:00:00Z").unwrap();
        let appointment = appointment_after(&setup, actions).await;
        setup.app.set_now(&on_the_day("10:00")).unwrap();
        perform(&setup, &appointment, outcome).await;
        setup.app.set_now(&on_the_day("10:30")).unwrap();
        let undone = perform(&setup, &appointment, "undo").await;
        assert_eq!(text(&undone, "status"), before, "{outcome}");
        let history = setup.list(&format!("/api/appointments/{appointment}/actions/")).await;
        assert_eq!(history.len(), actions.len() + 3, "one row");
        let row = history.last().unwrap();
        assert_eq!((text(row, "action"), text(row, "to_status")), ("undo".into(), before.into()));

        perform(&setup, &appointment, outcome).await;
        setup.app.set_now("2025-12-15T11:00:01-03:00").unwrap();
        assert_eq!(setup.act(&appointment, &action_body("undo")).await.code(), "illegal_transition");
        setup.app.set_now("2025-12-16T00:00:00-03:00").unwrap();
        assert_eq!(perform_as_admin(&setup, &appointment, "undo").await.code(), "illegal_transition", "the next day");
        setup.app.set_now("2025-12-15T23:59:59-03:00").unwrap();
        perform_as_admin(&setup, &appointment, "undo").await.expect_status(200).unwrap();
        setup.app.set_now(&on_the_day("10:40")).unwrap();
        setup.act(&appointment, &with(cancel(), &json!({ "notify": false, "told": "here" }))).await;
    }
}
