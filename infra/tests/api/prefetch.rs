//! Tests of prefetching: the row that a path names is read in the same call as the caller's own rows, only for a valid
//! token, and is returned only to a caller with permission.

use crate::clinic_setup::{ClinicSetup, id};
use domain::time::TimeDelta;
use local::protocol::OperationKind;
use serde_json::json;
use std::collections::BTreeSet;
use testkit::faulty_client::log::RecordedCall;
use testkit::faulty_client::{FaultyClient, run_as_operation};

async fn recorded_setup() -> (ClinicSetup, FaultyClient) {
    let faulty_client = FaultyClient::default();
    let setup = ClinicSetup::with_client(&faulty_client).await;
    faulty_client.record_calls();
    (setup, faulty_client)
}

#[tokio::test]
async fn the_row_of_a_path_takes_no_extra_call() {
    let (setup, faulty_client) = recorded_setup().await;
    let appointment = id(&setup.book("10:00").await);
    let message = id(&setup.list(&format!("/api/notifications/?appointment={appointment}")).await.remove(0));
    let operator = setup.operator().await;
    for path in [
        format!("/api/appointments/{appointment}/"),
        format!("/api/doctors/{}/", setup.doctor),
        format!("/api/clinics/rooms/{}/", setup.room),
        format!("/api/notifications/{message}/"),
    ] {
        // The first request to a function loads the keys that tokens are signed with.
        operator.get(&path).await.unwrap().expect_status(200).unwrap();
        let answer = run_as_operation(1, operator.get(&path)).await.unwrap().expect_status(200).unwrap();
        let took = faulty_client.take_calls(1);
        assert_eq!(took.len(), 1, "{path}");
        assert!(path.contains(&answer.id()));
    }
    // These need a second call: to log the read of a patient, and to read the clinic's rooms.
    for path in [format!("/api/patients/{}/", setup.patient), format!("/api/clinics/clinics/{}/", setup.clinic)] {
        operator.get(&path).await.unwrap().expect_status(200).unwrap();
        run_as_operation(1, operator.get(&path)).await.unwrap().expect_status(200).unwrap();
        let took = faulty_client.take_calls(1);
        let waiting = took.iter().filter(|exchange| took.iter().any(|other| other.span.1 < exchange.span.0)).count();
        assert_eq!((took.len(), waiting), (2, 1), "{path}");
    }
}

#[tokio::test]
async fn a_prefetched_row_is_current() {
    let (setup, _) = recorded_setup().await;
    let path = format!("/api/doctors/{}/", setup.doctor);
    let admin = setup.app.admin().await.unwrap();
    for name in ["Zoé", "Ada", "Inés"] {
        admin.patch(&path, &json!({ "first_name": name })).await.unwrap().expect_status(200).unwrap();
        let read = admin.get(&path).await.unwrap().expect_status(200).unwrap();
        assert_eq!(read.text("first_name"), name);
    }
}

#[tokio::test]
async fn nothing_is_read_for_an_invalid_token() {
    let (setup, faulty_client) = recorded_setup().await;
    let appointment = format!("/api/appointments/{}/", id(&setup.book("10:00").await));
    let operator = setup.operator().await;
    operator.get(&appointment).await.unwrap().expect_status(200).unwrap();
    let token = operator.token();
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let turned: String = signature.chars().rev().collect();
    for wrong in [format!("{signed}.{turned}"), "x.y.z".to_owned()] {
        let answer = run_as_operation(1, setup.app.with_token(&wrong).get(&appointment)).await.unwrap();
        assert_eq!(answer.status.as_u16(), 401);
        assert!(faulty_client.take_calls(1).is_empty(), "no call to the table");
    }
}

/// The cache of signing keys is empty at a function's start and expires after some minutes.
#[tokio::test]
async fn an_unknown_key_is_read_with_the_callers_rows() {
    let (setup, faulty_client) = recorded_setup().await;
    let appointment = id(&setup.book("10:00").await);
    let operator = setup.operator().await;
    let forget = || setup.app.advance(TimeDelta::minutes(6));
    let kinds = |took: &[RecordedCall]| took.iter().map(|exchange| exchange.kind).collect::<Vec<_>>();

    forget();
    run_as_operation(1, operator.get("/api/schedules/rules/")).await.unwrap().expect_status(200).unwrap();
    assert_eq!(kinds(&faulty_client.take_calls(1)), [OperationKind::BatchGet, OperationKind::Query]);

    forget();
    let operator = setup.operator().await;
    let path = format!("/api/appointments/{appointment}/");
    let token = operator.token();
    let (signed, _) = token.rsplit_once('.').unwrap();
    let forged = setup.app.with_token(&format!("{signed}.{}", "A".repeat(86)));
    assert_eq!(run_as_operation(1, forged.get(&path)).await.unwrap().status.as_u16(), 401);
    let took = faulty_client.take_calls(1);
    assert_eq!(kinds(&took), [OperationKind::BatchGet], "only the key, to verify the signature");
    assert!(!took[0].request.to_string().contains(&appointment), "the row of the path isn't read");

    forget();
    let operator = setup.operator().await;
    run_as_operation(1, operator.get(&path)).await.unwrap().expect_status(200).unwrap();
    assert_eq!(kinds(&faulty_client.take_calls(1)), [OperationKind::BatchGet, OperationKind::Get]);
}

/// The row is read before the permission is checked.
#[tokio::test]
async fn a_prefetched_row_is_not_returned_without_permission() {
    let (setup, _) = recorded_setup().await;
    let appointment = id(&setup.book("10:00").await);
    let elsewhere = setup.add_clinic("Norte").await;
    setup.app.add_user("norte@example.org", domain::user::Role::Operator, &[&elsewhere]).await.unwrap();
    let other_operator = setup.app.sign_in("norte@example.org").await.unwrap();
    let paths = [
        format!("/api/appointments/{appointment}/"),
        format!("/api/clinics/rooms/{}/", setup.room),
        format!("/api/clinics/clinics/{}/", setup.clinic),
    ];
    let mut codes = BTreeSet::new();
    for path in &paths {
        let answer = other_operator.get(path).await.unwrap();
        codes.insert((answer.status.as_u16(), answer.code()));
    }
    assert_eq!(codes, [(404, "not_found".to_owned())].into());
    // Signed out: the token is still one that was signed.
    let operator = setup.operator().await;
    operator.get(&paths[0]).await.unwrap().expect_status(200).unwrap();
    operator.post("/api/auth/logout/", &json!({ "all": true })).await.unwrap().expect_status(204).unwrap();
    let answer = operator.get(&paths[0]).await.unwrap();
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (401, "not_authenticated"));
}
