//! A run in words.

use super::history::tally;
use super::run::{Outcome, Plan};
use std::fmt;

/// How many findings are shown; one fault tends to have many consequences.
const SHOWN: usize = 20;

/// One line for each pause.
#[must_use]
pub fn line(outcome: &Outcome, plan: &Plan) -> String {
    let state = if outcome.found.is_empty() { "all is well" } else { "something is wrong" };
    let (done, of, rows, appointments) = (outcome.records.len(), plan.operations, outcome.rows, outcome.appointments);
    format!(
        "{done} of {of} operations, {:.0} a second; {appointments} appointments, {rows} rows: {state}",
        outcome.rate()
    )
}

impl Outcome {
    /// Operations a second while the clients were at work.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "nobody does so many operations")]
    pub fn rate(&self) -> f64 {
        self.records.len() as f64 / self.busy.as_secs_f64().max(0.001)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (kind, answers) in tally(&self.records) {
            let answers: Vec<String> = answers.iter().map(|(answer, count)| format!("{count} × {answer}")).collect();
            writeln!(f, "  {:<18} {}", kind.name(), answers.join(", "))?;
        }
        writeln!(f, "  {:<18} {}", "hold_expired", self.expired)?;
        let counts = &self.counts;
        let (requests, retries, conflicts) = (counts.requests, counts.retries, counts.conflicts);
        writeln!(f, "  {requests} requests to the table, {conflicts} transactions refused, {retries} tried again")?;
        let faults: Vec<String> =
            counts.faults.iter().map(|((kind, fault), count)| format!("{count} × {kind:?} {fault:?}")).collect();
        writeln!(f, "  {:<18} {}", "went wrong", faults.join(", "))?;
        for found in self.found.iter().take(SHOWN) {
            writeln!(f, "  {found}")?;
        }
        if let Some(more) = self.found.len().checked_sub(SHOWN).filter(|more| *more > 0) {
            writeln!(f, "  … and {more} more")?;
        }
        Ok(())
    }
}
