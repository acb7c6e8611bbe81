//! Tests of concurrent bookings: one slot is booked once, however many requests arrive at the same time.

use crate::clinic_setup::{ClinicSetup, id, on_the_day, text};
use app::appointments::actions::act_on_appointment;
use app::support::context::Context;
use app::support::error::AppError;
use domain::ids::{AppointmentId, Id as _};
use domain::lifecycle::{Action, ActorRole};
use futures_util::future::join_all;
use local::protocol::OperationKind;
use serde_json::{Value, json};
use std::sync::Arc;
use testkit::faulty_client::FaultyClient;
use testkit::test_app::{TestClient, TestResponse};

const MANY: usize = 50;

/// Books, and repeats the request while the answer is 503.
async fn book_until_answered(client: &TestClient<'_>, body: &Value) -> TestResponse {
    loop {
        let answer = client.post("/api/appointments/", body).await.unwrap();
        if answer.status != 503 {
            return answer;
        }
        assert_eq!((answer.code().as_str(), answer.header("retry-after").is_empty()), ("busy", false));
    }
}

async fn add_patients(setup: &ClinicSetup) -> Vec<String> {
    let mut patients = Vec::new();
    for number in 0..MANY {
        patients.push(setup.add_patient("Ana", &format!("4000{number}"), "+12025550170").await);
    }
    patients
}

#[tokio::test]
async fn fifty_bookings_of_one_slot_make_one_appointment() {
    let setup = ClinicSetup::new().await;
    let operator = setup.operator().await;
    let patients = add_patients(&setup).await;
    // The day has an agenda item already, so that its version is what guards it.
    let earlier = id(&setup.book("09:00").await);
    let bookings: Vec<Value> = patients
        .iter()
        .map(|patient| json!({ "patient": patient, "doctor": setup.doctor, "start_datetime": on_the_day("10:00") }))
        .collect();
    let answers = join_all(bookings.iter().map(|body| book_until_answered(&operator, body))).await;
    let booked: Vec<&TestResponse> = answers.iter().filter(|answer| answer.status == 201).collect();
    assert_eq!(booked.len(), 1);
    for answer in answers.iter().filter(|answer| answer.status != 201) {
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (409, "slot_taken"));
    }
    let agenda = setup.list("/api/appointments/?date=2025-12-15").await;
    assert_eq!(agenda.iter().map(id).collect::<Vec<_>>(), [earlier, booked[0].id()]);
    let window = setup.list(&format!("/api/schedules/?doctor={}&date=2025-12-15", setup.doctor)).await.remove(0);
    assert_eq!(window["free_slots"], 6);
    let history = setup.list(&format!("/api/appointments/{}/actions/", booked[0].id())).await;
    assert_eq!(history.len(), 1);
}

#[tokio::test]
async fn appointments_booked_at_once_never_overlap() {
    let setup = ClinicSetup::new().await;
    let operator = setup.operator().await;
    let patients = add_patients(&setup).await;
    let bookings: Vec<Value> = patients
        .iter()
        .enumerate()
        .map(|(number, patient)| {
            let start = on_the_day(&format!("{:02}:{:02}", 9 + number % 3, (number * 5) % 60));
            json!({ "patient": patient, "doctor": setup.doctor, "start_datetime": start })
        })
        .collect();
    let answers = join_all(bookings.iter().map(|body| book_until_answered(&operator, body))).await;
    let booked = answers.iter().filter(|answer| answer.status == 201).count();
    let agenda = setup.list("/api/appointments/?date=2025-12-15").await;
    assert_eq!(agenda.len(), booked);
    assert!(booked >= 3, "some bookings succeed");
    for pair in agenda.windows(2) {
        assert!(text(&pair[0], "end_datetime") <= text(&pair[1], "start_datetime"), "{pair:?}");
    }
}

