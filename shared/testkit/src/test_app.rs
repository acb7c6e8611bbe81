//! A system for tests: an empty table, a clock that stands still, people who sign in.

use crate::iam;
use crate::iam::ports::{NotedArchive, NotedEvents};
use crate::leaks::{self, Guard, WatchedEvents};
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
use local::system::{Blueprint, FAKE_TOKEN, System, secrets};
use platform::events::NoEvents;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The password of everybody in tests.
pub const PASSWORD: &str = "correcto caballo batería grapa";
/// Where the API of a test is said to be.
pub const PUBLIC_URL: &str = "https://citas.example";

/// What can go wrong in a test's own machinery: shown, never handled.
pub type Trouble = Box<dyn std::error::Error + Send + Sync>;

/// A system for one test.
pub struct TestApp {
    /// The system.
    pub system: System,
    /// Its clock: `2025-12-01T12:00:00Z` at first.
    pub clock: FixedClock,
    /// Fails the test in which personal data gets out.
    leaks: Guard,
    /// Fails the test in which a function does what its role doesn't allow.
    iam: iam::Guard,
}

/// Somebody who calls the API.
#[derive(Clone)]
pub struct Client<'a> {
    app: &'a TestApp,
    token: Option<String>,
    headers: HeaderMap,
}

/// What the API answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as JSON, or as a JSON string where it isn't any.
    pub body: Value,
}

impl Answer {
    /// A member of the body as text; empty where there is none.
    #[must_use]
    pub fn text(&self, member: &str) -> String {
        self.body.get(member).and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    /// The body's `id`.
    #[must_use]
    pub fn id(&self) -> String {
        self.text("id")
    }

    /// The problem's `code`.
    #[must_use]
    pub fn code(&self) -> String {
        self.text("code")
    }

    /// A list's rows.
    #[must_use]
    pub fn results(&self) -> Vec<Value> {
        self.body.get("results").and_then(Value::as_array).cloned().unwrap_or_default()
    }

    /// A header as text; empty where there is none.
    #[must_use]
    pub fn header(&self, name: &str) -> String {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
    }

    /// Itself, if the status is this one.
    ///
    /// # Errors
    /// A description of what came instead.
    pub fn expect_status(self, status: u16) -> Result<Self, Trouble> {
        if self.status.as_u16() == status {
            Ok(self)
        } else {
            Err(format!("expected {status}, got {}: {}", self.status, self.body).into())
        }
    }
}

impl TestApp {
    /// Starts a system with nothing in it.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn start() -> Result<Self, Trouble> {
        Self::with_format(Format::Rest).await
    }

