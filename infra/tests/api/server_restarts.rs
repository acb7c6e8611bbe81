//! Tests that the local server's data survives a restart, after Ctrl-C and after `kill -9`.

use crate::dev_server::DevServer;
use crate::programs;
use platform::https;
use serde_json::{Value, json};
use testkit::test_app::TestError;

pub(crate) async fn post(
    server: &DevServer,
    path: &str,
    token: Option<&str>,
    body: &Value,
) -> Result<Value, TestError> {
    let mut request = https::client().build()?.post(format!("{}{path}", server.url())).json(body);
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    Ok(request.send().await?.error_for_status()?.json().await?)
}

pub(crate) async fn sign_in(server: &DevServer) -> Result<String, TestError> {
    let body = json!({ "email": "operator@example.com", "password": "citas-demo-password" });
    let answer = post(server, "/api/auth/token/", None, &body).await?;
    Ok(answer["access"].as_str().ok_or("no token")?.to_owned())
}

async fn count_patients(server: &DevServer, token: &str) -> Result<usize, TestError> {
    let url = format!("{}/api/patients/?search=recuerdo", server.url());
    let answer: Value =
        https::client().build()?.get(url).bearer_auth(token).send().await?.error_for_status()?.json().await?;
    Ok(answer["results"].as_array().ok_or("no list")?.len())
}

#[tokio::test]
async fn data_survives_kill_9_and_ctrl_c() -> Result<(), TestError> {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("process-{}", std::process::id()));
    let data = folder.display().to_string();
    let arguments = ["--data", data.as_str()];

    let server = DevServer::start(&arguments)?;
    let token = sign_in(&server).await?;
    let patient = json!({
        "first_name": "Ana", "last_name": "Recuerdo", "document_number": "1", "phone_number": "+12025550199",
    });
    post(&server, "/api/patients/", Some(&token), &patient).await?;
    server.kill()?;

    // The signing key is stored too, so that a token stays valid.
    let server = DevServer::start(&arguments)?;
    assert_eq!(count_patients(&server, &token).await?, 1, "after kill -9");
    assert!(server.interrupt()?, "Ctrl-C ends it well");

    let server = DevServer::start(&arguments)?;
    assert_eq!(count_patients(&server, &sign_in(&server).await?).await?, 1, "after Ctrl-C");
    drop(server);
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

#[test]
fn an_occupied_port_is_named() -> Result<(), TestError> {
    let taken = std::net::TcpListener::bind("127.0.0.1:0")?;
    let port = taken.local_addr()?.port().to_string();
    let output = programs::dev().args(["--memory", "--port", &port]).output()?;
    assert!(!output.status.success());
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(complaint.contains(&port) && complaint.contains("--port"), "{complaint}");
    Ok(())
}
