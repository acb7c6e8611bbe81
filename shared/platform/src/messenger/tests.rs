use super::*;
use app::support::ports::{FailureClass, SecretError, SecretName, SecretText, SendRejection};
use domain::language::Language;
use domain::messages::Template;
use domain::notification::MessageText;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use twilio::send_error::{NotAcceptedCause, UnknownCause};
use twilio::{Accepted, Content, Direction, ErrorClass, ListError, MessageRecord, MessageStatus, SendError};

const TEMPLATE: &str = "HX00000000000000000000000000000001";
const ACCOUNT: &str = "AC00000000000000000000000000000001";

fn settings(more: &[(&str, &str)]) -> Settings {
    let all = [("TABLE_NAME", "t"), ("SECRETS_PREFIX", "p")];
    let set: BTreeMap<&str, &str> = all.iter().chain(more).copied().collect();
    Settings::from_lookup(|name| set.get(name).map(|value| (*value).to_owned())).unwrap()
}

fn outgoing(template: Option<Language>) -> OutgoingMessage {
    let variables = BTreeMap::from([("1".to_owned(), "Ana".to_owned())]);
    OutgoingMessage {
        to: Address("+5491123456789".into()),
        body: MessageText("Hola Ana".into()),
        template: template.map(|language| (Template::Reminder, language, variables)),
        valid_seconds: 3600,
        reference: "0190a0b0-0000-7000-8000-000000000001.2".into(),
    }
}

fn refused(class: FailureClass, code: Option<u32>, meaning: &str) -> SendOutcome {
    SendOutcome::Rejected(SendRejection { class, code, meaning: Some(meaning.to_owned()) })
}

/// Secrets whose Twilio token changes with each fresh read.
#[derive(Default)]
struct Rotating {
    fresh_reads: AtomicUsize,
    broken: bool,
}

