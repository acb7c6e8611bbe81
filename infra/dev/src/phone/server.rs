//! A client of the local server's routes under `/_dev/`.

use super::PhoneError;
use local::fake_twilio::TemplateButton;
use platform::https;
use reqwest::{Client, RequestBuilder, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;

const CHANNEL: &str = "whatsapp:";

pub(super) struct DevServer {
    url: String,
    client: Client,
}

/// A message that the fake Twilio got.
#[derive(Clone, Deserialize)]
pub(super) struct ReceivedMessage {
    pub(super) sid: String,
    to: String,
    pub(super) body: Option<String>,
    #[serde(default)]
    pub(super) buttons: Vec<TemplateButton>,
    /// RFC 3339.
    pub(super) date_created: String,
}

impl ReceivedMessage {
    /// The recipient's number.
    pub(super) fn number(&self) -> &str {
        self.to.strip_prefix(CHANNEL).unwrap_or(&self.to)
    }
}

/// What a patient writes.
#[derive(Clone)]
pub(super) struct Written(Value);

impl Written {
    pub(super) fn text(text: &str) -> Self {
        Self(json!({ "body": text }))
    }

    pub(super) fn voice_note() -> Self {
        Self(json!({ "media": ["audio/ogg"] }))
    }

    pub(super) fn quote(text: &str, sid: &str) -> Self {
        Self(json!({ "body": text, "original_sid": sid }))
    }

    pub(super) fn button(button: &TemplateButton, sid: &str) -> Self {
        Self(json!({ "body": button.title, "button_payload": button.payload, "original_sid": sid }))
    }
}

impl DevServer {
    pub(super) fn at(port: u16) -> Result<Self, PhoneError> {
        let client = https::client().timeout(Duration::from_secs(60)).build()?;
        Ok(Self { url: format!("http://127.0.0.1:{port}"), client })
    }

    pub(super) async fn messages(&self) -> Result<Vec<ReceivedMessage>, PhoneError> {
        let path = "/_dev/twilio/messages/";
        Ok(self.send(path, self.client.get(format!("{}{path}", self.url))).await?.json().await?)
    }

    /// Writes as a number, and waits until the server has read it.
    pub(super) async fn write(&self, from: &str, Written(written): &Written) -> Result<(), PhoneError> {
        let mut body = written.clone();
        if let Some(members) = body.as_object_mut() {
            members.insert("from".to_owned(), from.into());
        }
        self.post("/_dev/patient/reply/", &body).await.map(drop)
    }

    /// Sets the clock forward and runs the scheduled job. Returns the new time.
    pub(super) async fn wait(&self, time: Duration) -> Result<String, PhoneError> {
        let answer = self.post("/_dev/clock/", &json!({ "advance_seconds": time.as_secs() })).await?;
        let answer: Value = answer.json().await?;
        self.post("/_dev/reminders/run/", &json!({})).await?;
        Ok(answer.get("now").and_then(Value::as_str).unwrap_or_default().to_owned())
    }

    async fn post(&self, path: &'static str, body: &Value) -> Result<Response, PhoneError> {
        self.send(path, self.client.post(format!("{}{path}", self.url)).json(body)).await
    }

    async fn send(&self, path: &'static str, request: RequestBuilder) -> Result<Response, PhoneError> {
        let sent = request.send().await;
        let response = sent.map_err(|error| match error.is_connect() {
            true => PhoneError::NoServer { url: self.url.clone() },
            false => error.into(),
        })?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        Err(PhoneError::Refused { path, status: status.as_u16(), detail: response.text().await.unwrap_or_default() })
    }
}
