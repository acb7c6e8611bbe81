//! Sending: the request, and the class of each outcome.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::time::Duration;

use twilio::{
    Accepted, Content, ErrorClass, MessageStatus, NewMessage, NotAcceptedCause, SendError, Timeouts, UnknownCause,
};

use crate::loopback::{ACCOUNT, CannedResponse, LoopbackServer, TIMEOUTS, client, client_within};

const CREATED: &str = r#"{"sid":"SM00000000000000000000000000000001","status":"queued","body":null,
    "to":"whatsapp:+5491123456789","error_code":null,"num_media":"0","something_new":{}}"#;

fn reminder() -> NewMessage {
    let variables = [("1", "Ana \"la\" Núñez"), ("2", "mié 25 nov 10:30")];
    NewMessage {
        to: "whatsapp:+5491123456789".to_owned(),
        from: "whatsapp:+14155238886".to_owned(),
        content: Content::Template {
            content_sid: "HX000000000000000000000000000000cc".to_owned(),
            variables: BTreeMap::from(variables.map(|(n, v)| (n.to_owned(), v.to_owned()))),
        },
        status_callback: Some("https://citas.example/status/?n=01J9.1".to_owned()),
        validity_period: Some(14_400),
    }
}

/// The outcome of one send to a server with one response.
async fn outcome(response: CannedResponse) -> Result<Accepted, SendError> {
    let server = LoopbackServer::start(vec![response]);
    let outcome = server.client().create_message(&reminder()).await;
    assert_eq!(server.requests().len(), 1, "one send, one request");
    outcome
}

async fn failure(status: &str, body: &str) -> SendError {
    outcome(CannedResponse::http(status, body)).await.unwrap_err()
}

