//! The corpus: labelled messages that measure the interpreter after every change of the vocabulary. Used by
//! tests and `cargo lab corpus` only, therefore behind the feature `corpus`.
//!
//! A row is `context <TAB> label <TAB> message`. The context is the last prompt. The label is the meaning of
//! the message after that prompt; a trailing `?` means that asking again is also correct. The rows were made
//! up for this project. Add what patients really write, without their names, numbers or dates.

pub mod emergency;
mod matrix;
#[cfg(test)]
mod tests;

use std::fmt;

use super::{
    CancelAnswer, Intent, OfferAnswer, Reading, interpret, interpret_cancel_answer, interpret_offer_answer,
    read_wrong_number,
};

pub use matrix::CorpusReport;

/// One file per context; unclear messages after a reminder have their own, because they are the majority, and so has the
/// wrong number, which means the same in every context.
const FILES: [&str; 5] = [
    include_str!("reminder.tsv"),
    include_str!("reminder_unclear.tsv"),
    include_str!("cancel_question.tsv"),
    include_str!("offer.tsv"),
    include_str!("wrong_number.tsv"),
];

/// The prompt that a message answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReplyContext {
    /// A reminder.
    Reminder,
    /// The prompt "really cancel?".
    CancelQuestion,
    /// An offer of this many slots.
    Offer(u8),
}

/// The meaning of a message in its context.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Meaning {
    Confirm,
    Reschedule,
    Cancel,
    /// The patient keeps the appointment.
    Keep,
    /// None of the offered slots.
    NoneOfThese,
    OptOut,
    OptIn,
    /// The sender isn't the patient.
    WrongNumber,
    /// A line of a list, counted from 1.
    Choice(u8),
    /// No action.
    Unclear,
}

/// A message with its context and its meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LabelledMessage {
    pub context: ReplyContext,
    pub label: Meaning,
    /// Whether the reading [`Meaning::Unclear`] is also correct.
    pub may_ask: bool,
    pub message: &'static str,
}

/// A line of the corpus that can't be parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed(&'static str);

impl std::error::Error for Malformed {}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "invalid line of the corpus: {}", self.0)
    }
}

/// Parses every row.
///
/// # Errors
/// [`Malformed`] for a line that is neither a row nor a `#` comment nor empty.
pub fn rows() -> Result<Vec<LabelledMessage>, Malformed> {
    let lines = FILES.iter().flat_map(|file| file.lines());
    lines.filter(|line| !line.is_empty() && !line.starts_with('#')).map(row).collect()
}

fn row(line: &'static str) -> Result<LabelledMessage, Malformed> {
    let read = || {
        let (context, rest) = line.split_once('\t')?;
        let (label, message) = rest.split_once('\t')?;
        let may_ask = label.ends_with('?');
        let label = Meaning::named(label.strip_suffix('?').unwrap_or(label))?;
        Some(LabelledMessage { context: ReplyContext::named(context)?, label, may_ask, message })
    };
    read().ok_or(Malformed(line))
}

impl LabelledMessage {
    #[must_use]
    pub fn reading(&self) -> Meaning {
        self.context.read(self.message)
    }

    /// Whether a reading of this message is correct.
    #[must_use]
    pub fn allows(&self, reading: Meaning) -> bool {
        reading == self.label || (self.may_ask && reading == Meaning::Unclear)
    }
}

impl ReplyContext {
    fn named(name: &str) -> Option<Self> {
        match name {
            "reminder" => Some(Self::Reminder),
            "cancel_question" => Some(Self::CancelQuestion),
            _ => name.strip_prefix("offer:")?.parse().ok().map(Self::Offer),
        }
    }

    /// Interprets a message in this context: STOP and ALTA first, then the wrong number.
    #[must_use]
    pub fn read(self, message: &str) -> Meaning {
        match (interpret(message), self) {
            (Reading::Act(Intent::OptOut), _) => Meaning::OptOut,
            (Reading::Act(Intent::OptIn), _) => Meaning::OptIn,
            _ if read_wrong_number(message).is_some_and(|read| !read.is_named()) => Meaning::WrongNumber,
            (_, Self::CancelQuestion) => match interpret_cancel_answer(message) {
                CancelAnswer::Cancel => Meaning::Cancel,
                CancelAnswer::Keep => Meaning::Keep,
                CancelAnswer::Unclear => Meaning::Unclear,
            },
            (_, Self::Offer(offered)) => match interpret_offer_answer(message, offered) {
                OfferAnswer::Choice(place) => Meaning::Choice(place.saturating_add(1)),
                OfferAnswer::NoneOfThese => Meaning::NoneOfThese,
                OfferAnswer::Keep => Meaning::Keep,
                OfferAnswer::Unclear => Meaning::Unclear,
            },
            (Reading::Act(Intent::Confirm) | Reading::Yes | Reading::Fine, Self::Reminder) => Meaning::Confirm,
            (Reading::Act(Intent::Reschedule), Self::Reminder) => Meaning::Reschedule,
            (Reading::Act(Intent::Cancel), Self::Reminder) => Meaning::Cancel,
            (Reading::Choice(number), Self::Reminder) => Meaning::Choice(number),
            (Reading::No | Reading::Leave | Reading::Courtesy | Reading::Unclear, Self::Reminder) => Meaning::Unclear,
        }
    }
}

impl fmt::Display for ReplyContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reminder => f.write_str("reminder"),
            Self::CancelQuestion => f.write_str("cancel_question"),
            Self::Offer(offered) => write!(f, "offer:{offered}"),
        }
    }
}

impl Meaning {
    /// Every meaning without a number.
    const WORDS: [Self; 9] = [
        Self::Confirm,
        Self::Reschedule,
        Self::Cancel,
        Self::Keep,
        Self::NoneOfThese,
        Self::OptOut,
        Self::OptIn,
        Self::WrongNumber,
        Self::Unclear,
    ];

    fn named(name: &str) -> Option<Self> {
        let word = Self::WORDS.into_iter().find(|meaning| meaning.to_string() == name);
        word.or_else(|| name.strip_prefix("choice:")?.parse().ok().map(Self::Choice))
    }
}

impl fmt::Display for Meaning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Confirm => "confirm",
            Self::Reschedule => "reschedule",
            Self::Cancel => "cancel",
            Self::Keep => "keep",
            Self::NoneOfThese => "none",
            Self::OptOut => "opt_out",
            Self::OptIn => "opt_in",
            Self::WrongNumber => "wrong_number",
            Self::Choice(number) => return write!(f, "choice:{number}"),
            Self::Unclear => "unclear",
        })
    }
}
