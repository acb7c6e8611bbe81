//! Decides which prompt a bare answer belongs to. There is no fall-back to an older one: it may have scrolled away.

use super::{Choice, Prompt, SeenPrompt};
use crate::ids::AppointmentId;
use crate::time::{Instant, TimeDelta};

/// The same answer within this time after the first is the same message sent twice.
const SENT_TWICE: TimeDelta = TimeDelta::minutes(10);

/// A message without a button and without a quoted message, and how to read it.
pub struct Answer<'a> {
    /// Whether its words mean nothing without a prompt: a number, "sí", "no".
    pub is_bare: bool,
    /// What it chooses under a prompt; `None` if it doesn't answer that.
    pub read: &'a dyn Fn(&Prompt) -> Option<Choice>,
    /// Whether an appointment is still to come.
    pub is_open: &'a dyn Fn(AppointmentId) -> bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It chooses this.
    Choose(Choice),
    /// It chose this a moment ago already: acknowledged, and nothing changes.
    Repeat(Choice),
    /// It doesn't answer the last prompt, which is asked again.
    AskAgain,
    /// It may answer several prompts, or none: the patient is asked what is meant.
    AskMeaning,
    /// It is no bare answer: its words decide.
    ByWords,
}

/// `prompts`: in the order in which they were sent, without those that certainly weren't.
#[must_use]
pub fn decide(prompts: &[SeenPrompt], answer: &Answer<'_>, now: Instant) -> Decision {
    let Some((last, before)) = prompts.split_last() else { return undecided(answer) };
    let decision = under_last(last, before, answer, now);
    if last.is_certain || decision == decide(before, answer, now) { decision } else { undecided(answer) }
}

fn under_last(last: &SeenPrompt, before: &[SeenPrompt], answer: &Answer<'_>, now: Instant) -> Decision {
    let chosen = (answer.read)(&last.asked.prompt);
    if now >= last.asked.until {
        return undecided(answer);
    }
    if last.asked.prompt.is_announcement() {
        let is_unanswered = |seen: &SeenPrompt| seen.asked.answer.is_none() && now < seen.asked.until;
        let is_clear = !last.asked.interrupts && !other_announcements(last, before, answer.is_open).any(is_unanswered);
        return match chosen {
            _ if !answer.is_bare => Decision::ByWords,
            Some(choice) if is_clear => Decision::Choose(choice),
            None if is_clear => Decision::AskAgain,
            _ => Decision::AskMeaning,
        };
    }
    match (last.asked.answer, chosen) {
        (None, Some(choice)) => Decision::Choose(choice),
        (None, None) if answer.is_bare => Decision::AskAgain,
        (Some(given), Some(choice)) if given.choice == Some(choice) && now.since(given.at) <= SENT_TWICE => {
            Decision::Repeat(choice)
        }
        _ => undecided(answer),
    }
}

/// The announcements since the last question that are about another appointment, still to come, than the last one.
fn other_announcements<'a>(
    last: &'a SeenPrompt,
    before: &'a [SeenPrompt],
    is_open: &'a dyn Fn(AppointmentId) -> bool,
) -> impl Iterator<Item = &'a SeenPrompt> {
    let since_question = before.iter().rev().take_while(|seen| seen.asked.prompt.is_announcement());
    since_question.filter(move |seen| {
        let subject = seen.asked.prompt.subject();
        subject != last.asked.prompt.subject() && subject.is_some_and(is_open)
    })
}

/// The appointment that words without a name for it are about: that of the last prompt, unless another one may be meant.
///
/// An announcement that was answered counts as well, other than for a bare answer: "cancelo" may take back the answer.
#[must_use]
pub fn subject_of_words(
    prompts: &[SeenPrompt],
    is_open: &dyn Fn(AppointmentId) -> bool,
    now: Instant,
) -> Option<AppointmentId> {
    let (last, before) = prompts.split_last()?;
    let subject = last.asked.prompt.subject().filter(|_| now < last.asked.until)?;
    let is_ambiguous = last.asked.prompt.is_announcement()
        && (last.asked.interrupts || other_announcements(last, before, is_open).next().is_some());
    Some(subject).filter(|_| !is_ambiguous)
}

fn undecided(answer: &Answer<'_>) -> Decision {
    if answer.is_bare { Decision::AskMeaning } else { Decision::ByWords }
}
