//! Inbound messages: messages from patients.

use crate::thread::ThreadEntryView;
use crate::values::DateTime;
use crate::worklist::AttentionView;
use crate::{Body, Params, View};
use app::messaging::inbound::listed::ListedInbound;
use app::messaging::inbound::worklist::InboundFilter;
use app::messaging::thread::InboundConversation;
use domain::ids::{AppointmentId, InboundId, PatientId};
use domain::text::Note;
use store::inbound::{Inbound, InboundIntent, InboundMedia};

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
    /// The attached files.
    media: Vec<InboundMediaView>,
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
            media: row.media.iter().enumerate().map(InboundMediaView::from).collect(),
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

/// A file that a patient sent.
#[derive(Clone, View)]
pub struct InboundMediaView {
    /// Its number in the message, from 0, as in the path `…/media/{n}/`.
    n: u64,
    /// Empty if it isn't known.
    #[field(example = "audio/ogg")]
    content_type: String,
}

impl From<(usize, &InboundMedia)> for InboundMediaView {
    fn from((n, media): (usize, &InboundMedia)) -> Self {
        Self { n: n as u64, content_type: media.content_type.clone() }
    }
}

/// A message from a patient, with the patients whom its number stands for.
#[derive(Clone, View)]
pub struct ListedInboundView {
    #[field(flatten)]
    message: InboundView,
    /// The patient who was identified, then the others whose number this was when the message arrived. Empty for an
    /// unknown sender.
    patients: Vec<SenderPatientView>,
}

/// A patient whose message it may be.
#[derive(Clone, View)]
pub struct SenderPatientView {
    id: PatientId,
    name: String,
}

impl From<&ListedInbound> for ListedInboundView {
    fn from(listed: &ListedInbound) -> Self {
        let patients = listed.patients.iter();
        let patients =
            patients.map(|patient| SenderPatientView { id: patient.id, name: patient.name.as_str().to_owned() });
        Self { message: InboundView::from(&listed.message), patients: patients.collect() }
    }
}

/// A message from a patient with the conversation that it belongs to.
#[derive(Clone, View)]
pub struct InboundDetailView {
    #[field(flatten)]
    listed: ListedInboundView,
    /// The conversation with this number, oldest first.
    thread: Vec<ThreadEntryView>,
}

impl From<&InboundConversation> for InboundDetailView {
    fn from(conversation: &InboundConversation) -> Self {
        let thread = conversation.thread.iter().map(ThreadEntryView::from).collect();
        Self { listed: ListedInboundView::from(&conversation.listed), thread }
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

/// An answer of staff.
#[derive(Clone, Body)]
pub struct InboundReplyBody {
    /// The patient reads it as it is.
    #[field(example = "Sí, puede venir con su hijo.")]
    pub body: Note<1000>,
}

/// The editable fields of an inbound message.
#[derive(Clone, Body)]
pub struct InboundEditBody {
    /// `false` marks the message as handled.
    pub needs_attention: Option<bool>,
}
