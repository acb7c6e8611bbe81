//! A small function of its own, called with real Lambda events.

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
use app::support::path_row::PathRow;
use app::support::ports::{
    Archive, Clock, Event, EventSink, Messenger, NoSecret, NotEmitted, NotKept, Outgoing, ReceivedBefore, SecretName,
    SecretText, Secrets, Sent, SentBefore,
};
use axum::response::Response;
use domain::email::Email;
use domain::ids::{Id as _, SessionId, UserId};
use domain::notification::Address;
use domain::phone::Country;
use domain::time::Instant;
use domain::user::{Credentials, Role, User, UserProfile};
use events::Event as Call;
use futures_util::future::BoxFuture;
use http::HeaderMap;
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tower::Service as _;

/// When the tests begin: 2025-12-15T10:00:00Z.
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

/// Ports that nothing here uses, except for the cursors' secret.
struct Unused;

impl Messenger for Unused {
    fn is_own_account(&self, _: &str) -> bool {
        true
    }

    fn received_since(&self, _: Instant) -> BoxFuture<'_, Option<Vec<ReceivedBefore>>> {
        Box::pin(async { None })
    }

    fn send<'a>(&'a self, _: &'a Outgoing) -> BoxFuture<'a, Sent> {
        Box::pin(async { Sent::Unknown })
    }

    fn sent_since<'a>(&'a self, _: &'a Address, _: Instant) -> BoxFuture<'a, Option<Vec<SentBefore>>> {
        Box::pin(async { None })
    }
}

impl EventSink for Unused {
    fn wakes_workers(&self) -> bool {
        false
    }

    fn emit(&self, _: Vec<Event>) -> BoxFuture<'_, Result<(), NotEmitted>> {
        Box::pin(async { Ok(()) })
    }
}

impl Archive for Unused {
    fn keep<'a>(&'a self, _: &'a str, seal: &'a str) -> BoxFuture<'a, Result<String, NotKept>> {
        Box::pin(async { Ok(seal.to_owned()) })
    }
}

impl Secrets for Unused {
    fn get(&self, name: SecretName, _: bool) -> BoxFuture<'_, Result<SecretText, NoSecret>> {
        Box::pin(async move {
            match name {
                SecretName::Cursors => Ok(SecretText("a secret of the tests".to_owned())),
                other => Err(NoSecret { name: other.name(), reason: "not in these tests".to_owned() }),
            }
        })
    }
}

/// Tokens are names: `ada` is an administrator, `olga` and `otto` are operators, `old` has expired.
struct Names;

fn user(number: u128, role: Role) -> User {
    let profile = UserProfile {
        email: Email::parse("someone@example.org").unwrap(),
        first_name: None,
        last_name: None,
        role,
        clinics: Default::default(),
        credentials: Credentials { password: String::new(), generation: 1, last_login_at: None },
    };
    User::new(UserId::from_uuid(uuid::Uuid::from_u128(number)), profile, Instant::from_unix(START).unwrap())
}

impl Authenticator for Names {
    fn signed_in<'a>(
        &'a self,
        _: &'a App,
        token: &'a str,
        _: Option<PathRow>,
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
            found.map(|user| SignedIn { user, session, second_factor: false, ahead: Default::default() })
        })
    }
}

/// The function under test, and its clock.
struct Stage {
    service: Service,
    clock: Arc<StoppedClock>,
}

/// An answer, read to its end.
#[derive(Debug)]
struct Answer {
    status: u16,
    headers: HeaderMap,
    json: Value,
}

impl Answer {
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

impl Stage {
    fn new() -> Self {
        let clock = Arc::new(StoppedClock(AtomicI64::new(START)));
        // Never called: no test gets as far as the table.
        let config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(aws_sdk_dynamodb::config::BehaviorVersion::latest())
            .build();
        let app = App::new(app::Parts {
            table: store::Table::new(aws_sdk_dynamodb::Client::from_conf(config), "none"),
            clock: clock.clone(),
            look_up_inbound: false,
            second_factor_required: false,
            messenger: Arc::new(Unused),
            events: Arc::new(Unused),
            archive: Arc::new(Unused),
            secrets: Arc::new(Unused),
            rate: 1.0,
            ids: app::support::id_source::IdSource::default(),
            tuning: app::support::tuning::Tuning::default(),
            country: Country::parse("AR").unwrap(),
            keys: Default::default(),
        });
        Self { service: Service::new(notes::router(), app, Arc::new(Names)), clock }
    }

    async fn call(&self, event: &Call) -> Answer {
        let request = lambda_http::request::from_str(&event.json().to_string()).unwrap();
        let response: Response = self.service.clone().call(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let text = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let json = serde_json::from_slice(&text).unwrap_or(Value::Null);
        Answer { status: parts.status.as_u16(), headers: parts.headers, json }
    }
}
