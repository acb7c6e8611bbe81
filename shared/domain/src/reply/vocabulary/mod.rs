//! The vocabulary of the interpreter in Spanish, Portuguese and English. Data only.
//!
//! Phrases are in the form that [`super::normalise`] produces: lower case, no accents, no punctuation, words
//! separated by one blank. An unknown word makes a message unclear, so a missing phrase costs one more
//! question, and a wrong phrase costs an appointment. Before adding a phrase, consider the sentences that it
//! makes possible in combination with all others, and add those to the corpus. Left out on purpose:
//!
//! - "no", "que", "pero", "y", "o", "si puedo" (without accents also "if I can"): they reverse meanings;
//! - "puedo", "podría", "me confirma", "favor confirmar": they are questions;
//! - "cancelada", "cancelación": they report a cancellation without saying whose;
//! - "debo cancelar": in many countries it means having to pay;
//! - "podem confirmar": it is as often a question as a statement;
//! - "necesito", "tengo que" on their own: having to confirm isn't confirming;
//! - days and times: the patient may mean other ones than we do.

mod answers;
mod courtesies;
pub(super) mod emergency;
mod fillers;
mod leave;
mod names;
mod numbers;
mod reminder;
mod subscription;
mod wrong_number;

use answers::{KEEP, NONE_OF_THESE, NOT_CANCEL};
use fillers::{COURTESIES, SUBJECTS};
use reminder::{CANCEL, CONFIRM, FINE, NOT_COMING, OTHER_TIME, RESCHEDULE, YES};

pub(super) use answers::NO;
pub(super) use courtesies::THANKS;
pub(super) use leave::LEAVE;
pub(super) use names::NAME_LEADS;
pub(super) use numbers::{ARTICLES, CHOICE_LEADS, CHOICE_TAILS, NUMBERS, ORDINAL_LEADS, ORDINALS, TAILED_LEADS};
pub(super) use subscription::{OPT_IN, OPT_OUT};
pub(super) use wrong_number::{HEDGES, NOT_NAMED, TITLES, WRONG_NUMBER};

/// The contribution of a phrase to the meaning of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// Greetings, thanks, "please". No meaning in any message.
    Courtesy,
    /// The subject ("mi cita") or "I want". No meaning, but allowed only next to an intent.
    Subject,
    /// A plain yes. After a reminder it confirms; after another prompt it answers that.
    Yes,
    /// Agreement ("ok", 👍). After a reminder it confirms.
    Fine,
    /// Says that the patient is coming.
    Confirm,
    /// Asks for another time, with a verb.
    Reschedule,
    /// Asks for another time without naming one. After an offer it refuses all slots.
    OtherTime,
    /// Refuses all offered slots.
    NoneOfThese,
    /// Asks to keep the appointment.
    Keep,
    /// Asks not to cancel. After the prompt "really cancel?" it keeps the appointment; after an offer it leaves
    /// open whether one of the slots would do.
    NotCancel,
    /// Asks to cancel.
    Cancel,
    /// ❌. After a reminder it cancels. No answer to "really cancel?", where it may mean yes or no.
    Cross,
    /// Says that the patient isn't coming.
    NotComing,
}

/// The phrases of each class. No phrase is in two classes.
pub(super) const PHRASES: &[(Class, &[&str])] = &[
    (Class::Courtesy, COURTESIES),
    (Class::Subject, SUBJECTS),
    (Class::Yes, YES),
    (Class::Fine, FINE),
    (Class::Confirm, CONFIRM),
    (Class::Reschedule, RESCHEDULE),
    (Class::OtherTime, OTHER_TIME),
    (Class::NoneOfThese, NONE_OF_THESE),
    (Class::Keep, KEEP),
    (Class::NotCancel, NOT_CANCEL),
    (Class::Cancel, CANCEL),
    (Class::Cross, &["❌"]),
    (Class::NotComing, NOT_COMING),
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::reply::normalise;

    #[test]
    fn every_phrase_is_normalised() {
        let numbers = NUMBERS.iter().chain(ORDINALS).flat_map(|(_, words)| words.iter());
        let leads = [CHOICE_LEADS, ORDINAL_LEADS, TAILED_LEADS, CHOICE_TAILS].into_iter().flatten();
        let lists = [OPT_OUT, OPT_IN, NO, LEAVE, THANKS, NAME_LEADS, WRONG_NUMBER, NOT_NAMED, HEDGES, TITLES];
        let lists = lists.into_iter().flatten().chain(leads);
        let phrases = PHRASES.iter().flat_map(|(_, phrases)| phrases.iter());
        for phrase in phrases.chain(lists).chain(numbers) {
            assert_eq!(
                &normalise::clauses(phrase).unwrap(),
                &[phrase.split(' ').map(str::to_owned).collect::<Vec<_>>()]
            );
        }
    }

    /// A word of a pattern that the normalised text can't contain would never be found.
    #[test]
    fn every_pattern_of_emergencies_is_normalised() {
        use super::emergency::{EVENTS, HARMLESS, HISTORY, PRESENT, TOGETHER, UNCONDITIONAL};
        let lists = [UNCONDITIONAL, PRESENT, EVENTS, HARMLESS, HISTORY].into_iter().flatten().copied();
        for pattern in lists.chain(TOGETHER.iter().flat_map(|(one, other)| [*one, *other])) {
            let elements = pattern.split(' ').filter(|element| !matches!(*element, "~" | "_"));
            for word in elements.flat_map(|element| element.split('|')) {
                let stem = word.strip_suffix('*').unwrap_or(word);
                assert_eq!(normalise::clauses(stem).unwrap(), [[stem.to_owned()]], "{pattern}");
            }
            assert!(!pattern.starts_with(['~', '_']) && !pattern.ends_with(['~', '_']), "{pattern}");
        }
    }

    #[test]
    fn no_phrase_has_two_meanings() {
        let mut seen = HashSet::new();
        for phrase in PHRASES.iter().flat_map(|(_, phrases)| phrases.iter()) {
            assert!(seen.insert(*phrase), "{phrase} is in two classes");
        }
        for phrase in OPT_OUT.iter().chain(OPT_IN).chain(NO).chain(LEAVE).chain(WRONG_NUMBER).chain(NOT_NAMED) {
            assert!(seen.insert(*phrase), "{phrase} has another meaning as well");
        }
        for (_, words) in NUMBERS {
            for word in *words {
                assert!(seen.insert(*word), "{word} has another meaning as well");
            }
        }
    }
}
