//! Tests of creating the first ADMIN of a deployment: it works once, and only through the function `auth-admin`.

mod command;
mod fake_lambda;

use crate::events::{BOOTSTRAP, ROTATE};
use crate::key_rotation::fake_secrets_manager::{FakeSecretsManager, SECRET};
use crate::payload;
use app::accounts::first_admin::{FirstAdmin, create_first_admin};
use app::support::id_source::IdSource;
use app::support::tuning::Tuning;
use app::{AppError, Context};
use domain::email::Email;
use domain::time::Instant;
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, join_all};
use identity::password::Password;
use lambda_runtime::LambdaEvent;
use local::clock::FixedClock;
use local::database::Database;
use local::gateway::Format;
use local::observer::NoObserver;
use local::protocol::OperationKind;
use local::system::{self, FAKE_TOKEN, SystemConfig};
use platform::events::NoEvents;
use platform::secrets::rotation::SecretRotation;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use store::Key;
use store::counter::Counter;
use testkit::faulty_client::FaultyClient;
use testkit::faulty_client::call_hook::{CallHook, ExternalCall, HookDecision};
use testkit::test_app::{PASSWORD, PUBLIC_URL, TestApp, TestError};
use tower::ServiceExt as _;

/// A system without users.
async fn empty_deployment() -> TestApp {
    app_over(Database::memory().await.unwrap())
}

fn app_over(database: Database) -> TestApp {
    let clock = FixedClock::new(Instant::parse("2025-12-01T12:00:00Z").unwrap());
    let config = SystemConfig {
        database,
        clock: Arc::new(clock.clone()),
        secrets: system::secrets(PUBLIC_URL, FAKE_TOKEN),
        settings: BTreeMap::new(),
        format: Format::Rest,
        events: Arc::new(NoEvents),
        messenger: None,
        archive: None,
        ids: IdSource::default(),
        tuning: Tuning::default(),
        observer: Arc::new(NoObserver),
    };
    TestApp::without_users(config, clock).unwrap()
}

async fn create_first(app: &TestApp, email: &str) -> Result<domain::user::User, AppError> {
    let admin = FirstAdmin { email: Email::parse(email).unwrap(), first_name: None, last_name: None };
    let ctx = Context::of_system("test".into());
    let password = Password::parse(PASSWORD).unwrap();
    app.system.run_as_function("auth-admin", create_first_admin(&app.system.app, &ctx, admin, &password)).await
}

/// Invokes `auth-admin`, without a Secrets Manager.
async fn invoke(app: &TestApp, event: Value) -> Result<Value, lambda_runtime::Error> {
    let event = LambdaEvent::new(event, lambda_runtime::Context::default());
    let rotation = SecretRotation::local("http://127.0.0.1:9");
    app.system.run_as_function("auth-admin", auth::admin::handle(&app.system.app, &rotation, event)).await
}

fn is_refused(made: &Result<domain::user::User, AppError>) -> bool {
    matches!(made, Err(AppError::AlreadyExists { field: "admin", .. }))
}

async fn admin_count(app: &TestApp) -> Option<u64> {
    app.system.app.table.get::<Counter>(&Key::admins()).await.unwrap().map(|counter| counter.count)
}

#[tokio::test]
async fn the_first_admin_can_sign_in_and_is_audited() -> Result<(), TestError> {
    let app = empty_deployment().await;
    let mut event = payload::json(BOOTSTRAP);
    event["bootstrap"]["password"] = json!(PASSWORD);
    let created = invoke(&app, event).await?;
    let id = created["created"]["id"].as_str().ok_or(format!("{created}"))?;
    let admin = app.sign_in("directora@clinica.example").await?;
    let me = admin.get("/api/auth/me/").await?.expect_status(200)?;
    assert_eq!((me.id().as_str(), me.text("role").as_str(), me.text("first_name").as_str()), (id, "ADMIN", "Beatriz"));
    let trail = admin.get(&format!("/api/audit/?object_id={id}")).await?.expect_status(200)?;
    let row = trail.results().into_iter().find(|row| row["action"] == "CREATE").ok_or("no row")?;
    assert_eq!((&row["actor_type"], &row["model"]), (&json!("system"), &json!("user")), "{row}");
    assert!(!trail.body.to_string().contains("directora"), "no personal data in the trail");
    Ok(())
}

