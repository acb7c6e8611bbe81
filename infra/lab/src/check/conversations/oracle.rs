//! What a message may change, judged by the texts on the patient's screen alone.

use super::fixture::APPOINTMENTS;
use super::state::{ConversationState, Label};

/// A message of the patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Text {
    pub words: &'static str,
    meaning: Meaning,
}

/// What the words mean to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    /// The line with this number.
    Line(usize),
    /// Agreement with what was asked.
    Yes,
    /// Refusal of what was asked, or keeping what there is.
    No,
    Confirm,
    /// Another time.
    Reschedule,
    /// Cancel, which is asked about first.
    Cancel,
    /// The line with this name.
    Name(&'static str),
    /// Nothing.
    Nothing,
}

const fn text(words: &'static str, meaning: Meaning) -> Text {
    Text { words, meaning }
}

/// One text for each class that the reader tells apart.
pub const TEXTS: &[Text] = &[
    text("1", Meaning::Line(1)),
    text("2", Meaning::Line(2)),
    text("3", Meaning::Line(3)),
    text("7", Meaning::Line(7)),
    text("sí", Meaning::Yes),
    text("ok", Meaning::Yes),
    text("no", Meaning::No),
    text("mantener", Meaning::No),
    text("Confirmar", Meaning::Confirm),
    text("Reprogramar", Meaning::Reschedule),
    text("Cancelar", Meaning::Cancel),
    text("la de Sofía", Meaning::Name("Sofía")),
    text("salir", Meaning::Nothing),
    text("gracias", Meaning::Nothing),
    text("este, no sé bien", Meaning::Nothing),
    text("BAJA", Meaning::Nothing),
];

/// Words of the answer to a courtesy, which leaves an open question open.
const COURTESY: &str = "Con gusto";

/// The lists that the patient sees: those of the reminders since the last question, or the last question.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Screen {
    lists: Vec<List>,
}

/// A list with numbers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct List {
    kind: ListKind,
    /// The lines, or the text that says which appointment is meant.
    lines: Vec<String>,
    /// Whether the patient wrote and saw no answer since: then the list may have been answered.
    may_be_answered: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum ListKind {
    Reminder,
    Choices,
    Cancel,
    Times,
    WhichToConfirm,
    WhichToMove,
    WhichToCancel,
    Actions,
}

impl Screen {
    /// The screen after these messages were sent.
    #[must_use]
    pub fn after(&self, sent: &[String]) -> Self {
        let mut lists = self.lists.clone();
        for text in sent {
            match List::of(text) {
                Some(list) if list.kind == ListKind::Reminder => lists.push(list),
                Some(list) => lists = vec![list],
                // What was answered, left or handed over isn't asked any more.
                None if !text.contains(COURTESY) => lists.retain(|list| list.kind == ListKind::Reminder),
                None => {}
            }
        }
        Self { lists }
    }

    /// The screen after messages that the job sent. What isn't a list answers an earlier message, whose answer was lost:
    /// a list that came since is still asked.
    #[must_use]
    pub fn after_late(&self, sent: &[String]) -> Self {
        sent.iter().fold(self.clone(), |mut screen, text| {
            if List::of(text).is_some() || text.contains(COURTESY) {
                return screen.after(std::slice::from_ref(text));
            }
            screen.lists.retain(|list| list.kind == ListKind::Reminder || !list.may_be_answered);
            screen
        })
    }

    /// The screen after a message of the patient, and what was sent upon it.
    #[must_use]
    pub fn after_message(&self, sent: &[String]) -> Self {
        let mut screen = self.clone();
        if sent.is_empty() {
            screen.lists.iter_mut().for_each(|list| list.may_be_answered = true);
        }
        screen.after(sent)
    }

    /// The only list that a bare answer can mean: the last one, unless it is a reminder that came after another one or
    /// after a question that is open.
    fn last(&self) -> Option<&List> {
        let (last, earlier) = self.lists.split_last()?;
        let is_open = |list: &List| list.kind == ListKind::Reminder || !list.may_be_answered;
        (!earlier.iter().any(is_open)).then_some(last)
    }
}

impl List {
    fn of(text: &str) -> Option<Self> {
        let kind = [
            ("¿Cancelar su cita", ListKind::Cancel),
            ("lija un nuevo horario", ListKind::Times),
            ("lija otro", ListKind::Times),
            ("¿Qué cita quiere confirmar?", ListKind::WhichToConfirm),
            ("¿Qué cita quiere cambiar?", ListKind::WhichToMove),
            ("¿Qué cita quiere cancelar?", ListKind::WhichToCancel),
            ("¿qué desea hacer?", ListKind::Actions),
            ("le recordamos", ListKind::Reminder),
            ("Responda 1 Confirmar", ListKind::Choices),
        ];
        let (_, kind) = kind.into_iter().find(|(words, _)| text.contains(words))?;
        let numbered = |line: &&str| line.starts_with(|c: char| c.is_ascii_digit());
        let mut lines: Vec<String> = text.lines().filter(numbered).map(str::to_owned).collect();
        if lines.is_empty() {
            lines.push(text.to_owned());
        }
        Some(Self { kind, lines, may_be_answered: false })
    }

