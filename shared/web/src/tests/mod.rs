//! Tests of the HTTP layer with a small function ([`notes`]) that is called with real Lambda events.

mod access;
mod bodies;
mod documents;
mod lists;
mod requests;

mod events;
mod notes;

use crate::authorize::Authenticator;
use crate::{App, Service};
use app::AppError;
use app::accounts::authenticate::SignedIn;
use app::support::ports::{
    Archive, ArchiveError, Clock, EmitError, Event, EventSink, InboundLogEntry, Messenger, OutboundLogEntry,
    OutgoingMessage, SecretError, SecretName, SecretText, Secrets, SendOutcome,
};
use app::support::prefetch::PrefetchTarget;
use axum::response::Response;
use domain::email::Email;
use domain::ids::{Id as _, SessionId, UserId};
use domain::notification::Address;
use domain::phone::Country;
use domain::time::Instant;
use domain::user::{Credentials, Role, User, UserProfile};
use events::GatewayEvent;
use futures_util::future::BoxFuture;
use http::HeaderMap;
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tower::Service as _;

/// The clock at the start of each test: 2025-12-15T10:00:00Z.
const START: i64 = 1_765_792_800;

/// A clock that stands still until it is moved.
#[derive(Debug)]
struct StoppedClock(AtomicI64);

impl Clock for StoppedClock {
    fn now(&self) -> Instant {
        Instant::from_unix(self.0.load(Ordering::SeqCst)).unwrap()
    }

    fn sleep_until(&self, _: Instant) -> BoxFuture<'_, ()> {
        Box::pin(async {})
    }
}

/// Ports that these tests don't use, except for the secret of cursors.
struct UnusedPorts;

impl Messenger for UnusedPorts {
    fn is_own_account(&self, _: &str) -> bool {
        true
    }

    fn received_since(&self, _: Instant) -> BoxFuture<'_, Option<Vec<InboundLogEntry>>> {
        Box::pin(async { None })
    }

    fn send<'a>(&'a self, _: &'a OutgoingMessage) -> BoxFuture<'a, SendOutcome> {
        Box::pin(async { SendOutcome::Unknown })
    }

    fn sent_since<'a>(&'a self, _: &'a Address, _: Instant) -> BoxFuture<'a, Option<Vec<OutboundLogEntry>>> {
        Box::pin(async { None })
    }
}

impl EventSink for UnusedPorts {
    fn wakes_workers(&self) -> bool {
        false
    }

    fn emit(&self, _: Vec<Event>) -> BoxFuture<'_, Result<(), EmitError>> {
        Box::pin(async { Ok(()) })
    }
}

impl Archive for UnusedPorts {
    fn put_if_absent<'a>(&'a self, _: &'a str, seal: &'a str) -> BoxFuture<'a, Result<String, ArchiveError>> {
        Box::pin(async { Ok(seal.to_owned()) })
    }
}

impl Secrets for UnusedPorts {
    fn get(&self, name: SecretName, _: bool) -> BoxFuture<'_, Result<SecretText, SecretError>> {
        Box::pin(async move {
            match name {
                SecretName::Cursors => Ok(SecretText("a secret of the tests".to_owned())),
                other => Err(SecretError { name: other.name(), reason: "not in these tests".to_owned() }),
            }
        })
    }
}

/// Tokens are names: `ada` is an administrator, `olga` and `otto` are operators, `old` has expired.
struct NamedTokens;

fn user(number: u128, role: Role) -> User {
    let profile = UserProfile {
        email: Email::parse("someone@example.org").unwrap(),
        first_name: None,
        last_name: None,
        role,
        clinics: Default::default(),
        language: None,
        credentials: Credentials { password: String::new(), generation: 1, last_login_at: None },
    };
    User::new(UserId::from_uuid(uuid::Uuid::from_u128(number)), profile, Instant::from_unix(START).unwrap())
}

impl Authenticator for NamedTokens {
    fn authenticate<'a>(
        &'a self,
        _: &'a App,
        token: &'a str,
        _: Option<PrefetchTarget>,
    ) -> BoxFuture<'a, Result<SignedIn, AppError>> {
        let found = match token {
            "ada" => Ok(user(1, Role::Admin)),
            "olga" => Ok(user(2, Role::Operator)),
            "otto" => Ok(user(3, Role::Operator)),
            "old" => Err(AppError::TokenExpired),
            _ => Err(AppError::NotAuthenticated),
        };
        let session = SessionId::from_uuid(uuid::Uuid::nil());
        Box::pin(async move {
            found.map(|user| SignedIn { user, session, second_factor: false, prefetched: Default::default() })
        })
    }
}

/// The function under test, and its clock.
struct NotesApi {
    service: Service,
    clock: Arc<StoppedClock>,
}

/// A response with its body.
#[derive(Debug)]
struct NotesResponse {
    status: u16,
    headers: HeaderMap,
    json: Value,
}

impl NotesResponse {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    fn code(&self) -> &str {
        self.json["code"].as_str().unwrap_or_default()
    }

    /// The fields with errors, in alphabetical order.
    fn fields(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.json["errors"].as_object().unwrap().keys().map(String::as_str).collect();
        names.sort_unstable();
        names
    }
}

impl NotesApi {
    fn new() -> Self {
        let clock = Arc::new(StoppedClock(AtomicI64::new(START)));
        // Never called: no test reaches the table.
        let config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(aws_sdk_dynamodb::config::BehaviorVersion::latest())
            .build();
        let app = App::new(app::AppParts {
            table: store::Table::new(aws_sdk_dynamodb::Client::from_conf(config), "none"),
            clock: clock.clone(),
            recover_missed_inbound: false,
            second_factor_required: false,
            messenger: Arc::new(UnusedPorts),
            events: Arc::new(UnusedPorts),
            archive: Arc::new(UnusedPorts),
            secrets: Arc::new(UnusedPorts),
            messages_per_second: 1.0,
            ids: app::support::id_source::IdSource::default(),
            tuning: app::support::tuning::Tuning::default(),
            country: Country::parse("AR").unwrap(),
            key_cache: Default::default(),
        });
        Self { service: Service::new(notes::router(), app, Arc::new(NamedTokens)), clock }
    }

    async fn call(&self, event: &GatewayEvent) -> NotesResponse {
        let request = lambda_http::request::from_str(&event.json().to_string()).unwrap();
        let response: Response = self.service.clone().call(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let text = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let json = serde_json::from_slice(&text).unwrap_or(Value::Null);
        NotesResponse { status: parts.status.as_u16(), headers: parts.headers, json }
    }
}
