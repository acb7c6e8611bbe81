//! The table of decisions, and the rule that holds for all of them.

use super::*;
use crate::ids::NotificationId;
use crate::reply::interpret;
use crate::time::TimeDelta;
use uuid::Uuid;

fn id<T: crate::ids::Id>(number: u128) -> T {
    T::from_uuid(Uuid::from_u128(number << 64 | number))
}

fn at(minute: i64) -> Instant {
    Instant::from_unix(0).unwrap().plus(TimeDelta::minutes(minute))
}

fn mateo() -> AppointmentId {
    id(1)
}

fn sofia() -> AppointmentId {
    id(2)
}

/// The prompts of some messages, one minute apart.
fn asked(prompts: impl IntoIterator<Item = Prompt>) -> PromptLog {
    let mut log = PromptLog::default();
    for (minute, prompt) in (0..).zip(prompts) {
        log.ask(id::<NotificationId>(100 + u128::try_from(minute).unwrap()), prompt, at(10_000), at(minute));
    }
    log
}

fn seen(log: &PromptLog, is_certain: bool) -> Vec<SeenPrompt> {
    let count = log.iter().count();
    let certain = |index: usize| is_certain || index + 1 < count;
    log.iter()
        .enumerate()
        .map(|(index, asked)| SeenPrompt { asked: asked.clone(), is_certain: certain(index) })
        .collect()
}

fn decide_text(prompts: &[SeenPrompt], text: &str, minute: i64) -> Decision {
    let reading = interpret(text);
    let names = [(mateo(), "Mateo".to_owned()), (sofia(), "Sofía".to_owned())];
    let answer = AnswerText { text, reading, names: &names };
    let read = |prompt: &Prompt| answer.choice(prompt);
    decide(prompts, &Answer { is_bare: reading.is_bare(), read: &read, is_open: &|_| true }, at(minute))
}

fn choose(action: ChosenAction, appointment: AppointmentId) -> Decision {
    Decision::Choose(Choice { action, appointment })
}

fn reminder(appointment: AppointmentId) -> Prompt {
    Prompt::Reminder { appointment }
}

fn cancel(appointment: AppointmentId) -> Prompt {
    Prompt::Cancel { appointment }
}

#[test]
fn an_open_question_is_answered_by_what_its_text_says() {
    let question = seen(&asked([reminder(mateo()), cancel(mateo())]), true);
    for (text, decision) in [
        ("1", choose(ChosenAction::Cancel, mateo())),
        ("sí", choose(ChosenAction::Cancel, mateo())),
        ("no", choose(ChosenAction::Keep, mateo())),
        ("3", Decision::AskAgain),
        ("ok", Decision::AskAgain),
        ("Reprogramar", Decision::ByWords),
        ("no sé", Decision::ByWords),
    ] {
        assert_eq!(decide_text(&question, text, 5), decision, "{text}");
    }
    let which = Prompt::Which { about: ListedAction::Reschedule, appointments: vec![mateo(), sofia()] };
    let which = seen(&asked([which]), true);
    assert_eq!(decide_text(&which, "la de Sofía", 5), choose(ChosenAction::Reschedule, sofia()));
    assert_eq!(decide_text(&which, "el primero", 5), choose(ChosenAction::Reschedule, mateo()));
}

#[test]
fn a_closed_question_acknowledges_the_same_answer_for_ten_minutes() {
    let mut log = asked([reminder(mateo()), cancel(mateo())]);
    let keep = Choice { action: ChosenAction::Keep, appointment: mateo() };
    log.answer(id(101), keep, at(5));
    let closed = seen(&log, true);
    for text in ["2", "no", "mantener"] {
        assert_eq!(decide_text(&closed, text, 15), Decision::Repeat(keep), "{text}");
    }
    assert_eq!(decide_text(&closed, "2", 16), Decision::AskMeaning);
    assert_eq!(decide_text(&closed, "1", 6), Decision::AskMeaning, "never the reminder's 1");
    log = asked([reminder(mateo()), cancel(mateo())]);
    log.close_questions(at(5));
    assert_eq!(decide_text(&seen(&log, true), "1", 6), Decision::AskMeaning);
}

