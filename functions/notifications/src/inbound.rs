//! What patients wrote: what clients see, and the handlers.

use app::App;
use app::messaging::inbound::worklist::{self, Line};
use axum::extract::State;
use domain::ids::InboundId;
use domain::time::Instant;
use serde::{Deserialize, Serialize};
use store::inbound::Inbound;
use utoipa::{IntoParams, ToSchema};
use web::{Caller, IfMatch, Input, List, Paging, Params, PathId, Problem, Shown};

/// A message from a patient, as clients see one.
#[derive(Clone, Serialize, ToSchema)]
pub struct InboundView {
    /// Its id.
    #[schema(format = "uuid")]
    id: String,
    /// Twilio's id.
    message_sid: String,
    /// The number, as WhatsApp gives it; or the id of somebody who hides it.
    #[schema(example = "+5491123456789")]
    from: String,
    /// What was written, or the name of a file.
    body: String,
    /// What the pressed button carries.
    button_payload: Option<String>,
    /// Id of the appointment that it is about.
    #[schema(format = "uuid")]
    appointment: Option<String>,
    /// `confirm`, `reschedule`, `cancel`, `choice`, `opt_out`, `opt_in`, `unclear` or `media`; `null`
    /// until it is processed.
    #[schema(pattern = "^(confirm|reschedule|cancel|choice|opt_out|opt_in|unclear|media)$", example = "confirm")]
    intent: Option<&'static str>,
    /// What came of it, in one word.
    #[schema(example = "confirmed")]
    outcome: Option<String>,
    /// Whether a person has to look at it.
    needs_attention: bool,
    #[schema(format = DateTime)]
    received_at: String,
    /// One more with each change.
    version: u64,
}

/// A message from a patient with the conversation around it.
#[derive(Clone, Serialize, ToSchema)]
pub struct InboundDetailView {
    #[serde(flatten)]
    message: InboundView,
    /// The conversation with this number, oldest first.
    thread: Vec<LineView>,
}

/// One message of a conversation.
#[derive(Clone, Serialize, ToSchema)]
pub struct LineView {
    /// `in`: from the patient; `out`: to the patient.
    #[schema(pattern = "^(in|out)$")]
    direction: &'static str,
    /// Id of the inbound message or of the notification.
    #[schema(format = "uuid")]
    id: String,
    /// What was said.
    body: Option<String>,
    /// Of a message to the patient, where it stands.
    #[schema(example = "read")]
    status: Option<&'static str>,
    #[schema(format = DateTime)]
    at: String,
}

fn shown(row: &Inbound, at: Instant) -> String {
    row.zone.map_or_else(|| at.rfc3339(), |zone| zone.rfc3339(at))
}

impl From<&Inbound> for InboundView {
    fn from(row: &Inbound) -> Self {
        Self {
            id: row.id().to_string(),
            message_sid: row.message_sid.clone(),
            from: row.from.0.trim_start_matches("whatsapp:").to_owned(),
            body: row.body.0.clone(),
            button_payload: row.button_payload.clone(),
            appointment: row.appointment.map(|id| id.to_string()),
            intent: row.intent.map(store::inbound::InboundIntent::name),
            outcome: row.outcome.clone(),
            needs_attention: row.needs_attention,
            received_at: shown(row, row.received_at),
            version: row.version,
        }
    }
}

impl From<&Line> for LineView {
    fn from(line: &Line) -> Self {
        let body = line.words().map(|words| words.0.clone());
        match line {
            Line::In(row) => {
                Self { direction: "in", id: row.id().to_string(), body, status: None, at: shown(row, line.at()) }
            }
            Line::Out(row) => Self {
                direction: "out",
                id: row.id.to_string(),
                body,
                status: Some(row.status.name()),
                at: row.zone.rfc3339(line.at()),
            },
        }
    }
}

/// Which messages are wanted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct InboundParams {
    /// `true`: those that a person has to look at.
    needs_attention: Option<bool>,
}

/// What can be changed of a message.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct InboundEditBody {
    /// `false`: somebody has looked at it.
    #[serde(default)]
    needs_attention: Option<bool>,
}

/// Lists messages from patients, latest first: of three months, or all that a person has to look at.
#[utoipa::path(get, path = "/api/notifications/inbound/", tag = "notifications", params(InboundParams),
    responses((status = 200, body = List<InboundView>)), extensions(("x-access" = json!("operator"))))]
pub async fn list_inbound(
    State(app): State<App>,
    params: Params<InboundParams>,
    caller: Caller,
    page: Paging,
) -> Result<List<InboundView>, Problem> {
    let slice = worklist::list_inbound(&app, &caller.0, params.0.needs_attention, page.window()).await?;
    page.list(&app, slice.map(|row| InboundView::from(&row))).await
}

/// Reads a message with the conversation around it.
#[utoipa::path(get, path = "/api/notifications/inbound/{id}/", tag = "notifications", params(("id" = String, Path)),
    responses((status = 200, body = InboundDetailView)), extensions(("x-access" = json!("operator"))))]
pub async fn get_inbound(
    State(app): State<App>,
    id: PathId<InboundId>,
    caller: Caller,
) -> Result<Shown<InboundDetailView>, Problem> {
    let row = worklist::get_inbound(&app, &caller.0, id.0).await?;
    let thread = worklist::thread(&app, &caller.0, &row).await?;
    let thread = thread.iter().map(LineView::from).collect();
    Ok(Shown::new(row.version, InboundDetailView { message: InboundView::from(&row), thread }))
}

/// Notes that somebody has looked at a message.
#[utoipa::path(patch, path = "/api/notifications/inbound/{id}/", tag = "notifications",
    params(("id" = String, Path)), request_body = InboundEditBody,
    responses((status = 200, body = InboundView)), extensions(("x-access" = json!("operator"))))]
pub async fn update_inbound(
    State(app): State<App>,
    id: PathId<InboundId>,
    if_match: IfMatch,
    input: Input<InboundEditBody>,
) -> Result<Shown<InboundView>, Problem> {
    let row = worklist::update_inbound(&app, &input.ctx, id.0, if_match.0, input.body.needs_attention).await?;
    Ok(Shown::new(row.version, InboundView::from(&row)))
}
