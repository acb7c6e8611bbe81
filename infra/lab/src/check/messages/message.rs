//! Generates the messages of participants: anything that patients write, whether or not it fits the conversation.

use super::scenario::Participant;
use app::messaging::inbound::ReceivedMessage;
use app::support::ports::InboundLogEntry;
use domain::notification::{Address, MessageText};
use domain::reply::{ButtonAction, button_payload};
use domain::time::Instant;

/// Texts; a repeated one is chosen more often.
const TEXTS: &[&str] = &[
    "Confirmo",
    "Sí",
    "ok",
    "1",
    "1",
    "2",
    "2",
    "3",
    "4",
    "6",
    "7",
    "Reprogramar",
    "Reprogramar",
    "otro día por favor",
    "cancelar",
    "Cancelar",
    "no puedo ir",
    "no",
    "hola",
    "¿a qué hora era?",
    "quizás",
    "mantener",
    "ninguno",
    "STOP",
    "ALTA",
    "gracias",
];

/// A message of a participant, before its delivery.
#[derive(Debug, Clone)]
pub struct PatientMessage {
    /// Index of its sender among the participants.
    pub participant: usize,
    /// The webhook event, which may never be delivered.
    pub received: ReceivedMessage,
}

impl PatientMessage {
    #[must_use]
    pub fn generate(random: &mut fastrand::Rng, number: usize, index: usize, participant: &Participant) -> Self {
        let text = || MessageText(TEXTS.get(random.clone().usize(..TEXTS.len())).copied().unwrap_or("ok").to_owned());
        let mut received = ReceivedMessage {
            message_sid: format!("SMin{number:028x}"),
            from: Address(format!("whatsapp:{}", participant.phone)),
            external_user: None,
            body: text(),
            readable: Some(text()),
            button_payload: None,
            original_sid: None,
            opt_out_keyword: None,
            written_at: None,
        };
        let kind = random.u8(..10);
        let reminder = random.choice(&participant.reminders).filter(|_| kind < 4);
        if let Some(reminder) = reminder {
            received.original_sid = Some(reminder.sid.clone());
            let action = random.choice([ButtonAction::Confirm, ButtonAction::Reschedule, ButtonAction::Cancel]);
            if let Some(action) = action.filter(|_| kind < 3) {
                received.button_payload = Some(button_payload(action, &reminder.notification));
                received.body = MessageText("Confirmar".to_owned());
                received.readable = Some(received.body.clone());
            }
        } else if kind == 9 {
            received.body = MessageText("confirmo.pdf".to_owned());
            received.readable = None;
        }
        Self { participant: index, received }
    }

    /// The message as Twilio lists it.
    #[must_use]
    pub fn as_received(&self, written_at: Instant) -> InboundLogEntry {
        let ReceivedMessage { message_sid, from, body, readable, .. } = self.received.clone();
        InboundLogEntry { sid: message_sid, from, body, is_text: readable.is_some(), written_at }
    }
}