#[test]
fn an_announcement_is_answered_if_no_other_one_may_be_meant() {
    let one = seen(&asked([reminder(mateo())]), true);
    assert_eq!(decide_text(&one, "1", 5), choose(ChosenAction::Confirm, mateo()));
    assert_eq!(decide_text(&one, "👍", 5), choose(ChosenAction::Confirm, mateo()));
    assert_eq!(decide_text(&one, "no", 5), Decision::AskAgain);
    assert_eq!(decide_text(&one, "Confirmar", 5), Decision::ByWords);
    let again = seen(&asked([reminder(mateo()), reminder(mateo())]), true);
    assert_eq!(decide_text(&again, "1", 5), choose(ChosenAction::Confirm, mateo()));
    let two = asked([reminder(mateo()), reminder(sofia())]);
    assert_eq!(decide_text(&seen(&two, true), "1", 5), Decision::AskMeaning);
    let mut answered = two;
    answered.answer(id(100), Choice { action: ChosenAction::Confirm, appointment: mateo() }, at(1));
    assert_eq!(decide_text(&seen(&answered, true), "1", 5), choose(ChosenAction::Confirm, sofia()));
    let interrupting = seen(&asked([cancel(mateo()), reminder(sofia())]), true);
    assert_eq!(decide_text(&interrupting, "1", 5), Decision::AskMeaning);
    assert_eq!(decide_text(&[], "1", 5), Decision::AskMeaning);
    assert_eq!(decide_text(&one, "1", 10_001), Decision::AskMeaning, "too late");
}

/// An answer to a prompt that may not be on the screen counts only if it means the same without it.
#[test]
fn a_prompt_that_may_not_have_been_sent_is_asked_about() {
    let maybe = seen(&asked([reminder(mateo()), cancel(mateo())]), false);
    assert_eq!(decide_text(&maybe, "1", 5), Decision::AskMeaning);
    let same = seen(&asked([reminder(mateo()), reminder(mateo())]), false);
    assert_eq!(decide_text(&same, "1", 5), choose(ChosenAction::Confirm, mateo()));
}

fn every_prompt() -> Vec<Prompt> {
    let both = || vec![mateo(), sofia()];
    vec![
        reminder(mateo()),
        reminder(sofia()),
        Prompt::Choices { appointment: mateo() },
        cancel(mateo()),
        Prompt::Slots { appointment: mateo(), offers: vec![at(20_000), at(20_030)] },
        Prompt::Which { about: ListedAction::Cancel, appointments: both() },
        Prompt::Which { about: ListedAction::Confirm, appointments: both() },
        Prompt::Actions { lines: ListedAction::ALL.map(|action| (action, sofia())).to_vec() },
    ]
}

/// Every order of three prompts, each answered, left or open, and every short answer: what is chosen is offered by the
/// last prompt. The control falls back to the last reminder where the last question is closed, as the code once did.
#[test]
fn a_bare_answer_chooses_only_what_the_last_prompt_offers() {
    let texts = ["1", "2", "3", "7", "sí", "no", "ok", "mantener", "ninguno", "la de Sofía", "Confirmar", "gracias"];
    let (mut checked, mut fallen_back) = (0, 0);
    for prompts in orders_of_three() {
        for states in 0..27u32 {
            let mut log = PromptLog::default();
            for (index, prompt) in (0u32..).zip(&prompts) {
                let (message, minute) = (id::<NotificationId>(u128::from(100 + index)), i64::from(index));
                log.ask(message, prompt.clone(), at(10_000), at(minute));
                match states / 3u32.pow(index) % 3 {
                    0 => {}
                    1 => log.close_questions(at(minute)),
                    _ => log.answer(message, prompt.choice(1).unwrap(), at(minute)),
                }
            }
            let last = log.last().unwrap().clone();
            for text in texts {
                checked += 1;
                let decision = decide_text(&seen(&log, true), text, 6);
                if let Decision::Choose(choice) | Decision::Repeat(choice) = decision {
                    assert!(is_offered(&last.prompt, choice), "{prompts:?} {states} {text}: {decision:?}");
                    assert!(
                        last.prompt.is_announcement() || last.answer.is_none() || decision == Decision::Repeat(choice)
                    );
                }
                fallen_back += u32::from(falls_back(&log, text, decision));
            }
        }
    }
    assert_eq!(checked, 8 * 8 * 8 * 27 * 12);
    assert!(fallen_back > 0, "the control would act on an older list");
}

fn orders_of_three() -> Vec<Vec<Prompt>> {
    let all = every_prompt();
    let mut orders = Vec::new();
    for first in &all {
        for second in &all {
            for third in &all {
                orders.push(vec![first.clone(), second.clone(), third.clone()]);
            }
        }
    }
    orders
}

fn is_offered(prompt: &Prompt, choice: Choice) -> bool {
    let keeps = matches!(prompt, Prompt::Slots { appointment, .. } if *appointment == choice.appointment)
        && choice.action == ChosenAction::Keep;
    keeps || (1..=9).any(|number| prompt.choice(number) == Some(choice))
}

/// Whether a reader that falls back to the last reminder would act where nothing is chosen.
fn falls_back(log: &PromptLog, text: &str, decision: Decision) -> bool {
    let reminder = log.iter().rev().find(|asked| asked.prompt.is_announcement()).map(|asked| &asked.prompt);
    let answer = AnswerText { text, reading: interpret(text), names: &[] };
    decision == Decision::AskMeaning && reminder.is_some_and(|prompt| answer.choice(prompt).is_some())
}
