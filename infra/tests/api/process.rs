//! What the local server was told is there when it comes back, however it went.

use crate::programs;
use crate::server::Server;
use platform::https;
use serde_json::{Value, json};
use testkit::test_app::Trouble;

async fn post(server: &Server, path: &str, token: Option<&str>, body: &Value) -> Result<Value, Trouble> {
    let mut request = https::client().build()?.post(format!("{}{path}", server.url())).json(body);
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    Ok(request.send().await?.error_for_status()?.json().await?)
}

async fn sign_in(server: &Server) -> Result<String, Trouble> {
    let body = json!({ "email": "operator@example.com", "password": "citas-demo-password" });
    let answer = post(server, "/api/auth/token/", None, &body).await?;
    Ok(answer["access"].as_str().ok_or("no token")?.to_owned())
}

async fn patients(server: &Server, token: &str) -> Result<usize, Trouble> {
    let url = format!("{}/api/patients/?search=recuerdo", server.url());
    let answer: Value =
        https::client().build()?.get(url).bearer_auth(token).send().await?.error_for_status()?.json().await?;
    Ok(answer["results"].as_array().ok_or("no list")?.len())
}

#[tokio::test]
async fn nothing_is_lost_by_kill_9_or_ctrl_c() -> Result<(), Trouble> {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("process-{}", std::process::id()));
    let data = folder.display().to_string();
    let arguments = ["--data", data.as_str()];

    let server = Server::start(&arguments)?;
    let token = sign_in(&server).await?;
    let patient = json!({
        "first_name": "Ana", "last_name": "Recuerdo", "document_number": "1", "phone_number": "+12025550199",
    });
    post(&server, "/api/patients/", Some(&token), &patient).await?;
    server.kill()?;

    // The signing key is kept too: a token outlives the process that made it.
    let server = Server::start(&arguments)?;
    assert_eq!(patients(&server, &token).await?, 1, "after kill -9");
    assert!(server.interrupt()?, "Ctrl-C ends it well");

    let server = Server::start(&arguments)?;
    assert_eq!(patients(&server, &sign_in(&server).await?).await?, 1, "after Ctrl-C");
    drop(server);
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

#[test]
fn a_port_that_somebody_has_is_named() -> Result<(), Trouble> {
    let taken = std::net::TcpListener::bind("127.0.0.1:0")?;
    let port = taken.local_addr()?.port().to_string();
    let output = programs::dev().args(["--memory", "--port", &port]).output()?;
    assert!(!output.status.success());
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(complaint.contains(&port) && complaint.contains("--port"), "{complaint}");
    Ok(())
}