impl Secrets for Rotating {
    fn get(&self, name: SecretName, fresh: bool) -> BoxFuture<'_, Result<SecretText, SecretError>> {
        let version = if fresh {
            self.fresh_reads.fetch_add(1, Ordering::Relaxed) + 1
        } else {
            self.fresh_reads.load(Ordering::Relaxed)
        };
        let text = match name {
            _ if self.broken => Err(SecretError { name: name.name(), reason: "test".into() }),
            SecretName::Twilio => Ok(SecretText(format!(r#"{{"auth_token": "token-{version}"}}"#))),
            _ => Ok(SecretText("https://citas.example.com".into())),
        };
        Box::pin(std::future::ready(text))
    }
}

#[test]
fn the_channel_is_added_once() {
    assert_eq!(address("+573001234567"), "whatsapp:+573001234567");
    assert_eq!(address("whatsapp:+5215512345678"), "whatsapp:+5215512345678");
    assert_eq!(address("whatsapp:MX.1a2B"), "whatsapp:MX.1a2B");
}

#[test]
fn a_reminder_uses_the_template_of_its_language() {
    let templates = ContentTemplates::parse(&format!("reminder_es={TEMPLATE}")).unwrap();
    let content = |language| {
        let message = new_message(&outgoing(language), "whatsapp:+1", &templates, "https://citas.example.com");
        message.content
    };
    let Content::Template { content_sid, variables } = content(Some(Language::Es)) else { panic!("no template") };
    assert_eq!((content_sid.as_str(), variables.get("1").map(String::as_str)), (TEMPLATE, Some("Ana")));
    assert!(content(Some(Language::En)) == Content::Body("Hola Ana".into()));
    assert!(content(None) == Content::Body("Hola Ana".into()));
}

#[test]
fn the_status_callback_is_at_the_public_address() {
    let templates = ContentTemplates::default();
    let message = new_message(&outgoing(None), "whatsapp:+1", &templates, "https://citas.example.com/v");
    let callback =
        "https://citas.example.com/v/api/notifications/whatsapp/status/?n=0190a0b0-0000-7000-8000-000000000001.2";
    assert_eq!(message.status_callback.as_deref(), Some(callback));
    assert_eq!(message.validity_period, Some(3600));
    assert_eq!((message.to.as_str(), message.from.as_str()), ("whatsapp:+5491123456789", "whatsapp:+1"));
}

#[test]
fn a_code_has_the_same_class_in_a_callback_and_in_a_refusal() {
    for row in twilio::errors::TABLE.iter().filter(|row| row.class != ErrorClass::Unknown) {
        let error = SendError::Rejected { status: 400, code: Some(row.code), class: row.class };
        assert_eq!(to_send_outcome(Err(error)), SendOutcome::Rejected(undelivered(Some(row.code))), "{}", row.code);
    }
    let classes = [63_012, 63_018, 63_041, 63_024, 63_014].map(|code| undelivered(Some(code)).class);
    assert_eq!(classes, FailureClass::ALL);
    // It failed at Twilio, so that it was certainly not sent.
    assert_eq!(undelivered(Some(20_500)).class, FailureClass::Transient);
    assert_eq!(undelivered(None), SendRejection { class: FailureClass::Recipient, code: None, meaning: None });
}

#[test]
fn twilios_errors_are_mapped_to_failure_classes() {
    let accepted = Accepted { sid: "SM1".into(), status: MessageStatus::Queued };
    assert_eq!(to_send_outcome(Ok(accepted)), SendOutcome::Accepted("SM1".into()));
    let full = refused(FailureClass::Transient, Some(21611), "sender's queue is full");
    assert_eq!(to_send_outcome(Err(SendError::NotAccepted { cause: NotAcceptedCause::QueueFull })), full);
    assert_eq!(to_send_outcome(Err(SendError::Unknown { cause: UnknownCause::Timeout })), SendOutcome::Unknown);
    let rejected = |status, code| SendError::Rejected { status, code, class: ErrorClass::Permanent };
    let opted_out = refused(FailureClass::Recipient, Some(21610), "receiver opted out");
    assert_eq!(to_send_outcome(Err(rejected(400, Some(21610)))), opted_out);
    assert_eq!(
        to_send_outcome(Err(rejected(404, None))),
        refused(FailureClass::Recipient, None, "refused with HTTP 404")
    );
    assert!(is_login_refused(&rejected(401, None)) && is_login_refused(&rejected(403, Some(20003))));
    assert!(!is_login_refused(&rejected(400, Some(21610))));
    assert!(!is_login_refused(&SendError::Unknown { cause: UnknownCause::Server { status: 500, code: Some(20003) } }));
    let list = |status, code| ListError::Refused { status, code, class: ErrorClass::Configuration };
    assert!(
        is_list_login_refused(&list(401, None))
            && !is_list_login_refused(&list(429, None))
            && !is_list_login_refused(&ListError::Unreachable)
    );
}

#[test]
fn only_outbound_messages_since_then_are_listed() {
    let since = Instant::parse("2026-03-05T12:00:00.7Z").unwrap();
    let record = |sid: &str, seconds: i64, direction| MessageRecord {
        num_media: 0,
        sid: sid.into(),
        to: String::new(),
        from: String::new(),
        body: "Hola".into(),
        direction,
        status: MessageStatus::Sent,
        error_code: None,
        date_created: Instant::from_unix(since.unix() + seconds).unwrap().utc(),
    };
    let records = vec![
        record("later", 5, Direction::Outbound),
        record("answer", 3, Direction::Inbound),
        record("same second", 0, Direction::Outbound),
        record("before", -1, Direction::Outbound),
    ];
    let found: Vec<_> = outbound_since(records, since).into_iter().map(|message| message.sid).collect();
    assert_eq!(found, ["later", "same second"]);
}

#[tokio::test]
async fn a_missing_setting_is_the_reason_of_the_rejection() {
    for (more, meaning) in [
        (vec![], "WhatsApp sender not configured"),
        (vec![("TWILIO_WHATSAPP_SENDER", "+1")], "Twilio account not configured"),
        (
            vec![("TWILIO_WHATSAPP_SENDER", "+1"), ("TWILIO_ACCOUNT_SID", "AC1")],
            "Twilio account, key or address wrongly configured",
        ),
    ] {
        let messenger = TwilioMessenger::new(&settings(&more), Arc::new(Rotating::default()));
        let outcome = messenger.send(&outgoing(None)).await;
        assert_eq!(outcome, refused(FailureClass::Configuration, None, meaning));
        assert!(messenger.sent_since(&Address("+1".into()), Instant::from_unix(0).unwrap()).await.is_none());
    }
}

#[tokio::test]
async fn an_unreadable_secret_is_a_transient_failure() {
    let settings = settings(&[("TWILIO_WHATSAPP_SENDER", "+1"), ("TWILIO_ACCOUNT_SID", ACCOUNT)]);
    let messenger = TwilioMessenger::new(&settings, Arc::new(Rotating { broken: true, ..Rotating::default() }));
    assert_eq!(messenger.send(&outgoing(None)).await, SendOutcome::Rejected(SendRejection::not_attempted()));
}

/// Secrets that can't be read in time: not at all, or not once more.
struct Slow {
    always: bool,
}

impl Secrets for Slow {
    fn get(&self, name: SecretName, fresh: bool) -> BoxFuture<'_, Result<SecretText, SecretError>> {
        if fresh || self.always {
            return Box::pin(std::future::pending());
        }
        let text = if name == SecretName::Twilio { r#"{"auth_token": "token"}"# } else { "https://citas.example.com" };
        Box::pin(std::future::ready(Ok(SecretText(text.into()))))
    }
}

/// A server that gives the first connection an answer, or none if it is empty. Returns its address.
async fn slow_server(answer: &'static str) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.read(&mut [0; 4096]).await.unwrap();
        stream.write_all(answer.as_bytes()).await.unwrap();
        std::future::pending::<()>().await;
    });
    address
}

