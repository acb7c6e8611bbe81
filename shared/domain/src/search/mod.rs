//! The search of people: one normaliser makes the words of the index and the parts of the question.
//!
//! | File | |
//! |---|---|
//! | `characters` | what is ignored: case, accents, apostrophes, dashes, invisible characters |
//! | `names` | the words of a name |
//! | `numbers` | the ways in which a phone number is dialled |
//! | `pairs` | two words of a name together |
//! | `question` | what a search asks for, and whether a record has it |

mod characters;
mod names;
mod numbers;
mod pairs;
mod question;

pub use characters::{is_blank, is_dash, is_dot, is_format};
pub use names::NameWords;
pub use numbers::is_part_of_number;
pub use pairs::{PairLookup, pairs, prefix};
pub use question::{LookupText, Question, TAIL};

/// A document number as one word: its letters and digits.
#[must_use]
pub fn document_word(text: &str) -> String {
    characters::plain(text).chars().filter(|c| c.is_alphanumeric()).collect()
}
