//! Tests of the authentication of the public webhooks: only requests signed by Twilio are accepted, and a refusal has
//! no reason.

use crate::clinic_setup::ClinicSetup;
use crate::replies::{appointment_status, outbox, reminded_setup};
use app::support::ports::SecretName;
use bytes::Bytes;
use http::{Method, Request};
use local::fake_twilio::PatientReply;
use local::system::FAKE_TOKEN;
use testkit::test_app::{PUBLIC_URL, TestResponse};
use twilio::{AuthToken, Form, signature};

const PATHS: [&str; 2] = ["/api/notifications/whatsapp/webhook/", "/api/notifications/whatsapp/status/"];
const FORM: &str = "application/x-www-form-urlencoded";

async fn post_form(
    setup: &ClinicSetup,
    path: &str,
    content_type: &str,
    signature: &str,
    body: impl Into<Bytes>,
) -> TestResponse {
    let request = Request::builder()
        .method(Method::POST)
        .uri(path)
        .header("content-type", content_type)
        .header("x-twilio-signature", signature)
        .body(body.into())
        .unwrap();
    setup.app.call(request).await
}

/// The form of a message that would confirm the appointment.
fn confirming_form(setup: &ClinicSetup) -> Vec<(String, String)> {
    let reply = PatientReply { body: Some("Confirmo".into()), ..ClinicSetup::patient_reply() };
    setup.app.twilio().unwrap().inbound_form(&reply).0
}

fn signature_with(token: &str, path: &str, form: &[(String, String)]) -> String {
    let form: Form = form.iter().cloned().collect();
    signature::sign(&AuthToken::new(token), &format!("{PUBLIC_URL}{path}"), &form)
}

#[tokio::test]
async fn an_unsigned_form_is_refused_without_a_reason() {
    let setup = ClinicSetup::new().await;
    let large = format!("Body={}", "a".repeat(33 * 1024));
    for path in PATHS {
        let mut refusals = Vec::new();
        for body in ["", "Body=%ZZ", "Body=%FF%FE", "Body", "=", "&&&", "Body=a&Body=b", "\u{0}\u{1}"] {
            for signature in ["", "AAAA", "no base64!"] {
                refusals.push(post_form(&setup, path, FORM, signature, body).await.expect_status(403).unwrap());
            }
        }
        let shown = |answer: &TestResponse| {
            let mut body = answer.body.clone();
            body["instance"].take();
            body
        };
        assert!(refusals.iter().all(|answer| shown(answer) == shown(&refusals[0])), "all refusals are the same");
        post_form(&setup, path, FORM, "", large.clone()).await.expect_status(413).unwrap();
        for content_type in ["application/json", "text/plain", "multipart/form-data; boundary=x", ""] {
            post_form(&setup, path, content_type, "", "Body=a").await.expect_status(415).unwrap();
        }
    }
}

#[tokio::test]
async fn a_message_of_another_account_is_refused() {
    let (setup, appointment, _) = reminded_setup().await;
    for account in [Some("AC11111111111111111111111111111111"), Some(""), None] {
        let mut form = confirming_form(&setup);
        form.retain(|(name, _)| name != "AccountSid");
        form.extend(account.map(|account| ("AccountSid".to_owned(), account.to_owned())));
        // A subaccount can have the same token, so that the signature is valid.
        setup.app.post_signed(PATHS[0], &form).await.unwrap().expect_status(403).unwrap();
    }
    assert_eq!((appointment_status(&setup, &appointment).await.as_str(), outbox(&setup).len()), ("PENDING", 1));
    setup.app.post_signed(PATHS[0], &confirming_form(&setup)).await.unwrap().expect_status(200).unwrap();
    assert_eq!(appointment_status(&setup, &appointment).await, "CONFIRMED");
}

#[tokio::test]
async fn during_a_rotation_both_tokens_are_valid_and_then_only_the_new_one() {
    const NEW: &str = "fedcba9876543210fedcba9876543210";
    let setup = ClinicSetup::new().await;
    let set = |primary: &str, secondary: Option<&str>| {
        let secret = serde_json::json!({ "auth_token": primary, "auth_token_secondary": secondary });
        setup.app.system.secrets.set(SecretName::Twilio, secret.to_string());
    };
    let answers = async |token: &str| {
        let form = confirming_form(&setup);
        let signature = signature_with(token, PATHS[0], &form);
        setup.app.form(PATHS[0], &form, &signature).await.unwrap().status.as_u16()
    };
    assert_eq!((answers(FAKE_TOKEN).await, answers(NEW).await), (200, 403));
    set(FAKE_TOKEN, Some(NEW));
    assert_eq!((answers(FAKE_TOKEN).await, answers(NEW).await), (200, 200));
    set(NEW, None);
    assert_eq!((answers(FAKE_TOKEN).await, answers(NEW).await), (403, 200));
}
