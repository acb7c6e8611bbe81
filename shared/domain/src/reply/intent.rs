//! Reads an intent (confirm, reschedule or cancel) from a message whose words all belong to phrases of that
//! intent.

use super::{Intent, phrases, vocabulary::Class};

/// The intent on which all phrases agree. `None` if a word is unknown, phrases disagree, or there are only
/// fillers.
///
/// "I can't come" and "cancel" are separate classes although both cancel. Combined they make sentences that
/// depend on a word that is easily misread ("no voy a cancelar", "cancelar no puedo ir"), so the combination
/// is unclear.
pub(super) fn read(clauses: &[Vec<String>]) -> Option<Intent> {
    let mut found: Option<PhraseIntent> = None;
    for clause in clauses {
        let classes = phrases::cover(clause)?;
        let mut intents = classes.iter().copied().filter_map(phrase_intent).peekable();
        // For example "mi hora por favor": it names the appointment without an intent.
        if intents.peek().is_none() && classes.contains(&Class::Subject) {
            return None;
        }
        for intent in intents {
            match found {
                Some(before) if before != intent => return None,
                _ => found = Some(intent),
            }
        }
    }
    match found? {
        PhraseIntent::Confirm => Some(Intent::Confirm),
        PhraseIntent::Reschedule => Some(Intent::Reschedule),
        PhraseIntent::Cancel | PhraseIntent::NotComing => Some(Intent::Cancel),
        PhraseIntent::OtherPrompt => None,
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum PhraseIntent {
    Confirm,
    Reschedule,
    Cancel,
    NotComing,
    /// Answers another prompt than a reminder.
    OtherPrompt,
}

/// `None` for a filler.
fn phrase_intent(class: Class) -> Option<PhraseIntent> {
    match class {
        Class::Courtesy | Class::Subject => None,
        Class::Yes | Class::Fine | Class::Confirm => Some(PhraseIntent::Confirm),
        Class::Reschedule | Class::OtherTime => Some(PhraseIntent::Reschedule),
        Class::Cancel | Class::Cross => Some(PhraseIntent::Cancel),
        Class::NotComing => Some(PhraseIntent::NotComing),
        Class::Keep | Class::NotCancel | Class::NoneOfThese => Some(PhraseIntent::OtherPrompt),
    }
}
