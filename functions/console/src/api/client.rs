//! A client of the API for one request of the console.

use super::{Api, Problem, ScreenError};
use bytes::Bytes;
use http::header::{ACCEPT_LANGUAGE, AUTHORIZATION, CONTENT_TYPE, IF_MATCH};
use http::{Method, Request, Response, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::net::SocketAddr;
use std::sync::Arc;

/// The pages of a list that are read at most, of 200 entries each.
const MAX_PAGES: usize = 5;

/// Calls the API as one user.
#[derive(Clone)]
pub struct ApiClient {
    pub(crate) api: Arc<dyn Api>,
    pub(crate) token: Option<String>,
    pub(crate) language: &'static str,
    pub(crate) request_id: String,
    pub(crate) peer: SocketAddr,
}

domain::opaque!(ApiClient);

/// What a change is sent with.
#[derive(Clone, Copy, Default)]
pub struct Precondition<'a> {
    /// The version that the user saw, as a number.
    pub version: Option<&'a str>,
    /// Made when the form was drawn, so that a second submission is the same change.
    pub idempotency_key: Option<&'a str>,
}

#[derive(serde::Deserialize)]
struct Listed<T> {
    next: Option<String>,
    results: Vec<T>,
}

impl ApiClient {
    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, ScreenError> {
        read(&self.send(Method::GET, path, None, Precondition::default()).await?)
    }

    /// All entries of a list, up to a thousand. `path` has a query.
    pub(crate) async fn list<T: DeserializeOwned>(&self, path: &str) -> Result<Vec<T>, ScreenError> {
        let mut listed: Listed<T> = self.get(&format!("{path}&page_size=200")).await?;
        let mut all = listed.results;
        for _ in 1..MAX_PAGES {
            // The URL of the next page is that of the API's own host.
            let Some(next) = listed.next.as_deref().and_then(|next| next.find("/api/").and_then(|at| next.get(at..)))
            else {
                break;
            };
            listed = self.get(next).await?;
            all.append(&mut listed.results);
        }
        Ok(all)
    }

    /// The first entries of a list. `path` has a query.
    pub(crate) async fn first<T: DeserializeOwned>(&self, path: &str, limit: usize) -> Result<Vec<T>, ScreenError> {
        let listed: Listed<T> = self.get(&format!("{path}&page_size={limit}")).await?;
        Ok(listed.results)
    }

    pub(crate) async fn change<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: &Value,
        precondition: Precondition<'_>,
    ) -> Result<T, ScreenError> {
        read(&self.send(method, path, Some(body), precondition).await?)
    }

    /// Sends a request and returns the body of a successful answer.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        precondition: Precondition<'_>,
    ) -> Result<Bytes, ScreenError> {
        Ok(self.exchange(method, path, body, precondition).await?.into_body())
    }

    /// Sends a request and returns the answer, if it is a successful one.
    pub(crate) async fn exchange(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        precondition: Precondition<'_>,
    ) -> Result<Response<Bytes>, ScreenError> {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "console")
            .header(ACCEPT_LANGUAGE, self.language)
            .header("x-request-id", &self.request_id);
        if let Some(token) = &self.token {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        if let Some(version) = precondition.version {
            request = request.header(IF_MATCH, format!("\"{version}\""));
        }
        if let Some(key) = precondition.idempotency_key {
            request = request.header("idempotency-key", key);
        }
        if body.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        let body = body.map(|body| Bytes::from(body.to_string())).unwrap_or_default();
        // A field of a form that can't be in a header, such as a version that isn't a number.
        let mut request = request.body(body).map_err(|_| ScreenError::Unreadable)?;
        request.extensions_mut().insert(self.peer);
        let response = self.api.call(request).await;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let mut problem: Problem = serde_json::from_slice(response.body()).unwrap_or_default();
        problem.status = status.as_u16();
        let signed_out = status == StatusCode::UNAUTHORIZED && self.token.is_some();
        // The second factor of a form is wrong, and the session stands.
        let by_form = ["invalid_credentials", "otp_required"].contains(&problem.code.as_str());
        Err(if signed_out && !by_form { ScreenError::SignedOut } else { ScreenError::Problem(Box::new(problem)) })
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, ScreenError> {
    let body = if body.is_empty() { b"null" } else { body };
    serde_json::from_slice(body).map_err(|error| {
        // The error names the place, not the value.
        tracing::error!(line = error.line(), column = error.column(), "an answer of the API could not be read");
        ScreenError::Unreadable
    })
}
