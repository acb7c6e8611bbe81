//! Tests that the local server reads the environment as the functions do on Lambda.

use crate::dev_server::DevServer;
use crate::phone_chat::book;
use crate::server_restarts::{post, sign_in};
use local::system::{FAKE_ACCOUNT, FAKE_SENDER};
use platform::https;
use serde_json::{Value, json};
use testkit::test_app::TestError;
use twilio::Form;
use twilio::signature::{AuthToken, sign};

const WEBHOOK: &str = "/api/notifications/whatsapp/webhook/";
const STRANGER: &str = "whatsapp:+12025550198";
const TOKEN: &str = "an auth token of this test";
const SID: &str = "SM0123456789abcdef0123456789abcdef";
const OWN_TEMPLATE: &str = "HX00000000000000000000000000000abc";

async fn messages(server: &DevServer) -> Result<Vec<Value>, TestError> {
    let url = format!("{}/_dev/twilio/messages/", server.url());
    Ok(https::client().build()?.get(url).send().await?.error_for_status()?.json().await?)
}

/// Books an appointment for whose reminder it is time, and has it sent.
async fn remind(server: &DevServer) -> Result<Value, TestError> {
    book(server, &sign_in(server).await?).await?;
    post(server, "/_dev/clock/", None, &json!({ "now": "2026-01-10T13:00:00Z" })).await?;
    post(server, "/_dev/reminders/run/", None, &json!({})).await?;
    Ok(messages(server).await?.pop().ok_or("no reminder")?)
}

/// K32. Twilio signs the address that was entered there, which has one slash before the path.
#[tokio::test]
async fn webhooks_are_accepted_whether_or_not_the_public_address_ends_in_a_slash() -> Result<(), TestError> {
    for (given, signed) in [
        ("https://citas.example.com/", "https://citas.example.com"),
        ("https://citas.example.com", "https://citas.example.com"),
        (" https://citas.example.com/v1// ", "https://citas.example.com/v1"),
    ] {
        let environment = [("PUBLIC_BASE_URL", given), ("TWILIO_AUTH_TOKEN", TOKEN)];
        let server = DevServer::start_in(&["--memory"], &environment)?;
        let form = [("AccountSid", FAKE_ACCOUNT), ("To", FAKE_SENDER), ("From", STRANGER), ("Body", "hola")];
        let form: Form = form.into_iter().chain([("MessageSid", SID), ("NumMedia", "0")]).collect();
        let signature = sign(&AuthToken::new(TOKEN), &format!("{signed}{WEBHOOK}"), &form);
        let request = https::client().build()?.post(format!("{}{WEBHOOK}", server.url())).body(form.encode());
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        assert_eq!(request.header("x-twilio-signature", signature).send().await?.status(), 200, "{given:?}");
    }
    Ok(())
}

/// K32.
#[tokio::test]
async fn own_templates_are_used_and_without_them_the_fake_has_its_own() -> Result<(), TestError> {
    let arguments = ["--memory", "--now", "2026-01-05T15:00:00Z"];
    let own = format!("reminder_es={OWN_TEMPLATE}");
    let server = DevServer::start_in(&arguments, &[("CONTENT_TEMPLATES", &own)])?;
    assert_eq!(remind(&server).await?["content_sid"], OWN_TEMPLATE);
    let server = DevServer::start(&arguments)?;
    let message = remind(&server).await?;
    let titles: Vec<&Value> =
        message["buttons"].as_array().ok_or("no buttons")?.iter().map(|it| &it["title"]).collect();
    assert_eq!(titles, ["Confirmar", "Reprogramar", "Cancelar"]);
    assert!(message["body"].as_str().is_some_and(|body| body.contains("Lucía")), "{message}");
    Ok(())
}

#[test]
fn a_setting_that_is_wrong_is_named() -> Result<(), TestError> {
    for (name, value) in [("MESSAGES_PER_SECOND", "muchos"), ("CONTENT_TEMPLATES", "recordatorio")] {
        let error = DevServer::start_in(&["--memory"], &[(name, value)]).err().ok_or("it started")?.to_string();
        assert!(error.contains(name), "{error}");
    }
    Ok(())
}
