//! `cargo lab corpus`: how the labelled messages of patients are read.

use domain::reply::corpus::{Malformed, Report, rows};

/// Reads all of them.
///
/// # Errors
/// [`Malformed`] where a line of the corpus is no row.
pub fn corpus() -> Result<Report, Malformed> {
    Ok(Report::of(&rows()?))
}
