//! Inbound messages: messages from patients.

use crate::values::{DateTime, Direction};
use crate::worklist::AttentionView;
use crate::{Body, Params, View};
use app::messaging::inbound::worklist::{InboundFilter, ThreadEntry};
use domain::ids::{AppointmentId, InboundId, PatientId};
use store::inbound::{Inbound, InboundIntent};

/// A message from a patient.
#[derive(Clone, View)]
pub struct InboundView {
    id: InboundId,
    /// Twilio's id (SID) of the message.
    message_sid: String,
    /// Phone number of the sender, or WhatsApp's id for a sender who hides it.
    #[field(example = "+5491123456789")]
    from: String,
    /// The text, or the name of an attached file.
    body: String,
    /// Payload of the pressed button; `null` for other messages.
    button_payload: Option<String>,
    /// Id of the appointment that the message is about, once that is known.
    appointment: Option<AppointmentId>,
    /// `confirm`, `reschedule`, `cancel`, `choice`, `opt_out`, `opt_in`, `unclear` or `media`; `null`
    /// until it is processed.
    #[field(example = "confirm")]
    intent: Option<InboundIntent>,
    /// Result of processing the message, in one word.
    #[field(example = "confirmed")]
    outcome: Option<String>,
    /// Whether staff have to look at it.
    needs_attention: bool,
    /// Why, and since when.
    attention: Option<AttentionView>,
    received_at: DateTime,
    /// Increases by one with each change.
    version: u64,
}

impl From<&Inbound> for InboundView {
    fn from(row: &Inbound) -> Self {
        Self {
            id: row.id(),
            message_sid: row.message_sid.clone(),
            from: row.from.0.trim_start_matches("whatsapp:").to_owned(),
            body: row.body.0.clone(),
            button_payload: row.button_payload.clone(),
            appointment: row.appointment,
            intent: row.intent,
            outcome: row.outcome.clone(),
            needs_attention: row.needs_attention,
            attention: row.attention.filter(|_| row.needs_attention).map(|reason| AttentionView::new(reason, row.zone)),
            received_at: DateTime::new(row.received_at, row.zone),
            version: row.version,
        }
    }
}

/// A message from a patient with the conversation that it belongs to.
#[derive(Clone, View)]
pub struct InboundDetailView {
    #[field(flatten)]
    message: InboundView,
    /// The conversation with this number, oldest first.
    thread: Vec<LineView>,
}

impl InboundDetailView {
    #[must_use]
    pub fn new(message: &Inbound, thread: &[ThreadEntry]) -> Self {
        Self { message: message.into(), thread: thread.iter().map(LineView::from).collect() }
    }
}

/// One message of a conversation.
#[derive(Clone, View)]
pub struct LineView {
    /// `in` for messages from the patient, `out` for messages to the patient.
    direction: Direction,
    /// Id of the inbound message or of the notification.
    #[field(format = "uuid")]
    id: String,
    /// The text.
    body: Option<String>,
    /// Delivery status; only for messages to the patient.
    #[field(example = "read")]
    status: Option<&'static str>,
    at: DateTime,
}

impl From<&ThreadEntry> for LineView {
    fn from(line: &ThreadEntry) -> Self {
        let body = line.words().map(|words| words.0.clone());
        match line {
            ThreadEntry::Received(row) => Self {
                direction: Direction::In,
                id: row.id().to_string(),
                body,
                status: None,
                at: DateTime::new(line.at(), row.zone),
            },
            ThreadEntry::Sent(row) => Self {
                direction: Direction::Out,
                id: row.id.to_string(),
                body,
                status: Some(row.status.name()),
                at: DateTime::new(line.at(), row.zone),
            },
        }
    }
}

#[derive(Params)]
pub struct InboundParams {
    /// `true` lists the messages that staff have to look at.
    pub needs_attention: Option<bool>,
    /// Only the messages of this patient.
    pub patient: Option<PatientId>,
}

impl From<InboundParams> for InboundFilter {
    fn from(params: InboundParams) -> Self {
        Self { needs_attention: params.needs_attention, patient: params.patient }
    }
}

/// The patient whom a number belongs to.
#[derive(Clone, Body)]
pub struct InboundLinkBody {
    pub patient: PatientId,
}

/// The editable fields of an inbound message.
#[derive(Clone, Body)]
pub struct InboundEditBody {
    /// `false` marks the message as handled.
    pub needs_attention: Option<bool>,
}
