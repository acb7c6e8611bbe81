//! `cargo lab corpus`: classifies the labelled patient messages and reports the mistakes.

use domain::reply::corpus::{CorpusReport, Malformed, rows};

/// Classifies every row of the corpus.
///
/// # Errors
/// [`Malformed`] if a line of the corpus can't be parsed.
pub fn corpus() -> Result<CorpusReport, Malformed> {
    Ok(CorpusReport::of(&rows()?))
}
