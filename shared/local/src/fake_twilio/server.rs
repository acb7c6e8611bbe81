//! The fake's HTTP server, on plain hyper, because only hyper can close a connection without a response.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, LOCATION};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use super::state::{FakeTwilioState, TwilioRequest, TwilioResponse};

/// The longest request body, in bytes.
const BODY_LIMIT: usize = 1024 * 1024;

/// An error of the service: hyper then closes the connection without a response.
type ClosedConnection = Box<dyn std::error::Error + Send + Sync>;

/// Serves every connection until it is aborted.
pub(super) async fn accept(listener: TcpListener, state: Arc<FakeTwilioState>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // For example out of file handles: some are free again soon.
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        let state = Arc::clone(&state);
        tokio::spawn(async move {
            let service = service_fn(|request| serve(&state, request));
            let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            // An error means a closed connection, by us on purpose or by the client.
            let _ = connection.await;
        });
    }
}

async fn serve(
    state: &FakeTwilioState,
    request: http::Request<Incoming>,
) -> Result<Response<Full<Bytes>>, ClosedConnection> {
    let (head, body) = request.into_parts();
    let body = Limited::new(body, BODY_LIMIT).collect().await?.to_bytes();
    let answer = state.respond(&TwilioRequest {
        method: head.method.as_str(),
        path: head.uri.path(),
        query: head.uri.query().unwrap_or_default(),
        authorization: header(&head.headers, &AUTHORIZATION),
        content_type: header(&head.headers, &CONTENT_TYPE),
        body: &body,
    });
    let (status, name, value, body) = match answer {
        TwilioResponse::Json(status, json) => {
            (status, CONTENT_TYPE, "application/json;charset=utf-8".to_owned(), Bytes::from(json.to_string()))
        }
        TwilioResponse::File(file) => (200, CONTENT_TYPE, file.content_type, file.bytes.into()),
        TwilioResponse::Redirect(to) => (307, LOCATION, to, Bytes::new()),
        TwilioResponse::Closed => return Err("the connection is closed on purpose".into()),
    };
    let mut response = Response::new(Full::from(body));
    *response.status_mut() = StatusCode::from_u16(status)?;
    response.headers_mut().insert(name, HeaderValue::from_str(&value)?);
    Ok(response)
}

fn header<'a>(headers: &'a HeaderMap, name: &HeaderName) -> &'a str {
    let value = headers.get(name).map(HeaderValue::to_str);
    value.and_then(Result::ok).unwrap_or_default()
}
