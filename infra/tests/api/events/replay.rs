//! Replays a payload: parses it as in Lambda and passes it to the function's router.

use super::payload_setup::PayloadSetup;
use crate::payload;
use base64::Engine as _;
use local::functions::{CONSOLE, functions};
use local::gateway::boxed_function;
use serde_json::Value;
use testkit::test_app::{PUBLIC_URL, TestError, TestResponse};
use tower::ServiceExt as _;

impl PayloadSetup {
    /// Replays a payload through the function that its name begins with.
    pub(super) async fn replay(&self, name: &str) -> Result<TestResponse, TestError> {
        let text = self.substitute(&payload::text(name));
        let signature = self.sign(&serde_json::from_str(&text)?)?;
        self.hand_over(name, &text.replace("{{signature}}", &signature)).await
    }

    /// Like [`Self::replay`], but without a Twilio signature.
    pub(super) async fn replay_unsigned(&self, name: &str) -> Result<TestResponse, TestError> {
        self.hand_over(name, &self.substitute(&payload::text(name))).await
    }

    async fn hand_over(&self, name: &str, event: &str) -> Result<TestResponse, TestError> {
        let request = lambda_http::request::from_str(event)?;
        let folder = payload::function(name);
        if folder == CONSOLE.1 {
            return Ok(self.hand_over_to_the_console(request).await);
        }
        let function = functions().into_iter().find(|function| function.name == folder);
        let function = function.ok_or_else(|| format!("no function {folder}"))?;
        let (head, body) =
            web::service(function.router, self.app.system.app.clone()).oneshot(request).await?.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await?;
        let text = String::from_utf8(body.to_vec())?;
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Ok(TestResponse { status: head.status, headers: head.headers, body })
    }

    async fn hand_over_to_the_console(&self, request: lambda_http::Request) -> TestResponse {
        let api = std::sync::Arc::new(local::gateway::ApiInProcess(self.app.system.gateway.clone()));
        let clock = self.app.clock.clone();
        let console = console::service(api, std::sync::Arc::new(move || app::support::ports::Clock::now(&clock)));
        let (head, body) = boxed_function(console).oneshot(request).await.unwrap().into_parts();
        let body = Value::String(String::from_utf8_lossy(&body).into_owned());
        TestResponse { status: head.status, headers: head.headers, body }
    }

    /// The signature that Twilio would send with this event: over the public URL and all parameters of the form.
    fn sign(&self, event: &Value) -> Result<String, TestError> {
        let path = event["path"].as_str().or(event["rawPath"].as_str()).ok_or("an event without a path")?;
        let query: Vec<String> = event["queryStringParameters"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, value)| format!("{name}={}", value.as_str().unwrap_or_default()))
            .collect();
        let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
        let body = event["body"].as_str().unwrap_or_default();
        let form = match event["isBase64Encoded"].as_bool() {
            Some(true) => base64::engine::general_purpose::STANDARD.decode(body)?,
            _ => body.as_bytes().to_vec(),
        };
        let form: Vec<(String, String)> = form_urlencoded::parse(&form).into_owned().collect();
        Ok(self.app.twilio()?.sign(&format!("{PUBLIC_URL}{path}{query}"), &form))
    }
}
