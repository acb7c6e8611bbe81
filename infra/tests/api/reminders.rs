//! Does every appointment get its reminder: at the right time, once, and only if it is still wanted?

use crate::world::{World, id, on_the_day, text};
use domain::time::TimeDelta;
use futures_util::future::join_all;
use serde_json::{Value, json};

/// Two days before the appointments, at the clinic's reminder time.
pub(crate) const DUE: &str = "2025-12-13T09:00:00-03:00";

/// The reminder of an appointment, as the list of messages shows it.
pub(crate) async fn reminder(world: &World, appointment: &str) -> Value {
    world.list(&format!("/api/notifications/?appointment={appointment}&kind=reminder")).await.remove(0)
}

pub(crate) fn state(row: &Value) -> (String, u64) {
    (text(row, "status"), row["attempts"].as_u64().unwrap())
}

pub(crate) fn sent(world: &World) -> usize {
    world.app.outbox().unwrap().len()
}

pub(crate) async fn minutes_later(world: &World, minutes: i64) {
    world.app.advance(TimeDelta::minutes(minutes));
    world.app.system.run_reminders().await.unwrap();
}

#[tokio::test]
async fn it_is_due_at_the_clinics_hour_and_never_at_night() {
    let world = World::new().await;
    for (now, appointment, due, status) in [
        ("2025-12-01T09:00:00-03:00", "09:00", DUE, "pending"),
        ("2025-12-13T08:59:59-03:00", "09:30", DUE, "pending"),
        ("2025-12-13T09:00:00-03:00", "10:00", DUE, "pending"),
        ("2025-12-14T15:00:00-03:00", "10:30", "2025-12-14T15:00:00-03:00", "pending"),
        ("2025-12-14T22:00:00-03:00", "11:00", "2025-12-15T08:00:00-03:00", "pending"),
        ("2025-12-14T22:00:00-03:00", "09:10", "2025-12-15T08:00:00-03:00", "expired"),
        ("2025-12-15T06:00:01-03:00", "12:00", "2025-12-15T08:00:00-03:00", "expired"),
        ("2025-12-15T08:30:00-03:00", "12:30", "2025-12-15T08:30:00-03:00", "expired"),
    ] {
        world.app.set_now(now).unwrap();
        let mut booking = world.booking(&on_the_day(appointment));
        booking["end_datetime"] = json!(on_the_day(&format!("{}5", &appointment[..4])));
        let booked = world.try_book(booking).await.expect_status(201).unwrap();
        assert_eq!(
            booked.body["reminder"],
            json!({ "due_at": due, "status": status }),
            "{appointment}, booked at {now}"
        );
        assert_eq!(text(&reminder(&world, &booked.id()).await, "status"), status);
    }
}

#[tokio::test]
async fn settings_apply_to_later_bookings() {
    let world = World::new().await;
    let before = world.book("10:00").await;
    let path = format!("/api/clinics/clinics/{}/", world.clinic);
    let change = json!({ "reminder_days_before": 0, "reminder_time": "06:30" });
    world.admin().await.patch(&path, &change).await.unwrap().expect_status(200).unwrap();
    let after = world.book("12:00").await;
    assert_eq!(text(&after["reminder"], "due_at"), on_the_day("08:00"), "06:30 is still night");
    assert_eq!(world.appointment(&id(&before)).await["reminder"]["due_at"], DUE);
}

