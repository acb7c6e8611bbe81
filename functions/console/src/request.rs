//! A request to the console, as the screens see it.

use crate::api::{Api, ApiClient};
use crate::fields::Fields;
use crate::links::Links;
use crate::session::Session;
use crate::words::Word;
use bytes::Bytes;
use domain::language::Language;
use domain::time::Instant;
use http::header::{ACCEPT_LANGUAGE, IF_NONE_MATCH};
use http::{HeaderMap, Method};
use lambda_http::request::RequestContext;
use lambda_http::{Body, RequestExt as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

pub struct PageRequest {
    pub method: Method,
    /// Without the stage and without a slash at the end.
    pub path: String,
    pub query: Fields,
    pub form: Fields,
    pub headers: HeaderMap,
    pub links: Links,
    pub language: Language,
    pub now: Instant,
    pub session: Session,
    pub api: ApiClient,
}

domain::opaque!(PageRequest);

impl PageRequest {
    pub(crate) fn of(request: lambda_http::Request, api: Arc<dyn Api>, now: Instant) -> Self {
        let raw = match request.raw_http_path() {
            "" => request.uri().path(),
            path => path,
        };
        let context = GatewayContext::of(request.request_context_ref());
        let routed = context.without_stage(raw);
        let path = match routed.trim_end_matches('/') {
            "" => "/".to_owned(),
            path => path.to_owned(),
        };
        let links = Links::of(context.path.as_deref().unwrap_or(raw), routed);
        let request_id = request.lambda_context_ref().map(|context| context.request_id.clone()).unwrap_or_default();
        let query = Fields::parse(request.uri().query().unwrap_or_default().as_bytes());
        let (parts, body) = request.into_parts();
        let session = Session::of(&parts.headers);
        let language = language_of(&session, &parts.headers);
        let api = ApiClient {
            api,
            token: session.access.clone(),
            language: language.code(),
            request_id: if request_id.is_empty() { uuid::Uuid::new_v4().to_string() } else { request_id },
            peer: SocketAddr::new(context.ip.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)), 0),
        };
        let form = Fields::parse(&bytes_of(body));
        Self { method: parts.method, path, query, form, headers: parts.headers, links, language, now, session, api }
    }

    /// A text in the user's language.
    #[must_use]
    pub fn say(&self, word: Word) -> &'static str {
        word.text(self.language)
    }

    /// The link to a path of the console.
    #[must_use]
    pub fn to(&self, path: &str) -> String {
        self.links.to(path)
    }

    /// Whether htmx asks for a part of a page.
    #[must_use]
    pub fn is_part(&self) -> bool {
        self.headers.contains_key("hx-request")
    }

    #[must_use]
    pub fn request_id(&self) -> &str {
        &self.api.request_id
    }

    pub(crate) fn if_none_match(&self) -> Option<String> {
        Some(self.headers.get(IF_NONE_MATCH)?.to_str().ok()?.to_owned())
    }

    /// Whether the browser's connection is encrypted, as the gateway says.
    pub(crate) fn is_https(&self) -> bool {
        self.headers.get("x-forwarded-proto").is_some_and(|scheme| scheme == "https")
    }
}

/// The language that was chosen, else the browser's first that we have.
fn language_of(session: &Session, headers: &HeaderMap) -> Language {
    if let Some(chosen) = session.language.as_deref().and_then(Language::parse) {
        return chosen;
    }
    let wanted = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let codes = wanted.split(',').map(|part| part.trim().get(..2).unwrap_or_default().to_ascii_lowercase());
    codes.into_iter().find_map(|code| Language::parse(&code)).unwrap_or_default()
}

fn bytes_of(body: Body) -> Bytes {
    match body {
        Body::Text(text) => text.into(),
        Body::Binary(bytes) => bytes.into(),
        _ => Bytes::new(),
    }
}

#[derive(Default)]
struct GatewayContext {
    stage: Option<String>,
    path: Option<String>,
    ip: Option<IpAddr>,
}

impl GatewayContext {
    fn of(context: Option<&RequestContext>) -> Self {
        let (stage, path, ip) = match context {
            Some(RequestContext::ApiGatewayV1(context)) => (&context.stage, &context.path, &context.identity.source_ip),
            Some(RequestContext::ApiGatewayV2(context)) => {
                (&context.stage, &context.http.path, &context.http.source_ip)
            }
            _ => return Self::default(),
        };
        let ip = ip.as_deref().and_then(|ip| ip.parse().ok());
        Self { stage: stage.clone(), path: path.clone(), ip }
    }

    /// The path without the stage, which HTTP APIs with a named stage leave in.
    fn without_stage<'a>(&self, path: &'a str) -> &'a str {
        let stage = self.stage.as_deref().filter(|stage| *stage != "$default");
        // A REST API's event has the path without the stage; only the context's path has it.
        let is_whole = self.path.as_deref() == Some(path);
        let rest = stage.filter(|_| is_whole).and_then(|stage| path.strip_prefix('/')?.strip_prefix(stage));
        match rest {
            Some("") => "/",
            Some(rest) if rest.starts_with('/') => rest,
            _ => path,
        }
    }
}
