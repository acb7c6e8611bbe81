//! `cargo lab corpus`: classifies the labelled patient messages and reports the mistakes.

use domain::reply::corpus::emergency::EmergencyReport;
use domain::reply::corpus::{CorpusReport, Malformed, rows};
use std::fmt;

/// How the messages of both corpora are read.
#[derive(Debug)]
pub struct CorpusReports {
    replies: CorpusReport,
    emergencies: EmergencyReport,
}

impl CorpusReports {
    #[must_use]
    pub fn has_mistakes(&self) -> bool {
        let emergencies = &self.emergencies;
        !(self.replies.mistakes().is_empty() && emergencies.missed.is_empty() && emergencies.false_alarms.is_empty())
    }
}

impl fmt::Display for CorpusReports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}", self.replies, self.emergencies)
    }
}

/// Classifies every row of the corpus of replies and of that of emergencies.
///
/// # Errors
/// [`Malformed`] if a line of the corpus can't be parsed.
pub fn corpus() -> Result<CorpusReports, Malformed> {
    Ok(CorpusReports { replies: CorpusReport::of(&rows()?), emergencies: EmergencyReport::new() })
}
