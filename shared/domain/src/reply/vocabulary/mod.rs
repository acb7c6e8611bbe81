//! Every word we understand, in Spanish, Portuguese and English. Data only.
//!
//! Written as [`super::normalise`] leaves it: lower-case, no accents, no punctuation, words parted
//! by one blank. A word that isn't here makes a message unclear, so leaving one out costs a
//! question and letting a wrong one in costs an appointment. Before adding a phrase, think of the sentences
//! that it makes possible together with all the others, and put those into the corpus. Left out
//! on purpose:
//!
//! - "no", "que", "pero", "y", "o", "si puedo" (without accents also "if I can"): they turn meanings;
//! - "puedo", "podría", "me confirma", "favor confirmar": they ask;
//! - "cancelada", "cancelación": they tell, and who cancelled what is open;
//! - "debo cancelar": in half of the Americas that is having to pay;
//! - "podem confirmar": it asks as often as it tells;
//! - "necesito", "tengo que" on their own: having to confirm isn't confirming;
//! - days and times: the patient may mean another than we do.

mod answers;
mod fillers;
mod numbers;
mod reminder;
mod subscription;

use answers::{KEEP, NONE_OF_THESE, NOT_CANCEL};
use fillers::{COURTESIES, SUBJECTS};
use reminder::{CANCEL, CONFIRM, FINE, NOT_COMING, OTHER_TIME, RESCHEDULE, YES};

pub(super) use answers::NO;
pub(super) use numbers::{ARTICLES, CHOICE_LEADS, CHOICE_TAILS, NUMBERS, ORDINAL_LEADS, ORDINALS, TAILED_LEADS};
pub(super) use subscription::{OPT_IN, OPT_OUT};

/// What a phrase contributes to the meaning of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// Greetings, thanks, pleases. Nothing, in any message.
    Courtesy,
    /// What it is about ("mi cita") or "I want". Nothing, but only next to an intent.
    Subject,
    /// A plain yes. To a reminder: confirm; to another question: its answer.
    Yes,
    /// Agreement ("ok", 👍): confirm, to a reminder.
    Fine,
    /// Says that the patient is coming.
    Confirm,
    /// Asks for another time, with a verb.
    Reschedule,
    /// Names another time and none in particular: the same, and none of those that we offered.
    OtherTime,
    /// None of the times that we offered.
    NoneOfThese,
    /// The appointment is to stay.
    Keep,
    /// The appointment isn't to be cancelled. Keeps it where that was the question; where other times were
    /// offered it leaves open whether one of them would do.
    NotCancel,
    /// Asks to cancel.
    Cancel,
    /// ❌: cancel, to a reminder. No answer to "really cancel?", where it may mean yes or no.
    Cross,
    /// Says that the patient isn't coming.
    NotComing,
}

/// The phrases of each class. No phrase stands in two.
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
    fn everything_is_written_as_texts_are_folded() {
        let numbers = NUMBERS.iter().chain(ORDINALS).flat_map(|(_, words)| words.iter());
        let leads = [CHOICE_LEADS, ORDINAL_LEADS, TAILED_LEADS, CHOICE_TAILS].into_iter().flatten();
        let lists = [OPT_OUT, OPT_IN, NO].into_iter().flatten().chain(leads);
        let phrases = PHRASES.iter().flat_map(|(_, phrases)| phrases.iter());
        for phrase in phrases.chain(lists).chain(numbers) {
            assert_eq!(
                &normalise::clauses(phrase).unwrap(),
                &[phrase.split(' ').map(str::to_owned).collect::<Vec<_>>()]
            );
        }
    }

    #[test]
    fn nothing_means_two_things() {
        let mut seen = HashSet::new();
        for phrase in PHRASES.iter().flat_map(|(_, phrases)| phrases.iter()) {
            assert!(seen.insert(*phrase), "{phrase} stands twice");
        }
        for phrase in OPT_OUT.iter().chain(OPT_IN).chain(NO) {
            assert!(seen.insert(*phrase), "{phrase} has another meaning, too");
        }
        for (_, words) in NUMBERS {
            for word in *words {
                assert!(seen.insert(*word), "{word} has another meaning, too");
            }
        }
    }
}
