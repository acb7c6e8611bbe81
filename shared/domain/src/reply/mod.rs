//! What did the patient mean? Words and buttons in, one [`Reading`] out.
//!
//! | Question | Item |
//! |---|---|
//! | a text, whatever was asked | [`interpret`] |
//! | a text, after we asked "really cancel?" | [`answers_cancel_question`] |
//! | a text, after we offered other times | [`answers_offer`] |
//! | the payload of a button that was pressed | [`button`], [`payload`] |
//! | which words are known | `vocabulary/`, and nowhere else |
//! | how well that goes | `corpus/`, `cargo lab corpus` |
//!
//! The rule is a closed vocabulary: an action is read only if *every* word of the message is known
//! and all of them point one way. A negation, a question mark, two intents, a word more than we
//! know: [`Reading::Unclear`], and the caller asks. Looking for a known word anywhere in the text
//! is what makes a robot cancel on "no quiero cancelar". For the same reason nothing is corrected:
//! one typing mistake away from an action lies another word.
//!
//! Steps: fold (`normalise.rs`) → the whole message as STOP or ALTA → as a number → as an intent.

mod buttons;
mod cancel_question;
mod choice;
#[cfg(any(test, feature = "corpus"))]
pub mod corpus;
mod intent;
mod normalise;
mod offer;
mod phrases;
mod subscription;
mod vocabulary;

pub use buttons::{ButtonAction, ButtonReply, MAX_REFERENCE_BYTES, button, payload};
pub use cancel_question::{CancelAnswer, answers_cancel_question};
pub use offer::{OfferAnswer, answers_offer};

/// A longer text, in characters, is never a command. Twilio delivers no more than this anyway.
pub const MAX_CHARS: usize = 1600;

/// What a patient can tell us to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Intent {
    /// "I'm coming".
    Confirm,
    /// "Another time, please".
    Reschedule,
    /// "I'm not coming". Read from words, so the caller asks once more before it acts.
    Cancel,
    /// "Don't write to me any more".
    OptOut,
    /// "Write to me again".
    OptIn,
}

/// What a text means, as far as it can be told without knowing what was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reading {
    /// Every word is known and all point this way.
    Act(Intent),
    /// The whole message picks a number, 1 to 9, off a list ("2", "la 2", "opción dos"). What
    /// stands behind the number is for the caller to know: the list sent last, if it is still open.
    Choice(u8),
    /// Anything else, such as an empty text, a greeting, a question, a bare "no". Ask, then hand
    /// over to a person.
    Unclear,
}

/// Reads a text. Pure and total: any string gives a reading.
///
/// A plain "sí", "ok" or 👍 is [`Intent::Confirm`], since the question that is open most of the
/// time is the reminder's. Where another one is, it answers that: after "really cancel?" ask
/// [`answers_cancel_question`] instead, after other times were offered [`answers_offer`], and never take a Confirm from here for its "yes".
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
    intent::read(&clauses).map_or(Reading::Unclear, Reading::Act)
}

#[cfg(test)]
mod tests;
