//! Confirm, reschedule or cancel: the whole message, covered by one intent's phrases.

use super::{Intent, phrases, vocabulary::Class};

/// The intent that every phrase agrees on; `None` if a word is unknown, two disagree, or there are
/// only fillers.
///
/// "I can't come" and "cancel" are classes of their own although both cancel: together they make
/// sentences that turn on a word we may misread ("no voy a cancelar", "cancelar no puedo ir"), so
/// together they are unclear.
pub(super) fn read(clauses: &[Vec<String>]) -> Option<Intent> {
    let mut found: Option<Meaning> = None;
    for clause in clauses {
        let classes = phrases::cover(clause)?;
        let mut meanings = classes.iter().copied().filter_map(meaning).peekable();
        // "Ok, mi hora por favor" asks for something else.
        if meanings.peek().is_none() && classes.contains(&Class::Subject) {
            return None;
        }
        for meaning in meanings {
            match found {
                Some(before) if before != meaning => return None,
                _ => found = Some(meaning),
            }
        }
    }
    match found? {
        Meaning::Confirm => Some(Intent::Confirm),
        Meaning::Reschedule => Some(Intent::Reschedule),
        Meaning::Cancel | Meaning::NotComing => Some(Intent::Cancel),
        Meaning::Elsewhere => None,
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Meaning {
    Confirm,
    Reschedule,
    Cancel,
    NotComing,
    /// Answers another question than a reminder's.
    Elsewhere,
}

/// What a class says; nothing for a filler.
fn meaning(class: Class) -> Option<Meaning> {
    match class {
        Class::Courtesy | Class::Subject => None,
        Class::Yes | Class::Fine | Class::Confirm => Some(Meaning::Confirm),
        Class::Reschedule | Class::OtherTime => Some(Meaning::Reschedule),
        Class::Cancel | Class::Cross => Some(Meaning::Cancel),
        Class::NotComing => Some(Meaning::NotComing),
        Class::Keep | Class::NotCancel | Class::NoneOfThese => Some(Meaning::Elsewhere),
    }
}
