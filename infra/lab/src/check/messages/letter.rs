//! What somebody writes: anything that people do write, without waiting for what is answered.

use super::town::Person;
use app::messaging::inbound::Arrival;
use app::support::ports::ReceivedBefore;
use domain::notification::{Address, MessageText};
use domain::reply::{ButtonAction, payload};
use domain::time::Instant;

/// What people say, the likelier the more often.
const WORDS: &[&str] = &[
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

/// A message, before anybody knows what becomes of it.
#[derive(Debug, Clone)]
pub struct Letter {
    /// Whose, by their place in the town.
    pub person: usize,
    /// What arrives, if it arrives.
    pub arrival: Arrival,
}

impl Letter {
    /// Writes one.
    #[must_use]
    pub fn write(random: &mut fastrand::Rng, number: usize, place: usize, person: &Person) -> Self {
        let words = || MessageText(WORDS.get(random.clone().usize(..WORDS.len())).copied().unwrap_or("ok").to_owned());
        let mut arrival = Arrival {
            message_sid: format!("SMin{number:028x}"),
            from: Address(format!("whatsapp:{}", person.phone)),
            body: words(),
            readable: Some(words()),
            button_payload: None,
            original_sid: None,
            written_at: None,
        };
        let kind = random.u8(..10);
        let reminder = random.choice(&person.reminders).filter(|_| kind < 4);
        if let Some(reminder) = reminder {
            arrival.original_sid = Some(reminder.sid.clone());
            let action = random.choice([ButtonAction::Confirm, ButtonAction::Reschedule, ButtonAction::Cancel]);
            if let Some(action) = action.filter(|_| kind < 3) {
                arrival.button_payload = Some(payload(action, &reminder.notification));
                arrival.body = MessageText("Confirmar".to_owned());
                arrival.readable = Some(arrival.body.clone());
            }
        } else if kind == 9 {
            arrival.body = MessageText("confirmo.pdf".to_owned());
            arrival.readable = None;
        }
        Self { person: place, arrival }
    }

    /// How it stands in Twilio's books.
    #[must_use]
    pub fn entry(&self, written_at: Instant) -> ReceivedBefore {
        let Arrival { message_sid, from, body, readable, .. } = self.arrival.clone();
        ReceivedBefore { sid: message_sid, from, body, is_text: readable.is_some(), written_at }
    }
}
