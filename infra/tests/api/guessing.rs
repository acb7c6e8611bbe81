//! How often may a password be guessed, and can a stranger lock somebody out?

use crate::auth::sign_in;
use crate::world::World;
use bytes::Bytes;
use domain::time::TimeDelta;
use futures_util::future::join_all;
use http::Request;
use serde_json::json;
use std::net::SocketAddr;
use testkit::test_app::{Answer, PASSWORD};

const DESK: &str = "operator@example.com";
const WRONG: &str = "no es esta clave";

/// Somebody tries from an address.
async fn from(world: &World, address: &str, email: &str, password: &str) -> Answer {
    let body = json!({ "email": email, "password": password }).to_string();
    let request = Request::post("/api/auth/token/").header("content-type", "application/json");
    let mut request = request.body(Bytes::from(body)).unwrap();
    let peer: SocketAddr = format!("{address}:5000").parse().unwrap();
    request.extensions_mut().insert(peer);
    world.app.call(request).await
}

#[tokio::test]
async fn after_five_failures_each_guess_waits_longer() {
    let world = World::new().await;
    for _ in 0..5 {
        sign_in(&world, DESK, WRONG).await.expect_status(401).unwrap();
    }
    let mut waits = Vec::new();
    for _ in 0..5 {
        // The right one has to wait, too: whether it is right isn't looked at.
        let answer = sign_in(&world, DESK, PASSWORD).await.expect_status(429).unwrap();
        assert_eq!(answer.code(), "throttled");
        let wait: i64 = answer.header("retry-after").parse().unwrap();
        waits.push(wait);
        world.app.advance(TimeDelta::seconds(wait));
        sign_in(&world, DESK, WRONG).await.expect_status(401).unwrap();
    }
    assert_eq!(waits, [1, 2, 4, 8, 16]);
    world.app.advance(TimeDelta::seconds(32));
    sign_in(&world, DESK, PASSWORD).await.expect_status(200).unwrap();
    // That was the user: the failures are forgotten.
    for _ in 0..5 {
        sign_in(&world, DESK, WRONG).await.expect_status(401).unwrap();
    }
    sign_in(&world, DESK, PASSWORD).await.expect_status(429).unwrap();
}

#[tokio::test]
async fn an_account_that_is_not_there_waits_alike() {
    let world = World::new().await;
    let mut seen = Vec::new();
    for email in [DESK, "nadie@example.com"] {
        let mut statuses = Vec::new();
        for _ in 0..7 {
            statuses.push(from(&world, "203.0.113.9", email, WRONG).await.status.as_u16());
        }
        seen.push(statuses);
    }
    assert_eq!(seen, [[401, 401, 401, 401, 401, 429, 429]; 2]);
}

#[tokio::test]
async fn many_guesses_at_once_count_each() {
    let world = World::new().await;
    let answers = join_all((0..40).map(|_| sign_in(&world, DESK, WRONG))).await;
    let looked_at = answers.iter().filter(|answer| answer.status == 401).count();
    assert!((1..=5).contains(&looked_at), "{looked_at} of 40 were looked at");
}

#[tokio::test]
async fn a_stranger_locks_nobody_out() {
    let world = World::new().await;
    // The desk has signed in from its own address before.
    from(&world, "198.51.100.1", DESK, PASSWORD).await.expect_status(200).unwrap();
    for address in 1..=30 {
        from(&world, &format!("203.0.113.{address}"), DESK, WRONG).await;
    }
    from(&world, "198.51.100.1", DESK, PASSWORD).await.expect_status(200).unwrap();
    for address in 1..=30 {
        from(&world, &format!("203.0.113.{address}"), DESK, WRONG).await;
    }
    // From a new address it is a matter of seconds.
    let answer = from(&world, "198.51.100.2", DESK, PASSWORD).await.expect_status(429).unwrap();
    assert!(answer.header("retry-after").parse::<i64>().unwrap() <= 30);
    world.app.advance(TimeDelta::seconds(30));
    from(&world, "198.51.100.2", DESK, PASSWORD).await.expect_status(200).unwrap();
}

#[tokio::test]
async fn one_address_tries_one_password_on_many_accounts() {
    let world = World::new().await;
    for number in 0..30 {
        from(&world, "203.0.113.1", &format!("persona{number}@example.com"), WRONG).await.expect_status(401).unwrap();
    }
    from(&world, "203.0.113.1", "otra@example.com", WRONG).await.expect_status(429).unwrap();
    from(&world, "203.0.113.2", "otra@example.com", WRONG).await.expect_status(401).unwrap();
}
