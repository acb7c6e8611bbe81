//! Numbered lists of choices. Unlike buttons they work on every phone, in Twilio's sandbox, and with screen
//! readers.

use super::dates::spell_date_time;
use super::variable::TemplateVariable;
use crate::language::Language;
use crate::name::Name;
use crate::time::{Instant, Zone};
use std::fmt::Write as _;

/// A list of slots, and one more line for none of them.
pub(super) fn times(intro: &str, slots: &[Instant], zone: Zone, language: Language, none: &str) -> String {
    let mut text = intro.to_owned();
    for (number, at) in (1..).zip(slots) {
        let (date, time) = spell_date_time(*at, zone, language);
        push_line(&mut text, number, &format!("{date}, {time}"));
    }
    push_line(&mut text, slots.len() + 1, none);
    text
}

/// A list of appointments with the first names of their patients.
pub(super) fn appointments(question: &str, appointments: &[(Name, Instant, Zone)], language: Language) -> String {
    let mut text = question.to_owned();
    for (number, (name, at, zone)) in (1..).zip(appointments) {
        let (date, time) = spell_date_time(*at, *zone, language);
        push_line(
            &mut text,
            number,
            &format!("{}, {date}, {time}", TemplateVariable::new(name.as_str(), "-").as_str()),
        );
    }
    text
}

fn push_line(text: &mut String, number: usize, words: &str) {
    // Writing to a `String` can't fail.
    let _ = write!(text, "\n{number}. {words}");
}