    /// The same behind a gateway of another kind.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn with_format(format: Format) -> Result<Self, Trouble> {
        Self::with_database(Database::memory().await?, format).await
    }

    /// The same on this database, which may be reached through a wire.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn with_database(database: Database, format: Format) -> Result<Self, Trouble> {
        Self::changed(database, |blueprint| blueprint.format = format).await
    }

    /// A system on this table that differs from the usual one.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn changed(database: Database, change: impl FnOnce(&mut Blueprint)) -> Result<Self, Trouble> {
        let clock = FixedClock::new(Instant::parse("2025-12-01T12:00:00Z").map_err(|_| "not an instant")?);
        Self::by_clock(database, clock, change).await
    }

    /// The same by a clock of the caller's.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn by_clock(
        database: Database,
        clock: FixedClock,
        change: impl FnOnce(&mut Blueprint),
    ) -> Result<Self, Trouble> {
        let mut blueprint = Blueprint {
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
        change(&mut blueprint);
        let app = Self::without_users(blueprint, clock)?;
        app.add_user("admin@example.com", Role::Admin, &[]).await?;
        app.add_user("operator@example.com", Role::Operator, &[]).await?;
        Ok(app)
    }

    /// As it is right after a deployment: nobody can sign in.
    ///
    /// # Errors
    /// [`Trouble`].
    pub fn without_users(mut blueprint: Blueprint, clock: FixedClock) -> Result<Self, Trouble> {
        leaks::watch();
        blueprint.events = Arc::new(NotedEvents(Arc::new(WatchedEvents(blueprint.events))));
        blueprint.archive = Some(Arc::new(NotedArchive::new(blueprint.archive)));
        let rights = iam::Rights::default();
        blueprint.observer = Arc::new(rights.clone());
        let system = System::start(blueprint, FAKE_TOKEN)?;
        Ok(Self { system, clock, leaks: Guard::default(), iam: iam::Guard(rights) })
    }

    /// Adds a user who signs in with [`PASSWORD`].
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn add_user(&self, email: &str, role: Role, clinics: &[&str]) -> Result<(), Trouble> {
        let profile = UserProfile {
            email: Email::parse(email).map_err(|_| "not an e-mail address")?,
            first_name: None,
            last_name: None,
            role,
            clinics: clinics.iter().filter_map(|id| ClinicId::parse(id)).collect(),
            credentials: Credentials { password: String::new(), generation: 0, last_login_at: None },
        };
        let ctx = Context::of_system("test".into());
        app::accounts::users::create_user(&self.system.app, &ctx, profile, &Password::parse(PASSWORD)?).await?;
        Ok(())
    }

    /// Somebody who hasn't signed in.
    #[must_use]
    pub fn anonymous(&self) -> Client<'_> {
        Client { app: self, token: None, headers: HeaderMap::new() }
    }

    /// Somebody with this access token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Client<'_> {
        Client { token: Some(token.to_owned()), ..self.anonymous() }
    }

    /// Signs a user in.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn sign_in(&self, email: &str) -> Result<Client<'_>, Trouble> {
        let body = serde_json::json!({ "email": email, "password": PASSWORD });
        let answer = self.anonymous().post("/api/auth/token/", &body).await?.expect_status(200)?;
        Ok(self.with_token(&answer.text("access")))
    }

    /// The ADMIN.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn admin(&self) -> Result<Client<'_>, Trouble> {
        self.sign_in("admin@example.com").await
    }

    /// The OPERATOR.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn operator(&self) -> Result<Client<'_>, Trouble> {
        self.sign_in("operator@example.com").await
    }

    /// Sets the clock.
    ///
    /// # Errors
    /// [`Trouble`] for what is no instant.
    pub fn set_now(&self, instant: &str) -> Result<(), Trouble> {
        self.clock.set(Instant::parse(instant).map_err(|_| "not an instant")?);
        Ok(())
    }

    /// Moves the clock on.
    pub fn advance(&self, delta: TimeDelta) {
        self.clock.advance(delta);
    }

    /// Twilio's stand-in.
    ///
    /// # Errors
    /// [`Trouble`] where the real one is used.
    pub fn twilio(&self) -> Result<&FakeTwilio, Trouble> {
        self.system.twilio.as_ref().ok_or_else(|| "no fake Twilio".into())
    }

    /// What was sent to patients, oldest first.
    ///
    /// # Errors
    /// [`Trouble`].
    pub fn outbox(&self) -> Result<Vec<SentMessage>, Trouble> {
        Ok(self.twilio()?.messages())
    }

    /// A patient writes, by a webhook that Twilio has signed. Answers its status.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn patient_writes(&self, reply: &PatientReply) -> Result<Answer, Trouble> {
        let (form, _) = self.twilio()?.inbound_form(reply);
        let answer = self.signed("/api/notifications/whatsapp/webhook/", &form).await?;
        self.twilio()?.take_answer(reply, answer.body.as_str().unwrap_or_default());
        Ok(answer)
    }

    /// Twilio calls a webhook.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn signed(&self, path: &str, form: &[(String, String)]) -> Result<Answer, Trouble> {
        let signature = self.twilio()?.sign(&format!("{PUBLIC_URL}{path}"), form);
        self.form(path, form, &signature).await
    }

    /// Somebody calls a webhook with this signature.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn form(&self, path: &str, form: &[(String, String)], signature: &str) -> Result<Answer, Trouble> {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("x-twilio-signature", signature)
            .body(Bytes::from(body))?;
        Ok(self.call(request).await)
    }

    /// Any request.
    pub async fn call(&self, request: Request<Bytes>) -> Answer {
        let query = request.uri().query().unwrap_or_default().to_owned();
        leaks::watch().learn_request(&request);
        let answer = self.call_about_nobody(request).await;
        leaks::watch().check_answer(&query, &answer);
        self.leaks.check();
        self.iam.check();
        answer
    }

    /// Any request that says nothing of anybody: what is cut at random out of a name, a number and our
    /// own words would otherwise be looked for as if it were somebody's.
    pub async fn call_about_nobody(&self, request: Request<Bytes>) -> Answer {
        let (parts, body) = self.system.gateway.call(request).await.into_parts();
        let text = String::from_utf8_lossy(&body).into_owned();
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Answer { status: parts.status, headers: parts.headers, body }
    }
}

impl Client<'_> {
    /// The access token, for a client that outlives this one; empty where nobody signed in.
    #[must_use]
    pub fn token(&self) -> String {
        self.token.clone().unwrap_or_default()
    }

    /// The same with a header.
    ///
    /// # Errors
    /// [`Trouble`] for what is no header.
    pub fn header(mut self, name: &'static str, value: &str) -> Result<Self, Trouble> {
        self.headers.insert(name, value.parse()?);
        Ok(self)
    }

    /// GET.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn get(&self, path: &str) -> Result<Answer, Trouble> {
        self.send(Method::GET, path, None).await
    }

    /// POST.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn post(&self, path: &str, body: &Value) -> Result<Answer, Trouble> {
        self.send(Method::POST, path, Some(body)).await
    }

    /// PUT.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn put(&self, path: &str, body: &Value) -> Result<Answer, Trouble> {
        self.send(Method::PUT, path, Some(body)).await
    }

    /// PATCH.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn patch(&self, path: &str, body: &Value) -> Result<Answer, Trouble> {
        self.send(Method::PATCH, path, Some(body)).await
    }

    /// DELETE.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn delete(&self, path: &str) -> Result<Answer, Trouble> {
        self.send(Method::DELETE, path, None).await
    }

    /// Any method.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Answer, Trouble> {
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
