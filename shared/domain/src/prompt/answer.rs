//! Reads a text as an answer to a prompt.

use super::{Choice, ChosenAction, Prompt};
use crate::ids::AppointmentId;
use crate::reply::{
    CancelAnswer, OfferAnswer, Reading, interpret_cancel_answer, interpret_name, interpret_offer_answer,
};

/// A text, its reading without a prompt, and the first names of the patients that a list may name.
#[derive(Clone, Copy)]
pub struct AnswerText<'a> {
    pub text: &'a str,
    pub reading: Reading,
    pub names: &'a [(AppointmentId, String)],
}

impl AnswerText<'_> {
    /// What the text chooses under a prompt; `None` if it doesn't answer that.
    #[must_use]
    pub fn choice(&self, prompt: &Prompt) -> Option<Choice> {
        let about = |action| move |appointment| Choice { action, appointment };
        match (prompt, self.reading) {
            (Prompt::Reminder { appointment } | Prompt::Choices { appointment }, Reading::Yes | Reading::Fine) => {
                Some(about(ChosenAction::Confirm)(*appointment))
            }
            (Prompt::Cancel { appointment }, _) => match interpret_cancel_answer(self.text) {
                CancelAnswer::Cancel => Some(about(ChosenAction::Cancel)(*appointment)),
                CancelAnswer::Keep => Some(about(ChosenAction::Keep)(*appointment)),
                CancelAnswer::Unclear => None,
            },
            (Prompt::Slots { appointment, offers }, _) => {
                match interpret_offer_answer(self.text, u8::try_from(offers.len()).unwrap_or(u8::MAX)) {
                    OfferAnswer::Choice(index) => prompt.choice(usize::from(index) + 1),
                    OfferAnswer::NoneOfThese => Some(about(ChosenAction::NoSlot)(*appointment)),
                    OfferAnswer::Keep => Some(about(ChosenAction::Keep)(*appointment)),
                    OfferAnswer::Unclear => None,
                }
            }
            (_, Reading::Choice(number)) => prompt.choice(number.into()),
            (Prompt::Which { about: action, appointments }, _) => {
                let appointment = self.named(appointments)?;
                Some(about(ChosenAction::from(*action))(appointment))
            }
            _ => None,
        }
    }

    fn named(&self, appointments: &[AppointmentId]) -> Option<AppointmentId> {
        let listed: Vec<_> = self.names.iter().filter(|(id, _)| appointments.contains(id)).collect();
        let names: Vec<&str> = listed.iter().map(|(_, name)| name.as_str()).collect();
        interpret_name(self.text, &names).and_then(|index| listed.get(index)).map(|(id, _)| *id)
    }
}