#[tokio::test]
async fn a_second_first_admin_is_refused() -> Result<(), TestError> {
    let app = empty_deployment().await;
    let first = create_first(&app, "first@example.com").await?;
    assert!(is_refused(&create_first(&app, "second@example.com").await));
    assert!(is_refused(&create_first(&app, "first@example.com").await), "not the same one again, either");
    // Another ADMIN is created, and the first is disabled.
    let admin = app.sign_in("first@example.com").await?;
    let other = json!({ "email": "other@example.com", "role": "ADMIN", "password": PASSWORD });
    admin.post("/api/auth/users/", &other).await?.expect_status(201)?;
    let other = app.sign_in("other@example.com").await?;
    other.delete(&format!("/api/auth/users/{}/", first.id)).await?.expect_status(204)?;
    assert!(is_refused(&create_first(&app, "third@example.com").await));
    assert_eq!(admin_count(&app).await, Some(1));
    Ok(())
}

#[tokio::test]
async fn a_table_with_admins_gets_no_first_admin() -> Result<(), TestError> {
    let app = TestApp::start().await?;
    assert!(is_refused(&create_first(&app, "another@example.com").await));
    let event = json!({ "bootstrap": { "email": "another@example.com", "password": PASSWORD } });
    let answer = invoke(&app, event).await?;
    assert_eq!((&answer["problem"]["code"], &answer["problem"]["field"]), (&json!("already_exists"), &json!("admin")));
    Ok(())
}

/// All requests read before one of them writes.
#[tokio::test]
async fn of_concurrent_requests_one_succeeds() -> Result<(), TestError> {
    let app = empty_deployment().await;
    let emails: Vec<String> = (0..6).map(|number| format!("admin{number}@example.com")).collect();
    let made = join_all(emails.iter().map(|email| create_first(&app, email))).await;
    assert_eq!(made.iter().filter(|made| made.is_ok()).count(), 1, "{made:?}");
    assert_eq!(made.iter().filter(|made| is_refused(made)).count(), 5, "{made:?}");
    assert_eq!(admin_count(&app).await, Some(1));
    let winner = emails.iter().zip(&made).find(|(_, made)| made.is_ok()).ok_or("none")?.0;
    let users = app.sign_in(winner).await?.get("/api/auth/users/").await?.expect_status(200)?;
    assert_eq!(users.results().len(), 1, "the others left nothing behind");
    Ok(())
}

struct LoseFirstAnswer(AtomicBool);

impl CallHook for LoseFirstAnswer {
    fn before(&self, call: ExternalCall, _: Option<u64>) -> BoxFuture<'_, HookDecision> {
        let lost = call == ExternalCall::Table(OperationKind::Transact) && self.0.swap(false, Ordering::Relaxed);
        std::future::ready(if lost { HookDecision::AnswerLost } else { HookDecision::Proceed }).boxed()
    }

    fn crash(&self, _: Option<u64>) -> BoxFuture<'_, ()> {
        std::future::pending().boxed()
    }
}

#[tokio::test]
async fn a_lost_answer_is_no_refusal() -> Result<(), TestError> {
    let faulty_client = FaultyClient::default();
    let app = app_over(Database::memory().await?.through(&faulty_client));
    let loses = Arc::new(LoseFirstAnswer(AtomicBool::new(true)));
    faulty_client.set_call_hook(Some(Arc::clone(&loses) as Arc<_>));
    create_first(&app, "first@example.com").await?;
    assert!(!loses.0.load(Ordering::Relaxed), "an answer was lost");
    faulty_client.set_call_hook(None);
    assert_eq!(admin_count(&app).await, Some(1));
    app.sign_in("first@example.com").await?;
    Ok(())
}

