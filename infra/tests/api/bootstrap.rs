//! Runs the functions' own binaries as Lambda does: they start from their environment, fetch events from a Lambda
//! runtime API and write to a table. All other tests call the functions' routers inside the test process.

mod binary;

use crate::payload;
use binary::built_binaries;
use lab::runtime_api::{RunningFunction, TemporarySecrets, environment};
use serde_json::json;
use std::path::Path;
use std::process::Command;
use testkit::test_app::{PASSWORD, TestApp, TestError};

fn secrets(name: &str) -> Result<TemporarySecrets, TestError> {
    TemporarySecrets::new(Path::new(env!("CARGO_TARGET_TMPDIR")), name)
}

#[tokio::test]
async fn a_token_of_one_function_is_accepted_by_another() -> Result<(), TestError> {
    let Some([auth, patients]) = built_binaries(["auth", "patients"]) else { return Ok(()) };
    let (app, secrets) = (TestApp::start().await?, secrets("token")?);
    let ana = json!({ "first_name": "Ana", "last_name": "Gómez", "document_number": "52.123.456",
        "phone_number": "+12025550147" });
    app.admin().await?.post("/api/patients/", &ana).await?.expect_status(201)?;

    let mut auth = RunningFunction::start(&auth, &environment(&app, &secrets)).await?;
    let sign_in = payload::text("auth.token.rest").replace("citas-demo-password", PASSWORD);
    let (status, tokens) = auth.request(sign_in).await?;
    assert_eq!(status, 200, "{tokens}");

    let mut patients = RunningFunction::start(&patients, &environment(&app, &secrets)).await?;
    let access = tokens["access"].as_str().ok_or("no token")?;
    for name in ["patients.list.rest", "patients.list.http"] {
        let list = payload::text(name);
        let (status, refusal) = patients.request(list.clone()).await?;
        assert_eq!((status, &refusal["code"]), (401, &json!("not_authenticated")), "{name} with no token yet");
        let (status, found) = patients.request(list.replace("{{access}}", access)).await?;
        assert_eq!((status, &found["results"][0]["full_name"]), (200, &json!("Ana Gómez")), "{name}: {found}");
    }
    Ok(())
}

#[tokio::test]
async fn the_function_without_routes_answers_its_event() -> Result<(), TestError> {
    let Some([admin]) = built_binaries(["auth-admin"]) else { return Ok(()) };
    let (app, secrets) = (TestApp::start().await?, secrets("admin")?);
    let mut admin = RunningFunction::start(&admin, &environment(&app, &secrets)).await?;
    let answer = admin.invoke(payload::text(crate::events::BOOTSTRAP)).await?;
    assert_eq!(answer["problem"]["field"], "admin", "this table has one: {answer}");
    assert!(admin.invoke(payload::text("auth.token.rest")).await.is_err(), "a request to the API");
    Ok(())
}

#[tokio::test]
async fn functions_answer_without_any_data() -> Result<(), TestError> {
    let Some([docs, reminders]) = built_binaries(["docs", "reminders"]) else { return Ok(()) };
    let (app, secrets) = (TestApp::start().await?, secrets("nothing")?);
    let mut docs = RunningFunction::start(&docs, &environment(&app, &secrets)).await?;
    for name in ["docs.health.rest", "docs.health.http"] {
        assert_eq!(docs.request(payload::text(name)).await?, (200, json!({ "status": "ok" })), "{name}");
    }
    let mut reminders = RunningFunction::start(&reminders, &environment(&app, &secrets)).await?;
    let mut idle = serde_json::to_value(app::messaging::reminders::Summary::default())?;
    let mut done = reminders.invoke(payload::text("reminders.daily")).await?;
    // How much of the day can be sealed depends on this machine's clock.
    for summary in [&mut idle, &mut done] {
        let members = summary.as_object_mut().ok_or("no summary")?;
        assert!(members.remove("seals").is_some() && members.remove("unsealed_seconds").is_some());
    }
    assert_eq!(done, idle);
    Ok(())
}

#[test]
fn a_function_that_lacks_a_setting_does_not_start_and_names_it() {
    let Some([docs]) = built_binaries(["docs"]) else { return };
    let ended = Command::new(docs).env_clear().output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(!ended.status.success() && said.contains("TABLE_NAME"), "{said}");
}
