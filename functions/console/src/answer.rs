//! What a screen answers: a page, a part of one, or a redirect.

use crate::assets;
use bytes::Bytes;
use http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, LOCATION, REFERRER_POLICY,
    SET_COOKIE, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use maud::Markup;

/// No inline script, style or handler; nothing of other servers.
pub const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; \
    connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

#[derive(Clone)]
pub struct Answer {
    pub status: StatusCode,
    body: Bytes,
    headers: Vec<(HeaderName, String)>,
}

domain::opaque!(Answer);

impl Answer {
    #[must_use]
    pub fn html(markup: Markup) -> Self {
        let headers = vec![(CONTENT_TYPE, "text/html; charset=utf-8".to_owned())];
        Self { status: StatusCode::OK, body: markup.into_string().into(), headers }
    }

    /// A file of a patient, to be seen in a page, or to be saved under this name.
    #[must_use]
    pub fn file(media_type: &'static str, body: Bytes, name: Option<&str>) -> Self {
        let disposition = name.map_or("inline".to_owned(), |name| format!("attachment; filename=\"{name}\""));
        let headers = vec![(CONTENT_TYPE, media_type.to_owned()), (CONTENT_DISPOSITION, disposition)];
        Self { status: StatusCode::OK, body, headers }
    }

    /// A part that is asked for again and again: the browser that has it already gets no body.
    #[must_use]
    pub fn polled(markup: Markup) -> Self {
        let answer = Self::html(markup);
        let tag = format!("\"{}\"", assets::hash(&answer.body));
        answer.with(ETAG, tag)
    }

    /// Leads the browser to another page, with GET.
    #[must_use]
    pub fn see(link: String) -> Self {
        Self { status: StatusCode::SEE_OTHER, body: Bytes::new(), headers: vec![(LOCATION, link)] }
    }

    #[must_use]
    pub fn no_content() -> Self {
        Self { status: StatusCode::NO_CONTENT, body: Bytes::new(), headers: Vec::new() }
    }

    #[must_use]
    pub fn asset(asset: &'static assets::Asset) -> Self {
        let headers = vec![
            (CONTENT_TYPE, asset.media_type.to_owned()),
            (CACHE_CONTROL, "public, max-age=31536000, immutable".to_owned()),
        ];
        Self { status: StatusCode::OK, body: Bytes::from_static(asset.text.as_bytes()), headers }
    }

    /// The problem document for an unknown path of the API.
    #[must_use]
    pub fn unknown_api_path(request_id: &str) -> Self {
        let problem = serde_json::json!({ "type": "urn:citas:problem:not_found", "title": "No encontrado", "status": 404,
            "code": "not_found", "instance": request_id });
        let headers = vec![(CONTENT_TYPE, "application/problem+json".to_owned())];
        Self { status: StatusCode::NOT_FOUND, body: problem.to_string().into(), headers }
    }

    #[must_use]
    pub fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    #[must_use]
    pub fn with(mut self, name: HeaderName, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    #[must_use]
    pub fn cookies(mut self, cookies: Vec<String>) -> Self {
        self.headers.extend(cookies.into_iter().map(|cookie| (SET_COOKIE, cookie)));
        self
    }

    /// Adds cookies that come before the answer's own: of two with one name, a browser keeps the later.
    #[must_use]
    pub fn cookies_first(mut self, cookies: Vec<String>) -> Self {
        let own = std::mem::take(&mut self.headers);
        self.headers = cookies.into_iter().map(|cookie| (SET_COOKIE, cookie)).chain(own).collect();
        self
    }

    /// Where htmx puts this part instead of where its request said.
    #[must_use]
    pub fn into_target(self, selector: &str) -> Self {
        self.with(HeaderName::from_static("hx-retarget"), selector.to_owned())
            .with(HeaderName::from_static("hx-reswap"), "innerHTML".to_owned())
    }

    #[must_use]
    pub fn allow(self, methods: &str) -> Self {
        self.status(StatusCode::METHOD_NOT_ALLOWED).with(ALLOW, methods.to_owned())
    }

    /// The response, with the headers of every page.
    #[must_use]
    pub fn into_response(self, if_none_match: Option<&str>, is_head: bool, is_https: bool) -> Response<Bytes> {
        let tag = self.headers.iter().find(|(name, _)| *name == ETAG).map(|(_, tag)| tag.as_str());
        let is_known = tag.is_some() && tag == if_none_match;
        let body = if is_known || is_head { Bytes::new() } else { self.body };
        let mut response = Response::new(body);
        *response.status_mut() = if is_known { StatusCode::NOT_MODIFIED } else { self.status };
        let headers = response.headers_mut();
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::try_from(value) {
                headers.append(name, value);
            }
        }
        headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
        headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
        headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
        if is_https {
            headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
        }
        response
    }
}
