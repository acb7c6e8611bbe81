//! The real Twilio client against the fake: what each kind of failure is taken for, and a token that
//! was rotated under a running function.

use app::support::ports::{Messenger as _, Outgoing, Refusal, RefusalClass, SecretName, Sent};
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

fn start(token: &str, more: &[(&str, &str)]) -> (FakeTwilio, MemorySecrets, TwilioMessenger) {
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

fn message() -> Outgoing {
    Outgoing {
        to: Address("+12025550141".into()),
        body: MessageText("Hola".into()),
        template: Some((Template::Reminder, Language::Es, BTreeMap::from([("1".into(), "Lucía".into())]))),
        valid_seconds: 3600,
        reference: "01940000-0000-7000-8000-000000000006.1".into(),
    }
}

fn refusal(sent: Sent) -> (RefusalClass, Option<u32>) {
    match sent {
        Sent::Refused(Refusal { class, code, .. }) => (class, code),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn words_where_no_template_is_set_and_the_template_where_one_is() {
    let (fake, _, messenger) = start(FAKE_TOKEN, &[]);
    assert!(matches!(messenger.send(&message()).await, Sent::Accepted(_)));
    let sent = fake.messages().pop().unwrap();
    assert_eq!((sent.body.as_deref(), sent.content_sid), (Some("Hola"), None));
    let callback = "https://citas.example/api/notifications/whatsapp/status/?n=01940000-0000-7000-8000-000000000006.1";
    assert_eq!(sent.status_callback.as_deref(), Some(callback));

    let (fake, _, messenger) = start(FAKE_TOKEN, &[("CONTENT_TEMPLATES", &format!("reminder_es={TEMPLATE}"))]);
    assert!(matches!(messenger.send(&message()).await, Sent::Accepted(_)));
    assert_eq!(fake.messages().pop().unwrap().content_sid.as_deref(), Some(TEMPLATE));
}

#[tokio::test]
async fn only_what_certainly_was_not_accepted_may_be_sent_again() {
    let (fake, _, messenger) = start(FAKE_TOKEN, &[]);
    for mode in [FailMode::TimeoutBeforeAccept, FailMode::TimeoutAfterAccept, FailMode::ServerError] {
        fake.fail(mode, None, 1);
        assert_eq!(messenger.send(&message()).await, Sent::Unknown, "{mode:?}");
    }
    for (mode, code, class) in [
        (FailMode::TooManyRequests, None, RefusalClass::Soon),
        (FailMode::TooManyRequests, Some(63038), RefusalClass::Later),
        (FailMode::Refused, Some(21611), RefusalClass::Soon),
        (FailMode::Refused, Some(21656), RefusalClass::Configuration),
        (FailMode::Refused, Some(21610), RefusalClass::Receiver),
        (FailMode::Refused, Some(63024), RefusalClass::Receiver),
    ] {
        fake.fail(mode, code, 1);
        assert_eq!(refusal(messenger.send(&message()).await), (class, code.or(Some(20429))), "{mode:?} {code:?}");
    }
    // One of the two time-outs had been accepted: a look-up finds it, and nothing from later on.
    let found = messenger.sent_since(&message().to, now()).await.unwrap();
    assert_eq!(found.iter().map(|found| found.body.0.as_str()).collect::<Vec<_>>(), ["Hola"]);
    let later = now().plus(TimeDelta::seconds(2));
    assert!(messenger.sent_since(&message().to, later).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_rotated_token_is_looked_up_once() {
    let (fake, secrets, messenger) = start("a-token-that-was-replaced", &[]);
    assert_eq!(refusal(messenger.send(&message()).await), (RefusalClass::Configuration, Some(20003)));
    let rotated = serde_json::json!({ "auth_token": FAKE_TOKEN }).to_string();
    secrets.set(SecretName::Twilio, rotated);
    assert!(matches!(messenger.send(&message()).await, Sent::Accepted(_)));
    assert_eq!(fake.messages().len(), 1);
}
