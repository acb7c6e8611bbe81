//! The routes under `/_dev/`, which control the clock, the scheduled job, the fake Twilio and simulated patients. Only
//! the local server has them; they need no token.

use app::messaging::reminders::Summary;
use app::support::ports::Event;
use axum::extract::{Json, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use domain::time::{Instant, TimeDelta};
use local::clock::ShiftedClock;
use local::fake_twilio::{FailMode, FakeTwilio, PatientReply, SentMessage};
use local::memory_events::MemoryEvents;
use local::stream::{Stream, deliver_changes};
use local::system::{FAKE_SENDER, System};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The running system and what the routes control.
pub struct Control {
    pub system: System,
    pub clock: ShiftedClock,
    /// The base URL for Twilio's webhooks.
    pub public_url: String,
    /// Committed changes that are not published yet.
    pub changes: Stream,
    /// The published events.
    pub events: MemoryEvents,
}

/// The routes, each with and without a trailing slash.
pub fn routes() -> axum::Router<Arc<Control>> {
    let mut router = axum::Router::new();
    for (path, methods) in [
        ("/_dev/clock", post(set_clock)),
        ("/_dev/reminders/run", post(run_reminders)),
        ("/_dev/events", get(events)),
        ("/_dev/twilio/messages", get(messages)),
        ("/_dev/twilio/fail", post(fail)),
        ("/_dev/patient/reply", post(reply)),
        ("/_dev/twilio/status", post(status)),
    ] {
        router = router.route(path, methods.clone()).route(&format!("{path}/"), methods);
    }
    router
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum ControlError {
    #[error("{0}")]
    Invalid(&'static str),
    #[error("this server uses the real Twilio: only the fake one can do this")]
    NoFake,
    #[error("Twilio has no message with this sid")]
    NoMessage,
    #[error("{0}")]
    Failed(String),
}

impl IntoResponse for ControlError {
    fn into_response(self) -> Response {
        let status = match self {
            Self::Invalid(_) => StatusCode::BAD_REQUEST,
            Self::NoFake => StatusCode::CONFLICT,
            Self::NoMessage => StatusCode::NOT_FOUND,
            Self::Failed(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        (status, Json(serde_json::json!({ "detail": self.to_string() }))).into_response()
    }
}

impl Control {
    /// Publishes the events of committed changes.
    pub async fn publish_changes(&self) -> Result<(), lambda_runtime::Error> {
        deliver_changes(&self.system, &self.changes).await
    }

    pub(crate) fn fake(&self) -> Result<&FakeTwilio, ControlError> {
        self.system.twilio.as_ref().ok_or(ControlError::NoFake)
    }

    /// A message of a patient, as Twilio would send it.
    pub(crate) async fn patient_writes(&self, reply: &PatientReply) -> Result<Response, ControlError> {
        let (form, _) = self.fake()?.inbound_form(reply);
        let (parts, body) = self.call_signed("/api/notifications/whatsapp/webhook/", &form).await?.into_parts();
        let body =
            axum::body::to_bytes(body, usize::MAX).await.map_err(|error| ControlError::Failed(error.to_string()))?;
        self.fake()?.send_twiml_reply(reply, &String::from_utf8_lossy(&body));
        Ok((parts, body).into_response())
    }

    /// A status of a sent message, as Twilio would report it.
    pub(crate) async fn report_status(
        &self,
        sid: &str,
        status: &str,
        error_code: Option<u32>,
    ) -> Result<Response, ControlError> {
        let fake = self.fake()?;
        let form = fake.status_form(sid, status, error_code).ok_or(ControlError::NoMessage)?;
        // Twilio calls the URL that was sent with the message.
        let callback = fake.messages().into_iter().find(|message| message.sid == sid);
        let callback = callback.and_then(|message| message.status_callback).unwrap_or_default();
        let path = callback.strip_prefix(&self.public_url).unwrap_or("/api/notifications/whatsapp/status/").to_owned();
        self.call_signed(&path, &form).await
    }

    /// Calls one of our own webhooks, signed as Twilio signs it.
    pub(crate) async fn call_signed(&self, path: &str, form: &[(String, String)]) -> Result<Response, ControlError> {
        let fake = self.fake()?;
        let pairs: Vec<(&str, &str)> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let body = pairs.iter().copied().collect::<twilio::Form>().encode();
        let request = http::Request::builder()
            .method(http::Method::POST)
            .uri(path)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("x-twilio-signature", fake.sign(&format!("{}{path}", self.public_url), form))
            .body(Bytes::from(body))
            .map_err(|error| ControlError::Failed(error.to_string()))?;
        Ok(self.system.gateway.call(request).await.map(axum::body::Body::from))
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockBody {
    now: Option<String>,
    advance_seconds: Option<i64>,
}

#[derive(Debug, Serialize)]
struct ClockView {
    now: String,
}

async fn set_clock(
    State(control): State<Arc<Control>>,
    Json(body): Json<ClockBody>,
) -> Result<Json<ClockView>, ControlError> {
    match (body.now, body.advance_seconds) {
        (Some(now), None) => {
            control.clock.set_now(Instant::parse(&now).map_err(|_| ControlError::Invalid("now is not an instant"))?);
        }
        (None, Some(seconds)) => {
            let delta = TimeDelta::try_seconds(seconds).ok_or(ControlError::Invalid("advance_seconds is too much"))?;
            control.clock.advance(delta);
        }
        _ => return Err(ControlError::Invalid("either now or advance_seconds")),
    }
    Ok(Json(ClockView { now: control.system.app.now().rfc3339() }))
}

/// A domain event as EventBridge rules see it.
#[derive(Debug, Serialize)]
struct EventView {
    #[serde(rename = "detail-type")]
    kind: &'static str,
    detail: serde_json::Value,
}

/// Lists the published events, oldest first, after publishing all committed changes.
async fn events(State(control): State<Arc<Control>>) -> Result<Json<Vec<EventView>>, ControlError> {
    control.publish_changes().await.map_err(|error| ControlError::Failed(error.to_string()))?;
    let view =
        |event: Event| EventView { kind: event.kind, detail: serde_json::from_str(&event.detail).unwrap_or_default() };
    Ok(Json(control.events.all().into_iter().map(view).collect()))
}

/// A summary of a run of the scheduled job. The log has all of it.
#[derive(Debug, Serialize)]
struct RunView {
    claimed: u64,
    sent: u64,
    unknown: u64,
    failed: u64,
    expired: u64,
}

impl From<&Summary> for RunView {
    fn from(summary: &Summary) -> Self {
        let Summary { claimed, sent, unknown, failed, expired, .. } = *summary;
        Self { claimed, sent, unknown, failed, expired }
    }
}

async fn run_reminders(State(control): State<Arc<Control>>) -> Result<Json<RunView>, ControlError> {
    control
        .system
        .run_reminders()
        .await
        .map(|summary| Json(RunView::from(&summary)))
        .map_err(|error| ControlError::Failed(error.to_string()))
}

async fn messages(State(control): State<Arc<Control>>) -> Result<Json<Vec<SentMessage>>, ControlError> {
    Ok(Json(control.fake()?.messages()))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FailBody {
    mode: FailMode,
    code: Option<u32>,
    times: Option<u32>,
}

#[derive(Debug, Serialize)]
struct FailView {
    times: u32,
}

async fn fail(State(control): State<Arc<Control>>, Json(body): Json<FailBody>) -> Result<Json<FailView>, ControlError> {
    let times = body.times.unwrap_or(1);
    control.fake()?.fail(body.mode, body.code, times);
    Ok(Json(FailView { times }))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReplyBody {
    from: String,
    external_user: Option<String>,
    body: Option<String>,
    button_payload: Option<String>,
    original_sid: Option<String>,
    opt_out_type: Option<String>,
    /// Types of attached files, such as `audio/ogg` and `image/png`.
    #[serde(default)]
    media: Vec<String>,
}

async fn reply(State(control): State<Arc<Control>>, Json(body): Json<ReplyBody>) -> Result<Response, ControlError> {
    let reply = PatientReply {
        from: body.from,
        external_user: body.external_user,
        to: FAKE_SENDER.to_owned(),
        body: body.body,
        button_payload: body.button_payload,
        original_sid: body.original_sid,
        opt_out_type: body.opt_out_type,
        media: body.media,
    };
    control.patient_writes(&reply).await
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct StatusBody {
    sid: String,
    status: String,
    error_code: Option<u32>,
}

async fn status(State(control): State<Arc<Control>>, Json(body): Json<StatusBody>) -> Result<Response, ControlError> {
    control.report_status(&body.sid, &body.status, body.error_code).await
}
