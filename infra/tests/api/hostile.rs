//! The public webhook takes what Twilio signed and nothing else, and tells nobody why.

use crate::replies::{outbox, reminded, status};
use crate::world::World;
use app::support::ports::SecretName;
use bytes::Bytes;
use http::{Method, Request};
use local::fake_twilio::PatientReply;
use local::system::FAKE_TOKEN;
use testkit::test_app::{Answer, PUBLIC_URL};
use twilio::{AuthToken, Form, signature};

const PATHS: [&str; 2] = ["/api/notifications/whatsapp/webhook/", "/api/notifications/whatsapp/status/"];
const FORM: &str = "application/x-www-form-urlencoded";

async fn post(world: &World, path: &str, content_type: &str, signature: &str, body: impl Into<Bytes>) -> Answer {
    let request = Request::builder()
        .method(Method::POST)
        .uri(path)
        .header("content-type", content_type)
        .header("x-twilio-signature", signature)
        .body(body.into())
        .unwrap();
    world.app.call(request).await
}

/// A message that would confirm the appointment.
fn confirmation(world: &World) -> Vec<(String, String)> {
    let reply = PatientReply { body: Some("Confirmo".into()), ..world.reply() };
    world.app.twilio().unwrap().inbound_form(&reply).0
}

fn signed_with(token: &str, path: &str, form: &[(String, String)]) -> String {
    let form: Form = form.iter().cloned().collect();
    signature::sign(&AuthToken::new(token), &format!("{PUBLIC_URL}{path}"), &form)
}

#[tokio::test]
async fn what_is_no_form_of_twilios_is_refused_without_a_reason() {
    let world = World::new().await;
    let large = format!("Body={}", "a".repeat(33 * 1024));
    for path in PATHS {
        let mut refusals = Vec::new();
        for body in ["", "Body=%ZZ", "Body=%FF%FE", "Body", "=", "&&&", "Body=a&Body=b", "\u{0}\u{1}"] {
            for signature in ["", "AAAA", "no base64!"] {
                refusals.push(post(&world, path, FORM, signature, body).await.expect_status(403).unwrap());
            }
        }
        let shown = |answer: &Answer| {
            let mut body = answer.body.clone();
            body["instance"].take();
            body
        };
        assert!(refusals.iter().all(|answer| shown(answer) == shown(&refusals[0])), "one answer to all");
        post(&world, path, FORM, "", large.clone()).await.expect_status(413).unwrap();
        for content_type in ["application/json", "text/plain", "multipart/form-data; boundary=x", ""] {
            post(&world, path, content_type, "", "Body=a").await.expect_status(415).unwrap();
        }
    }
}

#[tokio::test]
async fn a_message_of_another_account_is_not_ours() {
    let (world, appointment, _) = reminded().await;
    for account in [Some("AC11111111111111111111111111111111"), Some(""), None] {
        let mut form = confirmation(&world);
        form.retain(|(name, _)| name != "AccountSid");
        form.extend(account.map(|account| ("AccountSid".to_owned(), account.to_owned())));
        // A subaccount may have the same token, so the signature is good.
        world.app.signed(PATHS[0], &form).await.unwrap().expect_status(403).unwrap();
    }
    assert_eq!((status(&world, &appointment).await.as_str(), outbox(&world).len()), ("PENDING", 1));
    world.app.signed(PATHS[0], &confirmation(&world)).await.unwrap().expect_status(200).unwrap();
    assert_eq!(status(&world, &appointment).await, "CONFIRMED");
}

#[tokio::test]
async fn while_a_token_is_rotated_both_are_good_and_then_only_the_new_one() {
    const NEW: &str = "fedcba9876543210fedcba9876543210";
    let world = World::new().await;
    let set = |primary: &str, secondary: Option<&str>| {
        let secret = serde_json::json!({ "auth_token": primary, "auth_token_secondary": secondary });
        world.app.system.secrets.set(SecretName::Twilio, secret.to_string());
    };
    let answers = async |token: &str| {
        let form = confirmation(&world);
        let signature = signed_with(token, PATHS[0], &form);
        world.app.form(PATHS[0], &form, &signature).await.unwrap().status.as_u16()
    };
    assert_eq!((answers(FAKE_TOKEN).await, answers(NEW).await), (200, 403));
    set(FAKE_TOKEN, Some(NEW));
    assert_eq!((answers(FAKE_TOKEN).await, answers(NEW).await), (200, 200));
    set(NEW, None);
    assert_eq!((answers(FAKE_TOKEN).await, answers(NEW).await), (403, 200));
}
