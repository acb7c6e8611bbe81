//! Tests of the real Twilio client with the fake Twilio: the classes of its failures, and an auth token that is rotated
//! while a function runs.

use app::support::ports::{FailureClass, Messenger as _, OutgoingMessage, SecretName, SendOutcome, SendRejection};
use domain::language::Language;
use domain::messages::Template;
use domain::notification::{Address, MessageText};
use domain::time::{Instant, TimeDelta};
use local::fake_twilio::{FailMode, FakeTwilio};
use local::memory_secrets::MemorySecrets;
use local::system::{FAKE_ACCOUNT, FAKE_SENDER, FAKE_TOKEN, secrets};
use platform::Settings;
use platform::messenger::TwilioMessenger;
use std::collections::BTreeMap;
use std::sync::Arc;

const TEMPLATE: &str = "HX00000000000000000000000000000001";

fn now() -> Instant {
    Instant::parse("2026-03-05T12:00:00Z").unwrap()
}

fn start_messenger(token: &str, more: &[(&str, &str)]) -> (FakeTwilio, MemorySecrets, TwilioMessenger) {
    let fake = FakeTwilio::start(FAKE_ACCOUNT.into(), FAKE_TOKEN.into(), Arc::new(|| now().utc())).unwrap();
    let base = fake.base_url();
    let mut settings = BTreeMap::from([
        ("TABLE_NAME", "citas"),
        ("SECRETS_PREFIX", "test"),
        ("TWILIO_ACCOUNT_SID", FAKE_ACCOUNT),
        ("TWILIO_WHATSAPP_SENDER", FAKE_SENDER),
        ("TWILIO_API_BASE", &base),
    ]);
    settings.extend(more.iter().copied());
    let settings = Settings::from_lookup(|name| settings.get(name).map(|value| (*value).to_owned())).unwrap();
    let secrets = secrets("https://citas.example", token);
    let messenger = TwilioMessenger::new(&settings, Arc::new(secrets.clone()));
    (fake, secrets, messenger)
}

fn outgoing_message() -> OutgoingMessage {
    OutgoingMessage {
        to: Address("+12025550141".into()),
        body: MessageText("Hola".into()),
        template: Some((Template::Reminder, Language::Es, BTreeMap::from([("1".into(), "Lucía".into())]))),
        valid_seconds: 3600,
        reference: "01940000-0000-7000-8000-000000000006.1".into(),
    }
}

fn refusal(sent: SendOutcome) -> (FailureClass, Option<u32>) {
    match sent {
        SendOutcome::Rejected(SendRejection { class, code, .. }) => (class, code),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_message_is_sent_as_text_or_as_the_configured_template() {
    let (fake, _, messenger) = start_messenger(FAKE_TOKEN, &[]);
    assert!(matches!(messenger.send(&outgoing_message()).await, SendOutcome::Accepted(_)));
    let sent = fake.messages().pop().unwrap();
    assert_eq!((sent.body.as_deref(), sent.content_sid), (Some("Hola"), None));
    let callback = "https://citas.example/api/notifications/whatsapp/status/?n=01940000-0000-7000-8000-000000000006.1";
    assert_eq!(sent.status_callback.as_deref(), Some(callback));

    let (fake, _, messenger) =
        start_messenger(FAKE_TOKEN, &[("CONTENT_TEMPLATES", &format!("reminder_es={TEMPLATE}"))]);
    assert!(matches!(messenger.send(&outgoing_message()).await, SendOutcome::Accepted(_)));
    assert_eq!(fake.messages().pop().unwrap().content_sid.as_deref(), Some(TEMPLATE));
}

#[tokio::test]
async fn only_a_certain_refusal_may_be_sent_again() {
    let (fake, _, messenger) = start_messenger(FAKE_TOKEN, &[]);
    for mode in [FailMode::TimeoutBeforeAccept, FailMode::TimeoutAfterAccept, FailMode::ServerError] {
        fake.fail(mode, None, 1);
        assert_eq!(messenger.send(&outgoing_message()).await, SendOutcome::Unknown, "{mode:?}");
    }
    for (mode, code, class) in [
        (FailMode::TooManyRequests, None, FailureClass::Transient),
        (FailMode::TooManyRequests, Some(63038), FailureClass::Quota),
        (FailMode::Refused, Some(21611), FailureClass::Transient),
        (FailMode::Refused, Some(21656), FailureClass::Configuration),
        (FailMode::Refused, Some(21610), FailureClass::OptedOut),
        (FailMode::Refused, Some(63024), FailureClass::Recipient),
    ] {
        fake.fail(mode, code, 1);
        assert_eq!(
            refusal(messenger.send(&outgoing_message()).await),
            (class, code.or(Some(20429))),
            "{mode:?} {code:?}"
        );
    }
    // One of the two time-outs was accepted: a look-up finds it, but not with a later start time.
    let found = messenger.sent_since(&outgoing_message().to, now()).await.unwrap();
    assert_eq!(found.iter().map(|found| found.body.0.as_str()).collect::<Vec<_>>(), ["Hola"]);
    let later = now().plus(TimeDelta::seconds(2));
    assert!(messenger.sent_since(&outgoing_message().to, later).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_rotated_token_is_loaded_again() {
    let (fake, secrets, messenger) = start_messenger("a-token-that-was-replaced", &[]);
    assert_eq!(refusal(messenger.send(&outgoing_message()).await), (FailureClass::Configuration, Some(20003)));
    let rotated = serde_json::json!({ "auth_token": FAKE_TOKEN }).to_string();
    secrets.set(SecretName::Twilio, rotated);
    assert!(matches!(messenger.send(&outgoing_message()).await, SendOutcome::Accepted(_)));
    assert_eq!(fake.messages().len(), 1);
}
