//! Reads short answers, which mean nothing without the prompt that they answer, and courtesies.

use super::{
    Reading, phrases,
    vocabulary::{Class, LEAVE, NO, THANKS},
};

/// The whole message as a plain yes, no, agreement, courtesy, or a word to leave the question.
pub(super) fn read(clauses: &[Vec<String>]) -> Option<Reading> {
    let tokens = clauses.concat();
    let said = phrases::without_courtesies(&tokens).join(" ");
    if said.is_empty() {
        let is_thanks = |clause: &Vec<String>| {
            let clause = format!(" {} ", clause.join(" "));
            THANKS.iter().any(|thanks| clause.contains(&format!(" {thanks} ")))
        };
        return clauses.iter().any(is_thanks).then_some(Reading::Courtesy);
    }
    if LEAVE.contains(&said.as_str()) {
        return Some(Reading::Leave);
    }
    if NO.contains(&said.as_str()) {
        return Some(Reading::No);
    }
    let mut classes: Vec<Class> = Vec::new();
    for clause in clauses {
        classes.extend(phrases::cover(clause)?);
    }
    classes.retain(|class| *class != Class::Courtesy);
    let all = |wanted: &[Class]| classes.iter().all(|class| wanted.contains(class));
    match (all(&[Class::Fine]), all(&[Class::Yes, Class::Fine])) {
        (true, _) => Some(Reading::Fine),
        (false, true) => Some(Reading::Yes),
        (false, false) => None,
    }
}
