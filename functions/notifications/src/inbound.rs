//! Handlers and API types for inbound messages.

use app::App;
use app::messaging::inbound::worklist::{self, ThreadEntry};
use axum::extract::State;
use domain::ids::InboundId;
use domain::time::Instant;
use serde::{Deserialize, Serialize};
use store::inbound::Inbound;
use utoipa::{IntoParams, ToSchema};
use web::{Caller, IfMatch, Input, List, Paging, Params, PathId, Problem, Versioned};

/// A message from a patient.
#[derive(Clone, Serialize, ToSchema)]
pub struct InboundView {
    #[schema(format = "uuid")]
    id: String,
    /// Twilio's id (SID) of the message.
    message_sid: String,
    /// Phone number of the sender, or WhatsApp's id for a sender who hides it.
    #[schema(example = "+5491123456789")]
    from: String,
    /// The text, or the name of an attached file.
    body: String,
    /// Payload of the pressed button; `null` for other messages.
    button_payload: Option<String>,
    /// Id of the appointment that the message is about, once that is known.
    #[schema(format = "uuid")]
    appointment: Option<String>,
    /// `confirm`, `reschedule`, `cancel`, `choice`, `opt_out`, `opt_in`, `unclear` or `media`; `null`
    /// until it is processed.
    #[schema(pattern = "^(confirm|reschedule|cancel|choice|opt_out|opt_in|unclear|media)$", example = "confirm")]
    intent: Option<&'static str>,
    /// Result of processing the message, in one word.
    #[schema(example = "confirmed")]
    outcome: Option<String>,
    /// Whether staff have to look at it.
    needs_attention: bool,
    #[schema(format = DateTime)]
    received_at: String,
    /// Increases by one with each change.
    version: u64,
}

/// A message from a patient with the conversation that it belongs to.
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
    /// `in` for messages from the patient, `out` for messages to the patient.
    #[schema(pattern = "^(in|out)$")]
    direction: &'static str,
    /// Id of the inbound message or of the notification.
    #[schema(format = "uuid")]
    id: String,
    /// The text.
    body: Option<String>,
    /// Delivery status; only for messages to the patient.
    #[schema(example = "read")]
    status: Option<&'static str>,
    #[schema(format = DateTime)]
    at: String,
}

fn rfc3339(row: &Inbound, at: Instant) -> String {
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
            received_at: rfc3339(row, row.received_at),
            version: row.version,
        }
    }
}

impl From<&ThreadEntry> for LineView {
    fn from(line: &ThreadEntry) -> Self {
        let body = line.words().map(|words| words.0.clone());
        match line {
            ThreadEntry::Received(row) => {
                Self { direction: "in", id: row.id().to_string(), body, status: None, at: rfc3339(row, line.at()) }
            }
            ThreadEntry::Sent(row) => Self {
                direction: "out",
                id: row.id.to_string(),
                body,
                status: Some(row.status.name()),
                at: row.zone.rfc3339(line.at()),
            },
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct InboundParams {
    /// `true` lists the messages that staff have to look at.
    needs_attention: Option<bool>,
}

/// The editable fields of an inbound message.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct InboundEditBody {
    /// `false` marks the message as handled.
    #[serde(default)]
    needs_attention: Option<bool>,
}

/// Lists messages from patients, newest first.
///
/// With `needs_attention=true` it lists all messages that staff have to look at, otherwise those of three months.
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

/// Reads a message from a patient with its conversation.
#[utoipa::path(get, path = "/api/notifications/inbound/{id}/", tag = "notifications", params(("id" = String, Path)),
    responses((status = 200, body = InboundDetailView)), extensions(("x-access" = json!("operator"))))]
pub async fn get_inbound(
    State(app): State<App>,
    id: PathId<InboundId>,
    caller: Caller,
) -> Result<Versioned<InboundDetailView>, Problem> {
    let row = worklist::get_inbound(&app, &caller.0, id.0).await?;
    let thread = worklist::list_thread(&app, &caller.0, &row).await?;
    let thread = thread.iter().map(LineView::from).collect();
    Ok(Versioned::new(row.version, InboundDetailView { message: InboundView::from(&row), thread }))
}

/// Marks a message from a patient as handled.
#[utoipa::path(patch, path = "/api/notifications/inbound/{id}/", tag = "notifications",
    params(("id" = String, Path)), request_body = InboundEditBody,
    responses((status = 200, body = InboundView)), extensions(("x-access" = json!("operator"))))]
pub async fn update_inbound(
    State(app): State<App>,
    id: PathId<InboundId>,
    if_match: IfMatch,
    input: Input<InboundEditBody>,
) -> Result<Versioned<InboundView>, Problem> {
    let row = worklist::update_inbound(&app, &input.ctx, id.0, if_match.0, input.body.needs_attention).await?;
    Ok(Versioned::new(row.version, InboundView::from(&row)))
}