#[tokio::test]
async fn one_patient_is_not_booked_twice_at_one_time() {
    let setup = ClinicSetup::new().await;
    let operator = setup.operator().await;
    setup.book("09:00").await;
    let mut bookings = Vec::new();
    for number in 0..8 {
        let doctor = setup.add_doctor("Bruno", &format!("Paz {number}")).await;
        let room = setup.add_room(&setup.clinic, &format!("Sala {number}")).await;
        setup.add_window(&doctor, &room, "2025-12-15", "09:00", "13:00").await;
        bookings.push(json!({ "patient": setup.patient, "doctor": doctor, "start_datetime": on_the_day("10:00") }));
    }
    let answers = join_all(bookings.iter().map(|body| book_until_answered(&operator, body))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
    assert_eq!(setup.list(&format!("/api/appointments/?patient={}", setup.patient)).await.len(), 2);
}

#[tokio::test]
async fn fifty_repeats_of_one_request_make_one_appointment() {
    let setup = ClinicSetup::new().await;
    let client = setup.operator().await.header("idempotency-key", "once").unwrap();
    let body = setup.booking(&on_the_day("10:00"));
    let answers = join_all((0..MANY).map(|_| book_until_answered(&client, &body))).await;
    assert!(answers.iter().all(|answer| answer.status == 201));
    assert!(answers.iter().all(|answer| answer.id() == answers[0].id()));
    assert_eq!(setup.list("/api/appointments/?date=2025-12-15").await.len(), 1);
    let fresh = answers.iter().filter(|answer| answer.header("idempotency-replayed").is_empty()).count();
    assert_eq!(fresh, 1, "all others are marked as replays");
}

#[tokio::test]
async fn a_booking_and_the_removal_of_its_window_do_not_both_succeed() {
    let setup = ClinicSetup::new().await;
    let (operator, admin) = (setup.operator().await, setup.admin().await);
    let window = id(&setup.list(&format!("/api/schedules/?doctor={}&date=2025-12-15", setup.doctor)).await[0]);
    let path = format!("/api/schedules/{window}/");
    let body = setup.booking(&on_the_day("10:00"));
    let (booked, removed) = tokio::join!(book_until_answered(&operator, &body), admin.delete(&path));
    let statuses = (booked.status.as_u16(), removed.unwrap().status.as_u16());
    assert!([(201, 409), (409, 204), (201, 503)].contains(&statuses), "{statuses:?}");
}

#[tokio::test]
async fn of_many_concurrent_moves_one_succeeds() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);
    let operator = setup.operator().await;
    let path = format!("/api/appointments/{appointment}/actions/");
    let request = |time: &str| json!({ "action": "reschedule", "start_datetime": on_the_day(time) });
    let requests = ["09:00", "09:30", "11:00", "11:30", "12:00", "12:30"].map(request);
    let answers = join_all(requests.iter().map(|body| operator.post(&path, body))).await;
    let moved = answers.into_iter().filter(|answer| answer.as_ref().unwrap().status == 201).count();
    assert_eq!(moved, 1, "one appointment has one successor");
    let active = setup.list("/api/appointments/?date=2025-12-15&status=PENDING").await;
    assert_eq!(active.len(), 1);
}

/// Both find the appointment cancelled; the agendas have its time again when the second one reads them.
#[tokio::test]
async fn of_two_reopenings_one_finds_that_it_was_done() {
    let client = FaultyClient::default();
    let setup = Arc::new(ClinicSetup::with_client(&client).await);
    let appointment = id(&setup.book("10:00").await);
    setup.act(&appointment, &json!({ "action": "cancel", "reason": "x" })).await.expect_status(200).unwrap();
    let (other, path) = (Arc::clone(&setup), appointment.clone());
    client.before_next(OperationKind::BatchGet, async move {
        other.act(&path, &json!({ "action": "reopen" })).await.expect_status(200).unwrap();
    });
    let ctx = Context { role: ActorRole::Admin, ..Context::of_system("test".into()) };
    let id = AppointmentId::parse(&appointment).unwrap();
    let refused = act_on_appointment(&setup.app.system.app, &ctx, id, None, Action::Reopen.into()).await;
    assert!(matches!(refused, Err(AppError::IllegalTransition { .. })), "{refused:?}");
    assert_eq!(text(&setup.appointment(&appointment).await, "status"), "PENDING");
}
