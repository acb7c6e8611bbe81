//! Listing: all pages or an error, and no request to another URL.

use twilio::list::MAX_PAGES;
use twilio::{Direction, ErrorClass, ListError, MessageQuery, MessageStatus};

use crate::loopback::{ACCOUNT, CannedResponse, LoopbackServer};

fn path() -> String {
    format!("/2010-04-01/Accounts/{ACCOUNT}/Messages.json")
}

fn page(sid: &str, next: Option<&str>) -> CannedResponse {
    let next = next.map_or("null".to_owned(), |next| format!("\"{next}\""));
    let body = format!(
        r#"{{"messages":[{{"sid":"{sid}","to":"whatsapp:+5491123456789","from":null,
        "body":"Hola","direction":"outbound-api","status":"undelivered","error_code":63016,
        "date_created":"Thu, 24 Aug 2023 05:01:45 +0000","date_sent":null,"price":null}}],
        "next_page_uri":{next},"page":0,"page_size":50}}"#
    );
    CannedResponse::http("200 OK", &body)
}

fn query() -> MessageQuery {
    MessageQuery { to: Some("whatsapp:+5491123456789".to_owned()), ..MessageQuery::default() }
}

#[tokio::test]
async fn all_pages_are_read() {
    let next = format!("{}?Page=1&PageToken=PASM1", path());
    let server = LoopbackServer::start(vec![page("SM1", Some(&next)), page("SM2", None)]);
    let records = server.client().list_messages(&query()).await.unwrap();

    let requests = server.requests();
    assert_eq!(requests[0].line(), format!("GET {}?To=whatsapp%3A%2B5491123456789&PageSize=50 HTTP/1.1", path()));
    assert_eq!(requests[1].line(), format!("GET {next} HTTP/1.1"));
    assert!(requests.iter().all(|r| r.header("Authorization").is_some()));

    let sids: Vec<_> = records.iter().map(|record| record.sid.as_str()).collect();
    assert_eq!(sids, ["SM1", "SM2"]);
    let record = &records[0];
    assert_eq!(record.direction, Direction::Outbound);
    assert_eq!(record.status, MessageStatus::Undelivered);
    assert_eq!(record.error_code, Some(63016));
    assert_eq!((record.from.as_str(), record.body.as_str()), ("", "Hola"));
    assert_eq!(record.date_created.to_rfc3339(), "2023-08-24T05:01:45+00:00");
    let shown = format!("{record:?} {:?}", query());
    assert!(!shown.contains("549") && !shown.contains("Hola"), "{shown}");
}

#[tokio::test]
async fn a_list_with_too_many_pages_is_an_error() {
    let next = format!("{}?Page=1", path());
    let pages = (0..MAX_PAGES).map(|_| page("SM1", Some(&next))).collect();
    let server = LoopbackServer::start(pages);
    let outcome = server.client().list_messages(&query()).await;
    assert_eq!(outcome, Err(ListError::TooManyPages));
    assert_eq!(server.requests().len(), MAX_PAGES);
}

#[tokio::test]
async fn a_page_outside_the_account_is_not_requested() {
    for next in [
        "https://elsewhere.example/",
        "//elsewhere.example/",
        "@elsewhere.example/",
        "/2010-04-01/Accounts/AC00000000000000000000000000000000/Messages.json?Page=1",
        &format!("{}/../../x", path()),
    ] {
        let server = LoopbackServer::start(vec![page("SM1", Some(next))]);
        let outcome = server.client().list_messages(&query()).await;
        assert_eq!(outcome, Err(ListError::ForeignPage), "{next}");
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn each_failure_has_its_error() {
    let bad_date = r#"{"messages":[{"sid":"SM1","date_created":"yesterday"}]}"#;
    for (response, wanted) in [
        (CannedResponse::Close, ListError::Unreachable),
        (CannedResponse::http("200 OK", "<html>"), ListError::Unreadable),
        (CannedResponse::http("200 OK", bad_date), ListError::Unreadable),
        (
            CannedResponse::http("401 Unauthorized", r#"{"code":20003}"#),
            ListError::Refused { status: 401, code: Some(20003), class: ErrorClass::Configuration },
        ),
        (
            CannedResponse::http("429 Too Many Requests", ""),
            ListError::Refused { status: 429, code: None, class: ErrorClass::Retry },
        ),
    ] {
        let server = LoopbackServer::start(vec![response]);
        let outcome = server.client().list_messages(&query()).await;
        assert_eq!(outcome, Err(wanted));
        server.requests();
    }
}
