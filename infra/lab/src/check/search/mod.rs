//! `cargo lab check search`: every patient of a generated town is found by eight ways of writing the name, the document
//! and the number; and the first page of a search costs the same in a town of 100,000.
//!
//! | File | |
//! |---|---|
//! | `names`, `documents`, `phones` | what people in Latin America are called, have and dial |
//! | `people` | the patients, and the ways to search for them |
//! | [`cost`] | units and queries of a first page |
//!
//! # Results
//!
//! See [`cost`].

pub mod cost;
mod documents;
mod names;
mod people;
mod phones;

use crate::options::SearchOptions;
use domain::patient::Patient;
use domain::search::Question;
use people::Searched;
use std::fmt;
use std::io::Write as _;
use store::search::found_by;
use testkit::test_app::TestError;

pub use people::WAYS;

/// What was searched for.
#[derive(Debug, Default)]
pub struct SearchReport {
    pub patients: usize,
    pub searches: usize,
    /// Searches that don't find their patient.
    pub found: Vec<String>,
}

impl fmt::Display for SearchReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} patients, {} searches, {} of them failed", self.patients, self.searches, self.found.len())?;
        for line in self.found.iter().take(20) {
            writeln!(f, "  {line}")?;
        }
        Ok(())
    }
}

/// Searches for every patient of a town in every way.
#[must_use]
pub fn search_town(patients: usize, seed: u64) -> SearchReport {
    let mut report = SearchReport::default();
    for Searched { patient, texts } in town(patients, seed) {
        report.patients += 1;
        for text in texts {
            report.searches += 1;
            if !is_found(&patient, &text) {
                let profile = &patient.profile;
                let phone = profile.phone_number.as_ref().map(|phone| phone.as_str().to_owned());
                report.found.push(format!(
                    "{text:?} doesn't find {} ({}, {})",
                    profile.full_name().as_str(),
                    profile.document_number.as_str(),
                    phone.unwrap_or_default()
                ));
            }
        }
    }
    report
}

fn is_found(patient: &Patient, text: &str) -> bool {
    let question = Question::parse(text);
    question.lookup().is_some_and(|lookup| found_by(patient, &question, &lookup).is_some())
}

fn town(patients: usize, seed: u64) -> impl Iterator<Item = Searched> {
    let mut random = fastrand::Rng::with_seed(seed);
    (0..).filter_map(move |number| people::random(number, &mut random)).take(patients)
}

/// Runs the check. Prints its result on stdout.
///
/// # Errors
/// A search doesn't find its patient, or costs too much.
pub async fn search(options: &SearchOptions) -> Result<(), TestError> {
    let report = search_town(options.patients, options.seed);
    write!(std::io::stdout(), "{report}")?;
    let costs = cost::measure(options.cost_patients, options.seed).await?;
    let mut is_too_high = false;
    for cost in &costs {
        writeln!(std::io::stdout(), "{cost}")?;
        is_too_high |= cost.is_too_high();
    }
    if report.found.is_empty() && !is_too_high { Ok(()) } else { Err("a search failed".into()) }
}
