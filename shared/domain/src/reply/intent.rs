//! Confirm, reschedule or cancel: the whole message, covered by one intent's phrases.

use super::{Intent, phrases, vocabulary::Class};

/// The intent that every phrase agrees on; `None` if a word is unknown, two disagree, or there are
/// only fillers.
///
/// "I can't come" and "cancel" are classes of their own although both cancel: together they make
/// sentences that turn on a word we may misread ("no voy a cancelar", "cancelar no puedo ir"), so
/// together they are unclear.
pub(super) fn read(tokens: &[String]) -> Option<Intent> {
    let mut found: Option<Meaning> = None;
    for class in phrases::cover(tokens)? {
        let Some(meaning) = meaning(class) else {
            continue;
        };
        match found {
            Some(before) if before != meaning => return None,
            _ => found = Some(meaning),
        }
    }
    found.map(|meaning| match meaning {
        Meaning::Confirm => Intent::Confirm,
        Meaning::Reschedule => Intent::Reschedule,
        Meaning::Cancel | Meaning::NotComing => Intent::Cancel,
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Meaning {
    Confirm,
    Reschedule,
    Cancel,
    NotComing,
}

/// What a class says; nothing for a filler.
fn meaning(class: Class) -> Option<Meaning> {
    match class {
        Class::Courtesy | Class::Subject => None,
        Class::Yes | Class::Fine | Class::Confirm => Some(Meaning::Confirm),
        Class::Reschedule => Some(Meaning::Reschedule),
        Class::Cancel | Class::Cross => Some(Meaning::Cancel),
        Class::NotComing => Some(Meaning::NotComing),
    }
}