#[tokio::test]
async fn a_send_ends_within_its_time_limit_with_everything_that_it_needs() {
    let login_refused = "HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n";
    for (always, answer, wanted) in [
        (true, "", SendOutcome::Rejected(SendRejection::not_attempted())),
        (false, "", SendOutcome::Unknown),
        (false, login_refused, refused(FailureClass::Configuration, None, "refused with HTTP 401")),
    ] {
        let address = slow_server(answer).await;
        let settings = settings(&[
            ("TWILIO_WHATSAPP_SENDER", "+1"),
            ("TWILIO_ACCOUNT_SID", ACCOUNT),
            ("TWILIO_API_BASE", &address),
        ]);
        let mut messenger = TwilioMessenger::new(&settings, Arc::new(Slow { always }));
        assert_eq!(messenger.time_limit, Duration::from_secs(8));
        messenger.time_limit = Duration::from_millis(300);
        assert_eq!(messenger.send(&outgoing(None)).await, wanted);
    }
}

#[tokio::test]
async fn concurrent_refused_logins_renew_the_session_once() {
    let settings = settings(&[("TWILIO_ACCOUNT_SID", ACCOUNT)]);
    let secrets = Arc::new(Rotating::default());
    let sessions = SessionCache::new(&settings, Arc::clone(&secrets) as Arc<dyn Secrets>);
    let first = sessions.current().await.unwrap();
    assert!(Arc::ptr_eq(&first, &sessions.current().await.unwrap()));
    let second = sessions.renew(&first).await.unwrap();
    // A second message that was refused with the first secret gets the newer session.
    assert!(Arc::ptr_eq(&second, &sessions.renew(&first).await.unwrap()));
    assert!(Arc::ptr_eq(&second, &sessions.current().await.unwrap()));
    assert_eq!(secrets.fresh_reads.load(Ordering::Relaxed), 1);
}
