//! Messages with what they mean, and how the interpreter reads them: the measure of every change to
//! the vocabulary. For tests and `cargo lab corpus` only, hence behind the feature `corpus`.
//!
//! A row is `context <TAB> label <TAB> message`. The context is what we asked last. The label is what
//! the message says to that; with a `?` behind it, asking once more is right, too. Made up for this
//! project: add what patients really write, without names, numbers or dates of theirs.

mod matrix;
#[cfg(test)]
mod tests;

use std::fmt;

use super::{CancelAnswer, Intent, OfferAnswer, Reading, answers_cancel_question, answers_offer, interpret};

pub use matrix::Report;

/// Parted by what was asked; what a reminder leaves open is most of it.
const FILES: [&str; 4] = [
    include_str!("reminder.tsv"),
    include_str!("reminder_unclear.tsv"),
    include_str!("cancel_question.tsv"),
    include_str!("offer.tsv"),
];

/// What we asked last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Context {
    /// Is the patient coming?
    Reminder,
    /// Really cancel?
    CancelQuestion,
    /// Which of so many times instead?
    Offer(u8),
}

/// What a message says to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Meaning {
    /// The patient comes.
    Confirm,
    /// Another time, please.
    Reschedule,
    /// The appointment is off.
    Cancel,
    /// The appointment stays.
    Keep,
    /// None of the times that were offered.
    NoneOfThese,
    /// No more messages.
    OptOut,
    /// Messages again.
    OptIn,
    /// A line of a list, counted from 1 as patients do.
    Choice(u8),
    /// Nothing to act on.
    Unclear,
}

/// A message and what it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// What it answers.
    pub context: Context,
    /// What it means.
    pub label: Meaning,
    /// Whether asking once more is right, too.
    pub may_ask: bool,
    /// Its words.
    pub message: &'static str,
}

/// A row that can't be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed(&'static str);

impl std::error::Error for Malformed {}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no row of the corpus: {}", self.0)
    }
}

/// Every row.
///
/// # Errors
/// [`Malformed`] for a line that is neither a row nor a `#` comment nor empty.
pub fn rows() -> Result<Vec<Row>, Malformed> {
    let lines = FILES.iter().flat_map(|file| file.lines());
    lines.filter(|line| !line.is_empty() && !line.starts_with('#')).map(row).collect()
}

fn row(line: &'static str) -> Result<Row, Malformed> {
    let read = || {
        let (context, rest) = line.split_once('\t')?;
        let (label, message) = rest.split_once('\t')?;
        let may_ask = label.ends_with('?');
        let label = Meaning::named(label.strip_suffix('?').unwrap_or(label))?;
        Some(Row { context: Context::named(context)?, label, may_ask, message })
    };
    read().ok_or(Malformed(line))
}

impl Row {
    /// How the interpreter reads it.
    #[must_use]
    pub fn reading(&self) -> Meaning {
        self.context.read(self.message)
    }

    /// Whether that reading is right.
    #[must_use]
    pub fn allows(&self, reading: Meaning) -> bool {
        reading == self.label || (self.may_ask && reading == Meaning::Unclear)
    }
}

impl Context {
    fn named(name: &str) -> Option<Self> {
        match name {
            "reminder" => Some(Self::Reminder),
            "cancel_question" => Some(Self::CancelQuestion),
            _ => name.strip_prefix("offer:")?.parse().ok().map(Self::Offer),
        }
    }

    /// Reads a message as an answer to what was asked: STOP and ALTA before anything else.
    #[must_use]
    pub fn read(self, message: &str) -> Meaning {
        match (interpret(message), self) {
            (Reading::Act(Intent::OptOut), _) => Meaning::OptOut,
            (Reading::Act(Intent::OptIn), _) => Meaning::OptIn,
            (_, Self::CancelQuestion) => match answers_cancel_question(message) {
                CancelAnswer::Cancel => Meaning::Cancel,
                CancelAnswer::Keep => Meaning::Keep,
                CancelAnswer::Unclear => Meaning::Unclear,
            },
            (_, Self::Offer(offered)) => match answers_offer(message, offered) {
                OfferAnswer::Choice(place) => Meaning::Choice(place.saturating_add(1)),
                OfferAnswer::NoneOfThese => Meaning::NoneOfThese,
                OfferAnswer::Keep => Meaning::Keep,
                OfferAnswer::Unclear => Meaning::Unclear,
            },
            (Reading::Act(Intent::Confirm), Self::Reminder) => Meaning::Confirm,
            (Reading::Act(Intent::Reschedule), Self::Reminder) => Meaning::Reschedule,
            (Reading::Act(Intent::Cancel), Self::Reminder) => Meaning::Cancel,
            (Reading::Choice(number), Self::Reminder) => Meaning::Choice(number),
            (Reading::Unclear, Self::Reminder) => Meaning::Unclear,
        }
    }
}

impl fmt::Display for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reminder => f.write_str("reminder"),
            Self::CancelQuestion => f.write_str("cancel_question"),
            Self::Offer(offered) => write!(f, "offer:{offered}"),
        }
    }
}

impl Meaning {
    /// All but the numbers.
    const WORDS: [Self; 8] = [
        Self::Confirm,
        Self::Reschedule,
        Self::Cancel,
        Self::Keep,
        Self::NoneOfThese,
        Self::OptOut,
        Self::OptIn,
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
            Self::Choice(number) => return write!(f, "choice:{number}"),
            Self::Unclear => "unclear",
        })
    }
}
