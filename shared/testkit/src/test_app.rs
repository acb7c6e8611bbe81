//! A system for one test: an empty table, a fixed clock, and clients that call the API as a signed-in user.

use crate::iam;
use crate::iam::ports::{ObservedArchive, ObservedEvents};
use crate::leaks::{self, LeakGuard, WatchedEvents};
use app::Context;
use app::support::id_source::IdSource;
use app::support::tuning::Tuning;
use bytes::Bytes;
use domain::email::Email;
use domain::ids::{ClinicId, Id as _};
use domain::time::{Instant, TimeDelta};
use domain::user::{Credentials, Role, UserProfile};
use http::{HeaderMap, Method, Request, StatusCode};
use identity::password::Password;
use local::clock::FixedClock;
use local::database::Database;
use local::fake_twilio::{FakeTwilio, PatientReply, SentMessage};
use local::gateway::Format;
use local::observer::NoObserver;
use local::system::{FAKE_TOKEN, System, SystemConfig, secrets};
use platform::events::NoEvents;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The password of every test user.
pub const PASSWORD: &str = "correcto caballo batería grapa";
/// The public base URL of a test's API.
pub const PUBLIC_URL: &str = "https://citas.example";

/// An error of the test's own setup. Tests print it and never handle it.
pub type TestError = Box<dyn std::error::Error + Send + Sync>;

// The old name, until its last users in infra/ are renamed.

pub struct TestApp {
    pub system: System,
    /// Starts at `2025-12-01T12:00:00Z`.
    pub clock: FixedClock,
    /// Fails the test if personal data leaks.
    leaks: LeakGuard,
    /// Fails the test if a function makes a call that its role doesn't allow.
    iam: iam::IamGuard,
}

/// A client of the API.
#[derive(Clone)]
pub struct TestClient<'a> {
    app: &'a TestApp,
    token: Option<String>,
    headers: HeaderMap,
}

/// A response of the API.
#[derive(Debug, Clone)]
pub struct TestResponse {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// The body as JSON, or as a JSON string if it isn't JSON.
    pub body: Value,
}

impl TestResponse {
    /// A member of the body as text; empty if it is missing.
    #[must_use]
    pub fn text(&self, member: &str) -> String {
        self.body.get(member).and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    #[must_use]
    pub fn id(&self) -> String {
        self.text("id")
    }

    /// The `code` of a problem.
    #[must_use]
    pub fn code(&self) -> String {
        self.text("code")
    }

    #[must_use]
    pub fn results(&self) -> Vec<Value> {
        self.body.get("results").and_then(Value::as_array).cloned().unwrap_or_default()
    }

    /// A header as text; empty if it is missing.
    #[must_use]
    pub fn header(&self, name: &str) -> String {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
    }

    /// Returns the response if it has this status; otherwise an error that shows status and body.
    pub fn expect_status(self, status: u16) -> Result<Self, TestError> {
        if self.status.as_u16() == status {
            Ok(self)
        } else {
            Err(format!("expected {status}, got {}: {}", self.status, self.body).into())
        }
    }
}

impl TestApp {
    /// Starts a system with an empty table, an ADMIN and an OPERATOR.
    pub async fn start() -> Result<Self, TestError> {
        Self::with_format(Format::Rest).await
    }

    /// The same behind a gateway of this event format.
    pub async fn with_format(format: Format) -> Result<Self, TestError> {
        Self::with_database(Database::memory().await?, format).await
    }

    /// The same on this database, which may be reached through a faulty client.
    pub async fn with_database(database: Database, format: Format) -> Result<Self, TestError> {
        Self::changed(database, |config| config.format = format).await
    }

    /// A system on this database with a changed configuration.
    pub async fn changed(database: Database, change: impl FnOnce(&mut SystemConfig)) -> Result<Self, TestError> {
        let clock = FixedClock::new(Instant::parse("2025-12-01T12:00:00Z").map_err(|_| "not an instant")?);
        Self::with_clock(database, clock, change).await
    }

    /// The same with the caller's clock.
    pub async fn with_clock(
        database: Database,
        clock: FixedClock,
        change: impl FnOnce(&mut SystemConfig),
    ) -> Result<Self, TestError> {
        let mut config = SystemConfig {
            database,
            clock: Arc::new(clock.clone()),
            secrets: secrets(PUBLIC_URL, FAKE_TOKEN),
            settings: BTreeMap::from([("DEFAULT_COUNTRY".to_owned(), "AR".to_owned())]),
            format: Format::Rest,
            events: Arc::new(NoEvents),
            messenger: None,
            archive: None,
            ids: IdSource::default(),
            tuning: Tuning::default(),
            observer: Arc::new(NoObserver),
        };
        change(&mut config);
        let app = Self::without_users(config, clock)?;
        app.add_user("admin@example.com", Role::Admin, &[]).await?;
        app.add_user("operator@example.com", Role::Operator, &[]).await?;
        Ok(app)
    }

    /// A system as it is right after a deployment: without users.
    pub fn without_users(mut config: SystemConfig, clock: FixedClock) -> Result<Self, TestError> {
        leaks::watch();
        config.events = Arc::new(ObservedEvents(Arc::new(WatchedEvents(config.events))));
        config.archive = Some(Arc::new(ObservedArchive::new(config.archive)));
        let observer = iam::IamObserver::default();
        config.observer = Arc::new(observer.clone());
        let system = System::start(config, FAKE_TOKEN)?;
        Ok(Self { system, clock, leaks: LeakGuard::default(), iam: iam::IamGuard(observer) })
    }

