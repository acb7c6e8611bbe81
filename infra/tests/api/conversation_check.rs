//! A short run of `cargo lab check conversations`, and its judge: what no list on the screen offers is a violation.

use lab::check::conversations::oracle::{Screen, TEXTS, violation};
use lab::check::conversations::search;
use lab::check::conversations::state::ConversationState;
use std::collections::BTreeMap;
use testkit::faulty_client::mutation::Mutation;

#[tokio::test]
async fn no_short_conversation_does_what_no_list_offers() {
    let report = search(2, 2, None).await.unwrap();
    assert!(report.found.is_empty(), "{report}");
    assert!(report.states == 2 && report.changes > 0, "{report}");
}

/// With one reminder, "Cancelar" and then "1", which cancels; a reader that falls back to the reminder confirms.
#[tokio::test]
async fn a_reader_that_falls_back_to_the_reminder_is_detected() {
    let report = search(1, 40, Some(Mutation::ForgetQuestions)).await.unwrap();
    assert!(!report.found.is_empty(), "{report}");
}

fn state(mateos: &str, sofias: &str) -> ConversationState {
    let appointments = BTreeMap::from([
        ("Mateo Paz 2025-12-15 10:00".to_owned(), mateos.to_owned()),
        ("Sofía Paz 2025-12-15 11:00".to_owned(), sofias.to_owned()),
    ]);
    ConversationState { appointments, key: String::new() }
}

/// A row of faults/conversation.md: the cancel question was answered, and the same number once more confirmed the other
/// appointment, as a reader does that falls back to the reminder.
#[test]
fn an_effect_that_no_list_offers_is_detected() {
    let reminders =
        ["Hola Mateo, le recordamos su cita a las 10:00.", "Hola Sofía, le recordamos su cita a las 11:00."];
    let question = "¿Cancelar su cita del lunes a las 10:00? Responda 1 Sí, cancelar o 2 Mantener.";
    let one = TEXTS.iter().find(|text| text.words == "1").unwrap();
    let (before, cancelled) = (state("PENDING|", "PENDING|"), state("CANCELLED|", "PENDING|"));
    let reminded = Screen::default().after(&reminders.map(str::to_owned));
    let asked = reminded.after(&[question.to_owned()]);
    assert_eq!(violation(*one, &asked, &before, &cancelled), None);
    assert!(violation(*one, &asked, &cancelled, &state("CANCELLED|", "CONFIRMED|")).is_some());
    assert!(violation(*one, &reminded, &before, &state("CONFIRMED|", "PENDING|")).is_some(), "two reminders");
}