    fn line(&self, number: usize) -> &str {
        number.checked_sub(1).and_then(|index| self.lines.get(index)).map_or("", String::as_str)
    }
}

/// A change of an appointment.
#[derive(Debug)]
struct Change<'a> {
    label: &'a Label,
    before: &'a str,
    after: &'a str,
}

/// Why a message must not have done what it did; `None` if it may.
#[must_use]
pub fn violation(text: Text, screen: &Screen, before: &ConversationState, after: &ConversationState) -> Option<String> {
    let changes: Vec<Change<'_>> = after
        .appointments
        .iter()
        .filter_map(|(label, status)| {
            let old = before.appointments.get(label).map_or("", String::as_str);
            (old != status).then_some(Change { label, before: old, after: status })
        })
        .collect();
    let is_allowed = |change: &Change<'_>| is_allowed(text, screen, change);
    if changes.iter().all(is_allowed) && number_of_appointments(&changes) <= 1 {
        return None;
    }
    Some(format!("{:?} under {screen:?} did {changes:?}", text.words))
}

/// A move changes two rows of one patient.
fn number_of_appointments(changes: &[Change<'_>]) -> usize {
    let mut names: Vec<&str> = changes.iter().filter_map(|change| change.label.split(' ').next()).collect();
    names.sort_unstable();
    names.dedup();
    names.len()
}

fn is_allowed(text: Text, screen: &Screen, change: &Change<'_>) -> bool {
    let (confirms, cancels) = (ends_with(change.after, "CONFIRMED"), ends_with(change.after, "CANCELLED"));
    let asks_another = ends_with(change.after, "RESCHEDULED");
    let (name, time) = change
        .label
        .split_once(' ')
        .map_or(("", ""), |(name, _)| (name, change.label.rsplit(' ').next().unwrap_or_default()));
    let is_of_another = |line: &str| APPOINTMENTS.iter().any(|(other, _)| *other != name && line.contains(other));
    let is_about = |line: &str| line.contains(time) && !is_of_another(line);
    let last = screen.last();
    let kind = last.map(|list| list.kind);
    let line = |number: usize| last.map_or("", |list| list.line(number));
    let whole = last.map_or("", |list| list.line(1));
    match (text.meaning, kind) {
        // A patient who keeps the requested appointment confirms it.
        (Meaning::Line(1) | Meaning::Yes, Some(ListKind::Reminder))
        | (Meaning::Line(2) | Meaning::No, Some(ListKind::Cancel)) => confirms && is_about(whole),
        (Meaning::Line(1) | Meaning::Yes, Some(ListKind::Choices)) | (Meaning::No, Some(ListKind::Times)) => confirms,
        (Meaning::Line(2), Some(ListKind::Reminder)) => asks_another && is_about(whole),
        (Meaning::Line(2), Some(ListKind::Choices)) | (Meaning::Reschedule, _) => asks_another,
        (Meaning::Line(1) | Meaning::Yes | Meaning::Cancel, Some(ListKind::Cancel)) => cancels && is_about(whole),
        (Meaning::Line(number), Some(ListKind::Times)) => {
            // The old time is freed, and the new one is that of the line.
            change.after.contains("RESCHEDULED ") || (confirms && line(number).contains(time))
        }
        (Meaning::Line(number), Some(ListKind::WhichToConfirm)) => confirms && is_about(line(number)),
        (Meaning::Line(number), Some(ListKind::WhichToMove)) => asks_another && is_about(line(number)),
        (Meaning::Name(said), Some(ListKind::WhichToConfirm)) => confirms && name == said,
        (Meaning::Name(said), Some(ListKind::WhichToMove)) => asks_another && name == said,
        (Meaning::Line(number), Some(ListKind::Actions)) => {
            let line = line(number);
            is_about(line) && ((confirms && line.contains("Confirmar")) || (asks_another && line.contains("Cambiar")))
        }
        (Meaning::Confirm, _) => confirms && !change.before.contains("CANCELLED"),
        _ => false,
    }
}

fn ends_with(status: &str, word: &str) -> bool {
    status.trim_end_matches('|').ends_with(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(text: &str) -> Vec<String> {
        vec![text.to_owned()]
    }

    #[test]
    fn a_late_answer_closes_the_list_that_it_answers_and_none_that_came_since() {
        let list = "¿Qué cita quiere cambiar? Responda con un número:\n1. Mateo, 10:00\n2. Sofía, 11:00";
        let (late, asked) = (sent("No le enviaremos más mensajes."), Screen::default().after(&sent(list)));
        assert_eq!(asked.after_late(&late), asked, "it was asked since");
        assert_eq!(asked.after_message(&[]).after_late(&late), Screen::default(), "it may have been answered");
        assert_eq!(asked.after_message(&late), Screen::default());
        let thanked = asked.after_message(&[]);
        assert_eq!(thanked.after_late(&sent("Con gusto.")), thanked, "a courtesy leaves it open");
        assert_eq!(Screen::default().after_late(&sent(list)), asked);
    }
}
