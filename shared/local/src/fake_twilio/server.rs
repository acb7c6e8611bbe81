//! How does the fake speak HTTP? On bare hyper, because only there can an answer be to close the
//! connection in the client's face.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use super::state::{Answer, Request, State};

/// Most bytes read of a request's body.
const BODY_LIMIT: usize = 1024 * 1024;

/// hyper closes the connection without a word when a service fails.
type Cut = Box<dyn std::error::Error + Send + Sync>;

/// Serves every connection until it is aborted.
pub(super) async fn accept(listener: TcpListener, state: Arc<State>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Out of file handles, say: some will be free again soon.
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        let state = Arc::clone(&state);
        tokio::spawn(async move {
            let service = service_fn(|request| serve(&state, request));
            let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            // An error is a connection that was cut, by us on purpose or by the client.
            let _ = connection.await;
        });
    }
}

async fn serve(state: &State, request: http::Request<Incoming>) -> Result<Response<Full<Bytes>>, Cut> {
    let (head, body) = request.into_parts();
    let body = Limited::new(body, BODY_LIMIT).collect().await?.to_bytes();
    let answer = state.answer(&Request {
        method: head.method.as_str(),
        path: head.uri.path(),
        query: head.uri.query().unwrap_or_default(),
        authorization: header(&head.headers, &AUTHORIZATION),
        content_type: header(&head.headers, &CONTENT_TYPE),
        body: &body,
    });
    let Answer::Json(status, json) = answer else {
        return Err("the connection is to be cut".into());
    };
    let mut response = Response::new(Full::from(json.to_string()));
    *response.status_mut() = StatusCode::from_u16(status)?;
    let json_type = HeaderValue::from_static("application/json;charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, json_type);
    Ok(response)
}

fn header<'a>(headers: &'a HeaderMap, name: &HeaderName) -> &'a str {
    let value = headers.get(name).map(HeaderValue::to_str);
    value.and_then(Result::ok).unwrap_or_default()
}
