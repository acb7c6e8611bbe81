//! Tests of the command `cargo citas admin create`, run as a process.

use super::fake_lambda::{FakeLambda, LambdaBehaviour};
use super::{admin_count, empty_deployment};
use crate::dev_server::DevServer;
use crate::programs::citas;
use platform::https;
use serde_json::json;
use std::io::Write as _;
use std::path::Path;
use std::process::{Output, Stdio};
use testkit::test_app::{PASSWORD, TestError};

/// Runs the command with this environment and this standard input.
fn run_create(arguments: &[&str], environment: &[(&str, &str)], input: &str) -> Result<Output, TestError> {
    let mut command = citas(&["admin", "create"], arguments);
    for name in ["AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"]
    {
        command.env_remove(name);
    }
    command.envs(environment.iter().copied());
    let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    // The process may have ended without reading it.
    let _ = process.stdin.take().ok_or("no input")?.write_all(input.as_bytes());
    Ok(process.wait_with_output()?)
}

fn output_text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// The generated password in the output; empty if there is none.
fn generated_password(said: &str) -> String {
    said.split("password ").nth(1).and_then(|rest| rest.split(['\n', ';']).next()).unwrap_or_default().trim().to_owned()
}

const EMAIL: &str = "directora@clinica.example";

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_gets_its_first_admin_through_lambda() -> Result<(), TestError> {
    let lambda = FakeLambda::start(empty_deployment().await).await?;
    let app = &lambda.state.app;
    let here = ("AWS_ENDPOINT_URL_LAMBDA", lambda.endpoint.as_str());
    let keys = [here, ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"), ("AWS_SECRET_ACCESS_KEY", "s3cr3t-example")];
    let stack = ["--stack", "citas", "--email", EMAIL];

    let nowhere = run_create(&stack, &keys, "")?;
    assert!(!nowhere.status.success() && output_text(&nowhere).contains("--region"), "{}", output_text(&nowhere));
    let region = [&stack[..], &["--region", "sa-east-1"]].concat();
    let without_keys = run_create(&region, &[here], "")?;
    assert!(
        !without_keys.status.success() && output_text(&without_keys).contains("AWS_ACCESS_KEY_ID"),
        "{}",
        output_text(&without_keys)
    );
    let elsewhere = run_create(&["--stack", "other", "--email", EMAIL, "--region", "sa-east-1"], &keys, "")?;
    assert!(
        !elsewhere.status.success() && output_text(&elsewhere).contains("other-auth-admin"),
        "{}",
        output_text(&elsewhere)
    );
    *lambda.state.behaviour.lock().unwrap() = LambdaBehaviour::Forbids;
    let forbidden = run_create(&region, &keys, "")?;
    assert!(
        !forbidden.status.success() && output_text(&forbidden).contains("lambda:InvokeFunction"),
        "{}",
        output_text(&forbidden)
    );
    assert_eq!(admin_count(app).await, None);

    *lambda.state.behaviour.lock().unwrap() = LambdaBehaviour::Succeeds;
    let session = [&keys[..], &[("AWS_SESSION_TOKEN", "a-session"), ("AWS_REGION", "sa-east-1")]].concat();
    let piped = [&stack[..], &["--password-stdin", "--first-name", "Beatriz"]].concat();
    let common = run_create(&piped, &session, "passwordpassword\n")?;
    assert!(!common.status.success() && output_text(&common).contains("\n  password: "), "{}", output_text(&common));
    let made = run_create(&piped, &session, &format!("{PASSWORD}\r\n"))?;
    assert!(made.status.success(), "{}", output_text(&made));
    assert!(!output_text(&made).contains(PASSWORD) && !output_text(&made).contains("s3cr3t"), "{}", output_text(&made));
    let me = app.sign_in(EMAIL).await?.get("/api/auth/me/").await?.expect_status(200)?;
    assert_eq!((me.text("role").as_str(), me.text("first_name").as_str()), ("ADMIN", "Beatriz"));
    let calls = lambda.state.calls.lock().unwrap();
    let last = calls.last().ok_or("no call")?;
    let signed = last["authorization"].to_str()?;
    assert!(signed.starts_with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"), "{signed}");
    assert!(signed.contains("/sa-east-1/lambda/aws4_request, SignedHeaders=host;x-amz-date;x-amz-security-token"));
    assert_eq!(last["x-amz-security-token"], "a-session");
    drop(calls);

    let again = run_create(&region, &keys, "")?;
    assert!(!again.status.success() && output_text(&again).contains("an ADMIN already"), "{}", output_text(&again));
    assert!(generated_password(&output_text(&again)).is_empty(), "a password without a user: {}", output_text(&again));
    Ok(())
}

/// If it is unknown whether the user was created, the password is printed all the same.
#[tokio::test(flavor = "multi_thread")]
async fn after_a_crash_of_the_function_the_password_is_printed() -> Result<(), TestError> {
    let lambda = FakeLambda::start(empty_deployment().await).await?;
    *lambda.state.behaviour.lock().unwrap() = LambdaBehaviour::Crashes;
    let environment = [
        ("AWS_ENDPOINT_URL_LAMBDA", lambda.endpoint.as_str()),
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "s3cr3t-example"),
        ("AWS_REGION", "us-east-1"),
    ];
    let unknown = run_create(&["--stack", "citas", "--email", EMAIL], &environment, "")?;
    assert!(!unknown.status.success() && output_text(&unknown).contains("nobody knows"), "{}", output_text(&unknown));
    let app = &lambda.state.app;
    let body = json!({ "email": EMAIL, "password": generated_password(&output_text(&unknown)) });
    app.anonymous().post("/api/auth/token/", &body).await?.expect_status(200)?;
    Ok(())
}

/// In a local server's folder without demo data.
#[tokio::test]
async fn a_local_table_gets_its_first_admin_too() -> Result<(), TestError> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("admin-{}", std::process::id()));
    let data = folder.display().to_string();
    let made = run_create(&["--data", &data, "--email", EMAIL], &[], "")?;
    assert!(made.status.success(), "{}", output_text(&made));
    let again = run_create(&["--data", &data, "--email", "other@example.com"], &[], "")?;
    assert!(!again.status.success() && output_text(&again).contains("an ADMIN already"), "{}", output_text(&again));

    // The server adds no demo data to a table that has users.
    let server = DevServer::start(&["--data", &data])?;
    let client = https::client().build()?;
    let sign_in = async |email: &str, password: &str| {
        let body = json!({ "email": email, "password": password });
        client.post(format!("{}/api/auth/token/", server.url())).json(&body).send().await
    };
    assert_eq!(sign_in(EMAIL, &generated_password(&output_text(&made))).await?.status(), 200);
    assert_eq!(sign_in("admin@example.com", "citas-demo-password").await?.status(), 401);
    drop(server);
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

#[test]
fn an_invalid_stack_name_is_refused() -> Result<(), TestError> {
    for stack in ["../x", "a/b", "1st", "a b", ""] {
        let refused = run_create(&["--stack", stack, "--email", EMAIL], &[], "")?;
        assert!(
            !refused.status.success() && output_text(&refused).contains("stack"),
            "{stack}: {}",
            output_text(&refused)
        );
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_at_an_endpoint_gets_its_first_admin() -> Result<(), TestError> {
    let app = empty_deployment().await;
    let made = run_create(&["--endpoint", app.system.database.endpoint(), "--email", EMAIL], &[], "")?;
    assert!(made.status.success(), "{}", output_text(&made));
    let body = json!({ "email": EMAIL, "password": generated_password(&output_text(&made)) });
    app.anonymous().post("/api/auth/token/", &body).await?.expect_status(200)?;
    Ok(())
}