#[tokio::test]
async fn a_template_is_sent_as_a_form_with_basic_auth() {
    let server = LoopbackServer::start(vec![CannedResponse::http("201 Created", CREATED)]);
    let accepted = server.client().create_message(&reminder()).await.unwrap();
    assert_eq!(accepted.sid, "SM00000000000000000000000000000001");
    assert_eq!(accepted.status, MessageStatus::Queued);

    let request = server.requests().remove(0);
    assert_eq!(request.line(), format!("POST /2010-04-01/Accounts/{ACCOUNT}/Messages.json HTTP/1.1"));
    assert_eq!(request.header("Content-Type"), Some("application/x-www-form-urlencoded"));
    // SK…bb:s3cret
    assert_eq!(request.header("Authorization"), Some("Basic U0swMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDBiYjpzM2NyZXQ="));
    let form = request.form();
    let pairs: Vec<_> = form.iter().collect();
    assert_eq!(
        pairs,
        [
            ("To", "whatsapp:+5491123456789"),
            ("From", "whatsapp:+14155238886"),
            ("ContentSid", "HX000000000000000000000000000000cc"),
            ("ContentVariables", r#"{"1":"Ana \"la\" Núñez","2":"mié 25 nov 10:30"}"#),
            ("StatusCallback", "https://citas.example/status/?n=01J9.1"),
            ("ValidityPeriod", "14400"),
        ]
    );
}

#[tokio::test]
async fn a_text_is_sent_without_optional_parameters() {
    let server = LoopbackServer::start(vec![CannedResponse::http("201 Created", CREATED)]);
    let text = NewMessage {
        content: Content::Body("¿Confirmas? 1 Sí & 2 No".to_owned()),
        status_callback: None,
        validity_period: None,
        ..reminder()
    };
    server.client().create_message(&text).await.unwrap();
    let form = server.requests().remove(0).form();
    assert_eq!(form.len(), 3);
    assert_eq!(form.get("Body"), Some("¿Confirmas? 1 Sí & 2 No"));
}

#[tokio::test]
async fn after_too_many_requests_the_message_was_not_accepted() {
    let busy = failure("429 Too Many Requests", r#"{"code":20429,"status":429}"#).await;
    assert_eq!((busy.kind(), busy.code()), ("not_accepted", Some(20429)));
    let bare = failure("429 Too Many Requests", "").await;
    assert_eq!((bare.kind(), bare.code()), ("not_accepted", None));
    let full = failure("400 Bad Request", r#"{"code":21611,"status":400}"#).await;
    assert_eq!(full, SendError::NotAccepted { cause: NotAcceptedCause::QueueFull });
}

#[tokio::test]
async fn a_rejection_keeps_the_code_and_drops_the_number() {
    let body = r#"{"code":21211,"message":"The 'To' number +278 is not valid","more_info":"","status":400}"#;
    let refused = failure("400 Bad Request", body).await;
    assert_eq!(refused, SendError::Rejected { status: 400, code: Some(21211), class: ErrorClass::Permanent });
    assert!(!format!("{refused} {refused:?}").contains("278"));
    let page = failure("403 Forbidden", "<html>No</html>").await;
    assert_eq!(page.class(), ErrorClass::Configuration);
    // The body is shorter than its length; the status line suffices.
    let cut = "HTTP/1.1 400 Bad Request\r\nContent-Length: 99\r\n\r\n{\"code\"".to_owned();
    let cut = outcome(CannedResponse::Bytes(cut)).await.unwrap_err();
    assert_eq!((cut.kind(), cut.code()), ("rejected", None));
}

#[tokio::test]
async fn without_a_connection_nothing_was_sent() {
    let not_sent = Err(SendError::NotAccepted { cause: NotAcceptedCause::NoConnection });
    // A port on which no server listens.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let refused = client(&format!("http://127.0.0.1:{port}"));
    assert_eq!(refused.create_message(&reminder()).await, not_sent);

    // A server that accepts the connection and doesn't speak TLS.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("https://{}", listener.local_addr().unwrap());
    let thread = std::thread::spawn(move || drop(listener.accept().unwrap()));
    assert_eq!(client(&base).create_message(&reminder()).await, not_sent);
    thread.join().unwrap();

    // A server that never answers: the kernel accepts the connection, the process doesn't.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("https://{}", listener.local_addr().unwrap());
    let timeouts = Timeouts { connect: Duration::from_millis(300), ..TIMEOUTS };
    let hasty = client_within(&base, timeouts);
    assert_eq!(hasty.create_message(&reminder()).await, not_sent);
}

#[tokio::test]
async fn after_the_request_was_written_the_outcome_is_unknown() {
    let unknown = |cause| Err(SendError::Unknown { cause });
    assert_eq!(outcome(CannedResponse::Close).await, unknown(UnknownCause::ConnectionLost));
    assert_eq!(
        outcome(CannedResponse::http("500 Internal Server Error", r#"{"code":20500}"#)).await,
        unknown(UnknownCause::Server { status: 500, code: Some(20500) })
    );
    assert_eq!(
        outcome(CannedResponse::http("503 Service Unavailable", "<html>")).await,
        unknown(UnknownCause::Server { status: 503, code: None })
    );
    let cut = "HTTP/1.1 201 Created\r\nContent-Length: 99\r\n\r\n{\"sid\"".to_owned();
    assert_eq!(outcome(CannedResponse::Bytes(cut)).await, unknown(UnknownCause::ConnectionLost));

    let server = LoopbackServer::start(vec![CannedResponse::Silence]);
    let timeouts = Timeouts { total: Duration::from_millis(300), ..TIMEOUTS };
    let hasty = client_within(&format!("http://{}", server.address), timeouts);
    let outcome = hasty.create_message(&reminder()).await;
    assert_eq!(outcome, unknown(UnknownCause::Timeout));
    // The runtime has to keep running, so that it closes the connection that the server waits for.
    let requests = tokio::task::spawn_blocking(|| server.requests());
    assert_eq!(requests.await.unwrap().len(), 1);
}

#[tokio::test]
async fn success_without_a_sid_is_unknown() {
    let long = format!(r#"{{"sid":"{}"}}"#, "A".repeat(100_000));
    for garbage in ["", "<html>OK</html>", "{}", r#"{"sid":null}"#, r#"{"sid":"SM#1"}"#, &long] {
        assert_eq!(
            failure("201 Created", garbage).await,
            SendError::Unknown { cause: UnknownCause::Unreadable { status: 201 } },
            "{garbage:.20}"
        );
    }
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let moved = "HTTP/1.1 307 Temporary Redirect\r\nLocation: /elsewhere\r\n\
        Content-Length: 0\r\nConnection: close\r\n\r\n";
    let moved = outcome(CannedResponse::Bytes(moved.to_owned())).await.unwrap_err();
    assert_eq!(moved.kind(), "unknown");
}

#[test]
fn debug_shows_neither_number_nor_text_nor_password() {
    let text = NewMessage { content: Content::Body("hola".to_owned()), ..reminder() };
    let shown = format!("{:?} {text:?} {:?}", reminder(), client("http://127.0.0.1:1"));
    for secret in ["549", "Ana", "hola", "s3cret", "01J9"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
