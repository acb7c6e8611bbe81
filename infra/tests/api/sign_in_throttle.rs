//! Tests of the throttle of sign-in: guessing is slowed down by account and by address, and an attacker can't lock a
//! user out.

use crate::auth::sign_in;
use crate::clinic_setup::ClinicSetup;
use bytes::Bytes;
use domain::time::TimeDelta;
use futures_util::future::join_all;
use http::Request;
use serde_json::json;
use std::net::SocketAddr;
use testkit::test_app::{PASSWORD, TestResponse};

const OPERATOR: &str = "operator@example.com";
const WRONG: &str = "no es esta clave";

/// Signs in from this IP address.
async fn sign_in_from(setup: &ClinicSetup, address: &str, email: &str, password: &str) -> TestResponse {
    let body = json!({ "email": email, "password": password }).to_string();
    let request = Request::post("/api/auth/token/").header("content-type", "application/json");
    let mut request = request.body(Bytes::from(body)).unwrap();
    let peer: SocketAddr = format!("{address}:5000").parse().unwrap();
    request.extensions_mut().insert(peer);
    setup.app.call(request).await
}

#[tokio::test]
async fn after_five_failures_each_guess_waits_longer() {
    let setup = ClinicSetup::new().await;
    for _ in 0..5 {
        sign_in(&setup, OPERATOR, WRONG).await.expect_status(401).unwrap();
    }
    let mut waits = Vec::new();
    for _ in 0..5 {
        // The right password has to wait too: it isn't even checked.
        let answer = sign_in(&setup, OPERATOR, PASSWORD).await.expect_status(429).unwrap();
        assert_eq!(answer.code(), "throttled");
        let wait: i64 = answer.header("retry-after").parse().unwrap();
        waits.push(wait);
        setup.app.advance(TimeDelta::seconds(wait));
        sign_in(&setup, OPERATOR, WRONG).await.expect_status(401).unwrap();
    }
    assert_eq!(waits, [1, 2, 4, 8, 16]);
    setup.app.advance(TimeDelta::seconds(32));
    sign_in(&setup, OPERATOR, PASSWORD).await.expect_status(200).unwrap();
    // A success resets the count of failures.
    for _ in 0..5 {
        sign_in(&setup, OPERATOR, WRONG).await.expect_status(401).unwrap();
    }
    sign_in(&setup, OPERATOR, PASSWORD).await.expect_status(429).unwrap();
}

#[tokio::test]
async fn an_unknown_account_is_throttled_alike() {
    let setup = ClinicSetup::new().await;
    let mut seen = Vec::new();
    for email in [OPERATOR, "nadie@example.com"] {
        let mut statuses = Vec::new();
        for _ in 0..7 {
            statuses.push(sign_in_from(&setup, "203.0.113.9", email, WRONG).await.status.as_u16());
        }
        seen.push(statuses);
    }
    assert_eq!(seen, [[401, 401, 401, 401, 401, 429, 429]; 2]);
}

#[tokio::test]
async fn concurrent_guesses_are_all_counted() {
    let setup = ClinicSetup::new().await;
    let answers = join_all((0..40).map(|_| sign_in(&setup, OPERATOR, WRONG))).await;
    let checked = answers.iter().filter(|answer| answer.status == 401).count();
    assert!((1..=5).contains(&checked), "{checked} of 40 were checked");
}

#[tokio::test]
async fn failures_from_other_addresses_do_not_lock_a_user_out() {
    let setup = ClinicSetup::new().await;
    // The operator has signed in from this address before.
    sign_in_from(&setup, "198.51.100.1", OPERATOR, PASSWORD).await.expect_status(200).unwrap();
    for address in 1..=30 {
        sign_in_from(&setup, &format!("203.0.113.{address}"), OPERATOR, WRONG).await;
    }
    sign_in_from(&setup, "198.51.100.1", OPERATOR, PASSWORD).await.expect_status(200).unwrap();
    for address in 1..=30 {
        sign_in_from(&setup, &format!("203.0.113.{address}"), OPERATOR, WRONG).await;
    }
    // From a new address the user waits for 30 seconds at most.
    let answer = sign_in_from(&setup, "198.51.100.2", OPERATOR, PASSWORD).await.expect_status(429).unwrap();
    assert!(answer.header("retry-after").parse::<i64>().unwrap() <= 30);
    setup.app.advance(TimeDelta::seconds(30));
    sign_in_from(&setup, "198.51.100.2", OPERATOR, PASSWORD).await.expect_status(200).unwrap();
}

#[tokio::test]
async fn one_address_is_throttled_over_many_accounts() {
    let setup = ClinicSetup::new().await;
    for number in 0..30 {
        sign_in_from(&setup, "203.0.113.1", &format!("persona{number}@example.com"), WRONG)
            .await
            .expect_status(401)
            .unwrap();
    }
    sign_in_from(&setup, "203.0.113.1", "otra@example.com", WRONG).await.expect_status(429).unwrap();
    sign_in_from(&setup, "203.0.113.2", "otra@example.com", WRONG).await.expect_status(401).unwrap();
}
