//! Interprets a patient's reply: maps a text or the payload of a button to its meaning.
//!
//! | To interpret | use |
//! |---|---|
//! | a text, if no other prompt is open | [`interpret`] |
//! | a text after the prompt "really cancel?" | [`interpret_cancel_answer`] |
//! | a text after an offer of other slots | [`interpret_offer_answer`] |
//! | a text of anybody, before everything else | [`is_emergency`] |
//! | a text that says that the sender isn't the patient | [`read_wrong_number`] |
//! | the payload of a pressed button | [`parse_button`], [`button_payload`] |
//!
//! The folder `vocabulary/` has all known words. `corpus/` and `cargo lab corpus` measure the accuracy.
//!
//! The vocabulary is closed: a message is an action only if *every* word is known and all of them agree. With
//! a negation, a question mark, two intents or an unknown word the result is [`Reading::Unclear`], and the
//! caller asks. A search for known words anywhere in the text would cancel on "no quiero cancelar". For the
//! same reason spelling is not corrected: another word may be only one typing error away.
//!
//! Steps: normalise (`normalise.rs`), then match the whole message as STOP or ALTA, as a number, as an intent.

mod buttons;
mod cancel_question;
mod choice;
#[cfg(any(test, feature = "corpus"))]
pub mod corpus;
mod emergency;
mod intent;
mod named;
mod normalise;
mod offer;
mod person;
mod phrases;
mod short_answer;
mod subscription;
mod vocabulary;
mod wrong_number;

pub use buttons::{ButtonAction, ButtonReply, MAX_REFERENCE_BYTES, button_payload, parse_button};
pub use cancel_question::{CancelAnswer, interpret_cancel_answer};
pub use emergency::is_emergency;
pub use named::interpret_name;
pub use offer::{OfferAnswer, interpret_offer_answer};
pub use person::concerns_a_person;
pub use wrong_number::{WrongNumber, read_wrong_number};

/// The maximum length in characters of a text that is interpreted; Twilio delivers no longer ones.
pub const MAX_CHARS: usize = 1600;

/// What a patient asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Intent {
    /// "I'm coming".
    Confirm,
    /// "Another time, please".
    Reschedule,
    /// "I'm not coming". Because it is read from text, the caller asks for a confirmation.
    Cancel,
    /// "Don't write to me any more".
    OptOut,
    /// "Write to me again".
    OptIn,
}

/// The meaning of a text, independent of the open prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reading {
    /// Every word is known and all agree on this intent.
    Act(Intent),
    /// The whole message is a number from a list, 1 to 9 ("2", "la 2", "opción dos"). The caller maps it to the
    /// list that was sent last, if that prompt is still open.
    Choice(u8),
    /// A plain yes.
    Yes,
    /// A plain no.
    No,
    /// Agreement ("ok", 👍) without saying to what.
    Fine,
    /// Leaves a question without an answer ("salir").
    Leave,
    /// Thanks, or a farewell.
    Courtesy,
    /// Anything else, such as an empty text, a greeting or a question.
    Unclear,
}

/// Interprets a text. Every string has a reading.
///
/// After the prompt "really cancel?" or an offer the caller must use [`interpret_cancel_answer`] or
/// [`interpret_offer_answer`], and must not treat a `Confirm` from here as the answer.
#[must_use]
pub fn interpret(text: &str) -> Reading {
    let Some(clauses) = normalise::clauses(text) else {
        return Reading::Unclear;
    };
    if let Some(intent) = subscription::read(&clauses) {
        return Reading::Act(intent);
    }
    if let Some(number) = choice::read(&clauses.concat()) {
        return Reading::Choice(number);
    }
    let reading = short_answer::read(&clauses).or_else(|| intent::read(&clauses).map(Reading::Act));
    reading.unwrap_or(Reading::Unclear)
}

impl Reading {
    /// Whether it means nothing without the prompt that it answers.
    #[must_use]
    pub fn is_bare(self) -> bool {
        matches!(self, Self::Choice(_) | Self::Yes | Self::No | Self::Fine)
    }
}

#[cfg(test)]
mod tests;
