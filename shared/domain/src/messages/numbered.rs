//! Numbered lists of choices. Unlike buttons they work on every phone, in Twilio's sandbox, and with screen
//! readers.

use super::dates::spell_date_time;
use super::variable::TemplateVariable;
use crate::language::Language;
use crate::name::Name;
use crate::prompt::ListedAction;
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

/// An appointment in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedAppointment {
    /// The patient's first name.
    pub name: Name,
    pub start: Instant,
    pub zone: Zone,
}

impl ListedAppointment {
    fn spelled(&self, language: Language) -> (String, String) {
        let (date, time) = spell_date_time(self.start, self.zone, language);
        (TemplateVariable::new(self.name.as_str(), "-").as_str().to_owned(), format!("{date}, {time}"))
    }
}

/// A list of appointments with the first names of their patients.
pub(super) fn appointments(question: &str, lines: &[ListedAppointment], language: Language) -> String {
    let mut text = question.to_owned();
    for (number, line) in (1..).zip(lines) {
        let (name, at) = line.spelled(language);
        push_line(&mut text, number, &format!("{name}, {at}"));
    }
    text
}

/// A list of actions on appointments.
pub(super) fn actions(question: &str, lines: &[(ListedAction, ListedAppointment)], language: Language) -> String {
    let mut text = question.to_owned();
    for (number, (action, line)) in (1..).zip(lines) {
        let (name, at) = line.spelled(language);
        let words = match (language, action) {
            (Language::Es, ListedAction::Confirm) => "Confirmar la cita de",
            (Language::Es, ListedAction::Reschedule) => "Cambiar la cita de",
            (Language::Es, ListedAction::Cancel) => "Cancelar la cita de",
            (Language::Pt, ListedAction::Confirm) => "Confirmar a consulta de",
            (Language::Pt, ListedAction::Reschedule) => "Mudar a consulta de",
            (Language::Pt, ListedAction::Cancel) => "Cancelar a consulta de",
            (Language::En, ListedAction::Confirm) => "Confirm the appointment of",
            (Language::En, ListedAction::Reschedule) => "Move the appointment of",
            (Language::En, ListedAction::Cancel) => "Cancel the appointment of",
        };
        push_line(&mut text, number, &format!("{words} {name}, {at}"));
    }
    text
}

fn push_line(text: &mut String, number: usize, words: &str) {
    // Writing to a `String` can't fail.
    let _ = write!(text, "\n{number}. {words}");
}
