//! Tests of `cargo dev phone`: a chat in a terminal with a running local server.

use crate::dev_server::DevServer;
use crate::programs;
use crate::server_restarts::{post, sign_in};
use platform::https;
use serde_json::{Value, json};
use std::io::Write as _;
use std::process::Stdio;
use testkit::test_app::TestError;

const LUCIA: &str = "+12025550141";
const START: &str = "2026-01-12T10:00:00-03:00";

async fn list(server: &DevServer, path: &str, token: &str) -> Result<Vec<Value>, TestError> {
    let url = format!("{}{path}", server.url());
    let answer: Value =
        https::client().build()?.get(url).bearer_auth(token).send().await?.error_for_status()?.json().await?;
    Ok(answer["results"].as_array().ok_or("no list")?.clone())
}

/// Books an appointment for a demo patient. Returns its path.
pub(crate) async fn book(server: &DevServer, token: &str) -> Result<String, TestError> {
    let patients = list(server, "/api/patients/?search=Lucia", token).await?;
    let doctors = list(server, "/api/doctors/?search=Nunez", token).await?;
    let body = json!({ "patient": patients[0]["id"], "doctor": doctors[0]["id"], "start_datetime": START });
    let booked = post(server, "/api/appointments/", Some(token), &body).await?;
    Ok(format!("/api/appointments/{}/", booked["id"].as_str().ok_or("no id")?))
}

/// Types the lines into a chat, one after the other. Returns what it showed.
fn chat(server: &DevServer, arguments: &[&str], lines: &[&str]) -> Result<(bool, String), TestError> {
    let port = server.url().rsplit(':').next().ok_or("no port")?;
    let mut phone = programs::dev();
    let phone = phone.args(["phone", "--port", port]).args(arguments);
    let mut phone = phone.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    phone.stdin.take().ok_or("no input")?.write_all((lines.join("\n") + "\n").as_bytes())?;
    let output = phone.wait_with_output()?;
    let shown = [output.stdout, output.stderr].concat();
    Ok((output.status.success(), String::from_utf8(shown)?))
}

#[tokio::test]
async fn a_patient_is_reminded_presses_a_button_and_is_answered() -> Result<(), TestError> {
    let server = DevServer::start(&["--memory", "--now", "2026-01-05T15:00:00Z"])?;
    let token = sign_in(&server).await?;
    let appointment = book(&server, &token).await?;
    let lines = ["/wait 4d", "/1", "/wait 22h", "/1", "/again", "/2 99", "/quit", "never written"];
    let (succeeded, shown) = chat(&server, &["--from", LUCIA], &lines)?;
    assert!(succeeded, "{shown}");
    let before = shown.find("there is no such button").ok_or("a button before the reminder")?;
    let reminder = shown.find("[/1 Confirmar]  [/2 Reprogramar]  [/3 Cancelar]").ok_or("no buttons")?;
    let answer = shown.find("confirmada").ok_or("no answer")?;
    assert!(before < reminder && reminder < answer, "{shown}");
    assert_eq!(shown.matches("there is no such button").count(), 2);
    assert!(!shown.contains("never written"));
    // The access token has expired since: the clock was set forward.
    let token = sign_in(&server).await?;
    let url = format!("{}{appointment}", server.url());
    let answer: Value = https::client().build()?.get(url).bearer_auth(&token).send().await?.json().await?;
    assert_eq!((&answer["status"], &answer["confirmed_via"]), (&json!("CONFIRMED"), &json!("whatsapp")));
    // Another number has another screen.
    let (_, shown) = chat(&server, &["--from", "+12025550198"], &["hola", &format!("/from {LUCIA}"), "/voice"])?;
    let stranger = shown.find("(1)").ok_or("no answer")?;
    let patient = shown.find("[/1 Confirmar]").ok_or("no screen")?;
    assert!(stranger < patient, "{shown}");
    let inbound = list(&server, "/api/notifications/inbound/", &token).await?;
    assert!(inbound.iter().any(|row| row["media"][0]["content_type"] == "audio/ogg"), "a voice note came");
    Ok(())
}

#[test]
fn without_a_server_it_says_how_to_start_one() -> Result<(), TestError> {
    let free = std::net::TcpListener::bind("127.0.0.1:0")?;
    let port = free.local_addr()?.port().to_string();
    drop(free);
    let output = programs::dev().args(["phone", "--port", &port]).stdin(Stdio::null()).output()?;
    let said = String::from_utf8(output.stderr)?;
    assert!(!output.status.success() && said.contains("start it with `cargo dev`"), "{said}");
    Ok(())
}
