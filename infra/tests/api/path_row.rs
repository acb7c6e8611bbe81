//! What a path names is read along with the rows of whoever asks: for those who prove who they are, and shown to
//! those who may see it.

use crate::world::{World, id};
use domain::time::TimeDelta;
use local::protocol::Kind;
use serde_json::json;
use std::collections::BTreeSet;
use testkit::faulty_client::log::Exchange;
use testkit::faulty_client::{Wire, operation};

async fn on_a_wire() -> (World, Wire) {
    let wire = Wire::default();
    let world = World::through(&wire).await;
    wire.record();
    (world, wire)
}

#[tokio::test]
async fn it_takes_no_call_of_its_own() {
    let (world, wire) = on_a_wire().await;
    let appointment = id(&world.book("10:00").await);
    let message = id(&world.list(&format!("/api/notifications/?appointment={appointment}")).await.remove(0));
    let operator = world.operator().await;
    for path in [
        format!("/api/appointments/{appointment}/"),
        format!("/api/doctors/{}/", world.doctor),
        format!("/api/clinics/rooms/{}/", world.room),
        format!("/api/notifications/{message}/"),
    ] {
        // The first request to a function learns the key that tokens are signed with.
        operator.get(&path).await.unwrap().expect_status(200).unwrap();
        let answer = operation(1, operator.get(&path)).await.unwrap().expect_status(200).unwrap();
        let took = wire.take(1);
        assert_eq!(took.len(), 1, "{path}");
        assert!(path.contains(&answer.id()));
    }
    // These have something else to do besides: to note who reads, and to read the rooms.
    for path in [format!("/api/patients/{}/", world.patient), format!("/api/clinics/clinics/{}/", world.clinic)] {
        operator.get(&path).await.unwrap().expect_status(200).unwrap();
        operation(1, operator.get(&path)).await.unwrap().expect_status(200).unwrap();
        let took = wire.take(1);
        let waiting = took.iter().filter(|exchange| took.iter().any(|other| other.span.1 < exchange.span.0)).count();
        assert_eq!((took.len(), waiting), (2, 1), "{path}");
    }
}

#[tokio::test]
async fn it_is_read_as_it_is_now() {
    let (world, _) = on_a_wire().await;
    let path = format!("/api/doctors/{}/", world.doctor);
    let admin = world.app.admin().await.unwrap();
    for name in ["Zoé", "Ada", "Inés"] {
        admin.patch(&path, &json!({ "first_name": name })).await.unwrap().expect_status(200).unwrap();
        let read = admin.get(&path).await.unwrap().expect_status(200).unwrap();
        assert_eq!(read.text("first_name"), name);
    }
}

#[tokio::test]
async fn nothing_is_read_for_a_token_that_proves_nothing() {
    let (world, wire) = on_a_wire().await;
    let appointment = format!("/api/appointments/{}/", id(&world.book("10:00").await));
    let operator = world.operator().await;
    operator.get(&appointment).await.unwrap().expect_status(200).unwrap();
    let token = operator.token();
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let turned: String = signature.chars().rev().collect();
    for wrong in [format!("{signed}.{turned}"), "x.y.z".to_owned()] {
        let answer = operation(1, world.app.with_token(&wrong).get(&appointment)).await.unwrap();
        assert_eq!(answer.status.as_u16(), 401);
        assert!(wire.take(1).is_empty(), "the table isn't asked");
    }
}

/// Every few minutes, and at a function's start.
#[tokio::test]
async fn a_key_that_isnt_known_is_read_with_the_rows_of_whoever_asks() {
    let (world, wire) = on_a_wire().await;
    let appointment = id(&world.book("10:00").await);
    let operator = world.operator().await;
    let forget = || world.app.advance(TimeDelta::minutes(6));
    let kinds = |took: &[Exchange]| took.iter().map(|exchange| exchange.kind).collect::<Vec<_>>();

    forget();
    operation(1, operator.get("/api/schedules/rules/")).await.unwrap().expect_status(200).unwrap();
    assert_eq!(kinds(&wire.take(1)), [Kind::BatchGet, Kind::Query]);

    forget();
    let operator = world.operator().await;
    let path = format!("/api/appointments/{appointment}/");
    let token = operator.token();
    let (signed, _) = token.rsplit_once('.').unwrap();
    let forged = world.app.with_token(&format!("{signed}.{}", "A".repeat(86)));
    assert_eq!(operation(1, forged.get(&path)).await.unwrap().status.as_u16(), 401);
    let took = wire.take(1);
    assert_eq!(kinds(&took), [Kind::BatchGet], "the key, to find out whether it signed this");
    assert!(!took[0].request.to_string().contains(&appointment), "what was asked for isn't read");

    forget();
    let operator = world.operator().await;
    operation(1, operator.get(&path)).await.unwrap().expect_status(200).unwrap();
    assert_eq!(kinds(&wire.take(1)), [Kind::BatchGet, Kind::Get]);
}

/// The row is there before it is known that its reader may not see it.
#[tokio::test]
async fn nobody_sees_what_isnt_theirs() {
    let (world, _) = on_a_wire().await;
    let appointment = id(&world.book("10:00").await);
    let elsewhere = world.add_clinic("Norte").await;
    world.app.add_user("norte@example.org", domain::user::Role::Operator, &[&elsewhere]).await.unwrap();
    let stranger = world.app.sign_in("norte@example.org").await.unwrap();
    let paths = [
        format!("/api/appointments/{appointment}/"),
        format!("/api/clinics/rooms/{}/", world.room),
        format!("/api/clinics/clinics/{}/", world.clinic),
    ];
    let mut codes = BTreeSet::new();
    for path in &paths {
        let answer = stranger.get(path).await.unwrap();
        codes.insert((answer.status.as_u16(), answer.code()));
    }
    assert_eq!(codes, [(404, "not_found".to_owned())].into());
    // Signed out: the token is still one that was signed.
    let operator = world.operator().await;
    operator.get(&paths[0]).await.unwrap().expect_status(200).unwrap();
    operator.post("/api/auth/logout/", &json!({ "all": true })).await.unwrap().expect_status(204).unwrap();
    let answer = operator.get(&paths[0]).await.unwrap();
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (401, "not_authenticated"));
}