#[tokio::test]
async fn the_input_is_validated_and_never_repeated_in_the_answer() -> Result<(), TestError> {
    let app = empty_deployment().await;
    for (body, code, field) in [
        (json!({ "email": "nobody", "password": PASSWORD }), "validation_error", "email"),
        (json!({ "email": "a@example.com", "password": "hunter2hunt" }), "validation_error", "password"),
        (json!({ "email": "a@example.com", "password": "passwordpassword" }), "validation_error", "password"),
        (json!({ "email": "a@example.com", "password": "" }), "validation_error", "password"),
        (
            json!({ "email": "a@example.com", "password": PASSWORD, "first_name": "\u{7}" }),
            "validation_error",
            "first_name",
        ),
        (json!({ "email": "a@example.com", "password": PASSWORD, "role": "ADMIN" }), "malformed", ""),
        (json!({ "email": "a@example.com", "password": ["hunter2hunt"] }), "malformed", ""),
        (json!({ "email": "a@example.com" }), "malformed", ""),
        (json!("hunter2hunt"), "malformed", ""),
    ] {
        let answer = invoke(&app, json!({ "bootstrap": body })).await?;
        assert_eq!(answer["problem"]["code"], code, "{body}: {answer}");
        assert!(field.is_empty() || answer["problem"]["errors"].get(field).is_some(), "{body}: {answer}");
        assert!(!answer.to_string().contains("hunter2hunt"), "{answer}");
    }
    let strange = json!({ "Bootstrap": { "email": "a@example.com", "password": "hunter2hunt" } });
    let said = invoke(&app, strange).await.unwrap_err().to_string();
    assert!(!said.contains("hunter2hunt"), "{said}");
    assert_eq!(admin_count(&app).await, None);
    Ok(())
}

/// An event of API Gateway is never taken for a bootstrap or a rotation, even with their members added.
#[tokio::test]
async fn an_event_of_api_gateway_is_refused() -> Result<(), TestError> {
    let app = empty_deployment().await;
    let manager = FakeSecretsManager::start("0123456789abcdef0123456789abcdef").await?;
    let rotation = SecretRotation::local(manager.endpoint());
    manager.begin_rotation("v1");
    let bootstrap = payload::json(BOOTSTRAP);
    let rotate = json!({ "Step": "createSecret", "SecretId": SECRET, "ClientRequestToken": "v1" });
    let mut seen = 0;
    for name in payload::names() {
        let event = payload::json(&name);
        if event.get("requestContext").is_none() {
            continue;
        }
        let body = |task: &Value| json!({ "body": task.to_string(), "isBase64Encoded": false });
        for more in [json!({}), bootstrap.clone(), rotate.clone(), body(&bootstrap), body(&rotate)] {
            let mut event = event.clone();
            event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let event = LambdaEvent::new(event, lambda_runtime::Context::default());
            let answer = auth::admin::handle(&app.system.app, &rotation, event).await;
            assert!(answer.is_err(), "{name} with {more}: {answer:?}");
            seen += 1;
        }
    }
    assert!(seen > 50, "{seen}");
    assert_eq!((admin_count(&app).await, manager.writes()), (None, 0));
    Ok(())
}

/// The public function doesn't process these events.
#[tokio::test]
async fn the_public_function_answers_404_to_both_events() -> Result<(), TestError> {
    let app = empty_deployment().await;
    for name in [BOOTSTRAP, ROTATE] {
        let Ok(request) = lambda_http::request::from_str(&payload::text(name)) else { continue };
        let answer = web::service(auth::router(), app.system.app.clone()).oneshot(request).await?;
        assert_eq!(answer.status(), 404, "{name}");
    }
    // The console is at "/", and takes no POST there.
    for (path, status) in [("/", 405), ("/api/auth/bootstrap/", 404), ("/api/auth/admin/", 404), ("/bootstrap", 404)] {
        let answer = app.anonymous().post(path, &payload::json(BOOTSTRAP)).await?;
        assert_eq!(answer.status, status, "{path}");
    }
    assert_eq!(admin_count(&app).await, None);
    Ok(())
}