#[tokio::test]
async fn it_goes_out_once_however_often_the_job_runs() {
    let world = World::new().await;
    let mut appointments = Vec::new();
    for (number, time) in ["09:00", "09:30", "10:00", "10:30", "11:00"].iter().enumerate() {
        let patient = world.add_patient("Ana", &format!("7{number}"), &format!("+1202555017{number}")).await;
        let booking = json!({ "patient": patient, "doctor": world.doctor, "start_datetime": on_the_day(time) });
        appointments.push(world.try_book(booking).await.expect_status(201).unwrap().id());
    }
    world.tick("2025-12-13T08:59:59-03:00").await;
    assert_eq!(sent(&world), 0);
    world.app.set_now(DUE).unwrap();
    for run in join_all((0..10).map(|_| world.app.system.run_reminders())).await {
        run.unwrap();
    }
    for minutes in [1, 5, 60] {
        minutes_later(&world, minutes).await;
    }
    let mut receivers: Vec<String> = world.app.outbox().unwrap().into_iter().map(|message| message.to).collect();
    receivers.sort_unstable();
    assert_eq!(receivers, (0..5).map(|number| format!("whatsapp:+1202555017{number}")).collect::<Vec<_>>());
    for appointment in appointments {
        let row = reminder(&world, &appointment).await;
        assert_eq!(state(&row), ("sent".into(), 1));
        // A run that came second to a number waits six seconds for its turn, and finds the work done.
        assert!(text(&row, "sent_at").starts_with("2025-12-13T09:00:0"), "{row}");
        assert_eq!(world.appointment(&appointment).await["reminder"]["status"], "sent");
        assert_eq!(world.appointment(&appointment).await["version"], 1, "a reminder is no change of the appointment");
    }
}

#[tokio::test]
async fn an_appointment_that_is_off_is_not_reminded_of() {
    let world = World::new().await;
    let (cancelled, moved, held) =
        (id(&world.book("10:00").await), id(&world.book("11:00").await), id(&world.book("12:00").await));
    world.act(&cancelled, &json!({ "action": "cancel", "reason": "x" })).await.expect_status(200).unwrap();
    let wish = json!({ "action": "reschedule", "start_datetime": on_the_day("09:00") });
    let new = world.act(&moved, &wish).await.expect_status(201).unwrap().id();
    world.act(&held, &json!({ "action": "request_reschedule" })).await.expect_status(200).unwrap();
    world.tick(DUE).await;
    for appointment in [&cancelled, &moved, &held] {
        assert_eq!(state(&reminder(&world, appointment).await), ("cancelled".into(), 0));
    }
    assert_eq!(state(&reminder(&world, &new).await), ("sent".into(), 1));
    let reminded = world.list("/api/notifications/?kind=reminder&status=sent").await;
    assert_eq!(reminded.len(), 1);
}

#[tokio::test]
async fn who_wants_no_messages_gets_none() {
    let world = World::new().await;
    let path = format!("/api/patients/{}/", world.patient);
    let before = id(&world.book("10:00").await);
    let say = async |wants: bool| {
        let change = json!({ "whatsapp_opt_in": wants });
        world.operator().await.patch(&path, &change).await.unwrap().expect_status(200).unwrap();
    };
    say(false).await;
    let after = world.book("11:00").await;
    assert_eq!(after["reminder"]["status"], "cancelled");
    world.tick(DUE).await;
    assert_eq!((sent(&world), state(&reminder(&world, &before).await)), (0, ("cancelled".into(), 0)));
    say(true).await;
    minutes_later(&world, 15).await;
    assert_eq!(sent(&world), 0, "what wasn't to be sent isn't sent later");
}

#[tokio::test]
async fn after_an_outage_late_is_better_than_never_but_not_for_ever() {
    let world = World::new().await;
    let appointment = id(&world.book("12:00").await);
    world.tick("2025-12-13T23:00:00-03:00").await;
    assert_eq!(sent(&world), 0, "not at night");
    world.tick("2025-12-14T08:00:00-03:00").await;
    assert_eq!((sent(&world), state(&reminder(&world, &appointment).await)), (1, ("sent".into(), 1)));

    let world = World::new().await;
    let appointment = id(&world.book("12:00").await);
    world.tick("2025-12-14T09:00:01-03:00").await;
    assert_eq!((sent(&world), state(&reminder(&world, &appointment).await)), (0, ("expired".into(), 0)), "a day late");
    assert_eq!(world.appointment(&appointment).await["reminder"]["status"], "expired");
}
