//! Lists to choose from by number: they work on every phone, in the sandbox, and read aloud.

use super::dates::spelled;
use super::variable::Variable;
use crate::language::Language;
use crate::name::Name;
use crate::time::{Instant, Zone};
use std::fmt::Write as _;

/// Times, and one more line for none of them.
pub(super) fn times(intro: &str, slots: &[Instant], zone: Zone, language: Language, none: &str) -> String {
    let mut text = intro.to_owned();
    for (number, at) in (1..).zip(slots) {
        let (date, time) = spelled(*at, zone, language);
        line(&mut text, number, &format!("{date}, {time}"));
    }
    line(&mut text, slots.len() + 1, none);
    text
}

/// Appointments, by the first name of whom they are for.
pub(super) fn appointments(question: &str, appointments: &[(Name, Instant, Zone)], language: Language) -> String {
    let mut text = question.to_owned();
    for (number, (name, at, zone)) in (1..).zip(appointments) {
        let (date, time) = spelled(*at, *zone, language);
        line(&mut text, number, &format!("{}, {date}, {time}", Variable::new(name.as_str(), "-").as_str()));
    }
    text
}

fn line(text: &mut String, number: usize, words: &str) {
    // Writing to a text can't fail.
    let _ = write!(text, "\n{number}. {words}");
}