    /// Adds a user who signs in with [`PASSWORD`].
    pub async fn add_user(&self, email: &str, role: Role, clinics: &[&str]) -> Result<(), TestError> {
        let profile = UserProfile {
            email: Email::parse(email).map_err(|_| "not an e-mail address")?,
            first_name: None,
            last_name: None,
            role,
            clinics: clinics.iter().filter_map(|id| ClinicId::parse(id)).collect(),
            language: None,
            credentials: Credentials { password: String::new(), generation: 0, last_login_at: None },
        };
        let ctx = Context::of_system("test".into());
        app::accounts::users::create_user(&self.system.app, &ctx, profile, &Password::parse(PASSWORD)?).await?;
        Ok(())
    }

    #[must_use]
    pub fn anonymous(&self) -> TestClient<'_> {
        TestClient { app: self, token: None, headers: HeaderMap::new() }
    }

    #[must_use]
    pub fn with_token(&self, token: &str) -> TestClient<'_> {
        TestClient { token: Some(token.to_owned()), ..self.anonymous() }
    }

    pub async fn sign_in(&self, email: &str) -> Result<TestClient<'_>, TestError> {
        let body = serde_json::json!({ "email": email, "password": PASSWORD });
        let answer = self.anonymous().post("/api/auth/token/", &body).await?.expect_status(200)?;
        Ok(self.with_token(&answer.text("access")))
    }

    pub async fn admin(&self) -> Result<TestClient<'_>, TestError> {
        self.sign_in("admin@example.com").await
    }

    pub async fn operator(&self) -> Result<TestClient<'_>, TestError> {
        self.sign_in("operator@example.com").await
    }

    pub fn set_now(&self, instant: &str) -> Result<(), TestError> {
        self.clock.set(Instant::parse(instant).map_err(|_| "not an instant")?);
        Ok(())
    }

    pub fn advance(&self, delta: TimeDelta) {
        self.clock.advance(delta);
    }

    pub fn twilio(&self) -> Result<&FakeTwilio, TestError> {
        self.system.twilio.as_ref().ok_or_else(|| "no fake Twilio".into())
    }

    /// The messages that were sent to patients, oldest first.
    pub fn outbox(&self) -> Result<Vec<SentMessage>, TestError> {
        Ok(self.twilio()?.messages())
    }

    /// Posts a patient's message to the inbound webhook, signed as Twilio signs it.
    pub async fn patient_writes(&self, reply: &PatientReply) -> Result<TestResponse, TestError> {
        let (form, _) = self.twilio()?.inbound_form(reply);
        let answer = self.post_signed("/api/notifications/whatsapp/webhook/", &form).await?;
        self.twilio()?.send_twiml_reply(reply, answer.body.as_str().unwrap_or_default());
        Ok(answer)
    }

    /// Posts a form to a webhook, signed as Twilio signs it.
    pub async fn post_signed(&self, path: &str, form: &[(String, String)]) -> Result<TestResponse, TestError> {
        let signature = self.twilio()?.sign(&format!("{PUBLIC_URL}{path}"), form);
        self.form(path, form, &signature).await
    }

    /// Posts a form to a webhook with this signature.
    pub async fn form(
        &self,
        path: &str,
        form: &[(String, String)],
        signature: &str,
    ) -> Result<TestResponse, TestError> {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("x-twilio-signature", signature)
            .body(Bytes::from(body))?;
        Ok(self.call(request).await)
    }

    pub async fn call(&self, request: Request<Bytes>) -> TestResponse {
        let query = request.uri().query().unwrap_or_default().to_owned();
        leaks::watch().learn_request(&request);
        let answer = self.call_unwatched(request).await;
        leaks::watch().check_answer(&query, &answer);
        self.leaks.check();
        self.iam.check();
        answer
    }

    /// Makes a request without teaching the leak watch its contents: for random fragments of names, numbers and
    /// our own texts, which the watch would otherwise search for as personal data.
    pub async fn call_unwatched(&self, request: Request<Bytes>) -> TestResponse {
        let (parts, body) = self.system.gateway.call(request).await.into_parts();
        let text = String::from_utf8_lossy(&body).into_owned();
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        TestResponse { status: parts.status, headers: parts.headers, body }
    }
}

impl TestClient<'_> {
    /// The access token, for a client that outlives this one; empty if not signed in.
    #[must_use]
    pub fn token(&self) -> String {
        self.token.clone().unwrap_or_default()
    }

    /// Adds a header to every request.
    pub fn header(mut self, name: &'static str, value: &str) -> Result<Self, TestError> {
        self.headers.insert(name, value.parse()?);
        Ok(self)
    }

    pub async fn get(&self, path: &str) -> Result<TestResponse, TestError> {
        self.send(Method::GET, path, None).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Result<TestResponse, TestError> {
        self.send(Method::POST, path, Some(body)).await
    }

    pub async fn put(&self, path: &str, body: &Value) -> Result<TestResponse, TestError> {
        self.send(Method::PUT, path, Some(body)).await
    }

    pub async fn patch(&self, path: &str, body: &Value) -> Result<TestResponse, TestError> {
        self.send(Method::PATCH, path, Some(body)).await
    }

    pub async fn delete(&self, path: &str) -> Result<TestResponse, TestError> {
        self.send(Method::DELETE, path, None).await
    }

    pub async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Result<TestResponse, TestError> {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        let body = body.map(Value::to_string).unwrap_or_default();
        Ok(self.app.call(request.body(Bytes::from(body))?).await)
    }
}
