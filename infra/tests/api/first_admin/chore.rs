//! `cargo citas admin create`, as a person runs it.

use super::lambda::{Lambda, Mood};
use super::{admins, deployed};
use crate::programs::citas;
use crate::server::Server;
use platform::https;
use serde_json::json;
use std::io::Write as _;
use std::path::Path;
use std::process::{Output, Stdio};
use testkit::test_app::{PASSWORD, Trouble};

/// Runs it with this input and this environment.
fn create(arguments: &[&str], environment: &[(&str, &str)], input: &str) -> Result<Output, Trouble> {
    let mut command = citas(&["admin", "create"], arguments);
    for name in ["AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"]
    {
        command.env_remove(name);
    }
    command.envs(environment.iter().copied());
    let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    // It may not read it, and be gone already.
    let _ = process.stdin.take().ok_or("no input")?.write_all(input.as_bytes());
    Ok(process.wait_with_output()?)
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// The password that was made up.
fn shown(said: &str) -> String {
    said.split("password ").nth(1).and_then(|rest| rest.split(['\n', ';']).next()).unwrap_or_default().trim().to_owned()
}

const EMAIL: &str = "directora@clinica.example";

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_gets_its_first_admin_through_lambda() -> Result<(), Trouble> {
    let lambda = Lambda::start(deployed().await).await?;
    let app = &lambda.shared.app;
    let here = ("AWS_ENDPOINT_URL_LAMBDA", lambda.endpoint.as_str());
    let keys = [here, ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"), ("AWS_SECRET_ACCESS_KEY", "s3cr3t-example")];
    let stack = ["--stack", "citas", "--email", EMAIL];

    let nowhere = create(&stack, &keys, "")?;
    assert!(!nowhere.status.success() && said(&nowhere).contains("--region"), "{}", said(&nowhere));
    let region = [&stack[..], &["--region", "sa-east-1"]].concat();
    let nobody = create(&region, &[here], "")?;
    assert!(!nobody.status.success() && said(&nobody).contains("AWS_ACCESS_KEY_ID"), "{}", said(&nobody));
    let elsewhere = create(&["--stack", "other", "--email", EMAIL, "--region", "sa-east-1"], &keys, "")?;
    assert!(!elsewhere.status.success() && said(&elsewhere).contains("other-auth-admin"), "{}", said(&elsewhere));
    *lambda.shared.mood.lock().unwrap() = Mood::Forbids;
    let forbidden = create(&region, &keys, "")?;
    assert!(!forbidden.status.success() && said(&forbidden).contains("lambda:InvokeFunction"), "{}", said(&forbidden));
    assert_eq!(admins(app).await, None);

    *lambda.shared.mood.lock().unwrap() = Mood::Well;
    let session = [&keys[..], &[("AWS_SESSION_TOKEN", "a-session"), ("AWS_REGION", "sa-east-1")]].concat();
    let piped = [&stack[..], &["--password-stdin", "--first-name", "Beatriz"]].concat();
    let common = create(&piped, &session, "passwordpassword\n")?;
    assert!(!common.status.success() && said(&common).contains("\n  password: "), "{}", said(&common));
    let made = create(&piped, &session, &format!("{PASSWORD}\r\n"))?;
    assert!(made.status.success(), "{}", said(&made));
    assert!(!said(&made).contains(PASSWORD) && !said(&made).contains("s3cr3t"), "{}", said(&made));
    let me = app.sign_in(EMAIL).await?.get("/api/auth/me/").await?.expect_status(200)?;
    assert_eq!((me.text("role").as_str(), me.text("first_name").as_str()), ("ADMIN", "Beatriz"));
    let calls = lambda.shared.calls.lock().unwrap();
    let last = calls.last().ok_or("no call")?;
    let signed = last["authorization"].to_str()?;
    assert!(signed.starts_with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"), "{signed}");
    assert!(signed.contains("/sa-east-1/lambda/aws4_request, SignedHeaders=host;x-amz-date;x-amz-security-token"));
    assert_eq!(last["x-amz-security-token"], "a-session");
    drop(calls);

    let again = create(&region, &keys, "")?;
    assert!(!again.status.success() && said(&again).contains("an ADMIN already"), "{}", said(&again));
    assert!(shown(&said(&again)).is_empty(), "no password of nobody: {}", said(&again));
    Ok(())
}

/// Where nobody knows whether it was made, the password isn't lost.
#[tokio::test(flavor = "multi_thread")]
async fn a_function_that_crashes_may_have_done_it() -> Result<(), Trouble> {
    let lambda = Lambda::start(deployed().await).await?;
    *lambda.shared.mood.lock().unwrap() = Mood::Crashes;
    let environment = [
        ("AWS_ENDPOINT_URL_LAMBDA", lambda.endpoint.as_str()),
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "s3cr3t-example"),
        ("AWS_REGION", "us-east-1"),
    ];
    let unknown = create(&["--stack", "citas", "--email", EMAIL], &environment, "")?;
    assert!(!unknown.status.success() && said(&unknown).contains("nobody knows"), "{}", said(&unknown));
    let app = &lambda.shared.app;
    let body = json!({ "email": EMAIL, "password": shown(&said(&unknown)) });
    app.anonymous().post("/api/auth/token/", &body).await?.expect_status(200)?;
    Ok(())
}

/// On a laptop: into the folder of a server that has no demo data.
#[tokio::test]
async fn a_local_table_gets_its_first_admin_too() -> Result<(), Trouble> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("admin-{}", std::process::id()));
    let data = folder.display().to_string();
    let made = create(&["--data", &data, "--email", EMAIL], &[], "")?;
    assert!(made.status.success(), "{}", said(&made));
    let again = create(&["--data", &data, "--email", "other@example.com"], &[], "")?;
    assert!(!again.status.success() && said(&again).contains("an ADMIN already"), "{}", said(&again));

    // A server that would bring demo data leaves it, too: there are users.
    let server = Server::start(&["--data", &data])?;
    let client = https::client().build()?;
    let sign_in = async |email: &str, password: &str| {
        let body = json!({ "email": email, "password": password });
        client.post(format!("{}/api/auth/token/", server.url())).json(&body).send().await
    };
    assert_eq!(sign_in(EMAIL, &shown(&said(&made))).await?.status(), 200);
    assert_eq!(sign_in("admin@example.com", "citas-demo-password").await?.status(), 401);
    drop(server);
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

#[test]
fn a_stack_is_a_name() -> Result<(), Trouble> {
    for stack in ["../x", "a/b", "1st", "a b", ""] {
        let refused = create(&["--stack", stack, "--email", EMAIL], &[], "")?;
        assert!(!refused.status.success() && said(&refused).contains("stack"), "{stack}: {}", said(&refused));
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_somebody_offers_gets_one() -> Result<(), Trouble> {
    let app = deployed().await;
    let made = create(&["--endpoint", app.system.database.endpoint(), "--email", EMAIL], &[], "")?;
    assert!(made.status.success(), "{}", said(&made));
    let body = json!({ "email": EMAIL, "password": shown(&said(&made)) });
    app.anonymous().post("/api/auth/token/", &body).await?.expect_status(200)?;
    Ok(())
}
