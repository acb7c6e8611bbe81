//! Attached files: the password goes to the API only, redirects only to TLS, and no file is longer than the limit.

use crate::loopback::{ACCOUNT, CannedResponse, LoopbackServer};
use twilio::{MediaError, MediaRef};

const LIMIT: usize = 8;

fn media() -> MediaRef {
    MediaRef::new("MM00000000000000000000000000000002", "ME00000000000000000000000000000003").unwrap()
}

fn file(body: &str) -> CannedResponse {
    CannedResponse::http("200 OK\r\nContent-Type: audio/ogg", body)
}

fn redirect(to: &str) -> CannedResponse {
    CannedResponse::http(&format!("307 Temporary Redirect\r\nLocation: {to}"), "")
}

#[tokio::test]
async fn a_file_is_read_with_the_password_and_its_redirect_without() {
    let server = LoopbackServer::start(vec![redirect("/storage/1"), file("OggS")]);
    let found = server.client().fetch_media(&media(), LIMIT).await.unwrap();
    assert_eq!((found.content_type.as_str(), found.bytes.as_slice()), ("audio/ogg", b"OggS".as_slice()));
    let requests = server.requests();
    let path = format!(
        "/2010-04-01/Accounts/{ACCOUNT}/Messages/MM00000000000000000000000000000002/Media/ME00000000000000000000000000000003"
    );
    assert_eq!(requests[0].line(), format!("GET {path} HTTP/1.1"));
    assert_eq!(requests[1].line(), "GET /storage/1 HTTP/1.1");
    let has_password: Vec<bool> = requests.iter().map(|request| request.header("Authorization").is_some()).collect();
    assert_eq!(has_password, [true, false]);
}

/// A storage on the Internet has TLS. Nothing answers at the last address, but it is called.
#[tokio::test]
async fn a_redirect_without_tls_is_not_followed() {
    for (to, expected) in [
        ("http://169.254.169.254/latest/meta-data/", MediaError::Redirected),
        ("http://127.0.0.1:1/x", MediaError::Redirected),
        ("file:///etc/passwd", MediaError::Redirected),
        ("https://127.0.0.1:1/x", MediaError::Unavailable),
    ] {
        let server = LoopbackServer::start(vec![redirect(to)]);
        assert_eq!(server.client().fetch_media(&media(), LIMIT).await, Err(expected), "{to}");
        assert_eq!(server.requests().len(), 1);
    }
    for (redirects, expected) in [(3, Ok(4)), (4, Err(MediaError::Redirected))] {
        let responses = (0..redirects).map(|_| redirect("/again")).chain((redirects == 3).then(|| file("OggS")));
        let server = LoopbackServer::start(responses.collect());
        let found = server.client().fetch_media(&media(), LIMIT).await;
        assert_eq!(found.map(|file| file.bytes.len()), expected, "{redirects}");
        assert_eq!(server.requests().len(), 4);
    }
}

#[tokio::test]
async fn no_file_is_longer_than_the_limit() {
    let undeclared = |body: &str| {
        CannedResponse::Bytes(format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: image/png\r\n\r\n{body}"))
    };
    for (response, expected) in [
        (file("12345678"), Ok(8)),
        (file("123456789"), Err(MediaError::TooLong)),
        (undeclared("12345678"), Ok(8)),
        (undeclared("123456789"), Err(MediaError::TooLong)),
    ] {
        let server = LoopbackServer::start(vec![response]);
        let found = server.client().fetch_media(&media(), LIMIT).await;
        assert_eq!(found.map(|file| file.bytes.len()), expected);
        server.requests();
    }
}

#[tokio::test]
async fn a_refusal_says_why() {
    for (status, expected) in [
        ("404 Not Found", MediaError::NotFound),
        ("410 Gone", MediaError::NotFound),
        ("401 Unauthorized", MediaError::Unauthorized),
        ("500 Internal Server Error", MediaError::Unavailable),
        ("204 No Content", MediaError::Unavailable),
    ] {
        let server = LoopbackServer::start(vec![CannedResponse::http(status, "")]);
        assert_eq!(server.client().fetch_media(&media(), LIMIT).await, Err(expected), "{status}");
        server.requests();
    }
}
