//! Formats the progress and the result of a bookings run.

use super::history::tally;
use super::run::{BookingsPlan, BookingsReport};
use std::fmt;

/// How many findings are printed; one fault tends to cause many.
const SHOWN: usize = 20;

/// The progress line after each batch.
#[must_use]
pub fn progress_line(report: &BookingsReport, plan: &BookingsPlan) -> String {
    let state = if report.found.is_empty() { "all properties hold" } else { "a property failed" };
    let (done, of, rows, appointments) = (report.records.len(), plan.operations, report.rows, report.appointments);
    format!(
        "{done} of {of} operations, {:.0} a second; {appointments} appointments, {rows} rows: {state}",
        report.rate()
    )
}

impl BookingsReport {
    /// Operations a second, without the checks.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "counts of operations are far below 2⁵²")]
    pub fn rate(&self) -> f64 {
        self.records.len() as f64 / self.busy.as_secs_f64().max(0.001)
    }
}

impl fmt::Display for BookingsReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (kind, answers) in tally(&self.records) {
            let answers: Vec<String> = answers.iter().map(|(answer, count)| format!("{count} × {answer}")).collect();
            writeln!(f, "  {:<18} {}", kind.name(), answers.join(", "))?;
        }
        writeln!(f, "  {:<18} {}", "hold_expired", self.expired)?;
        let counts = &self.counts;
        let (requests, retries, conflicts) = (counts.requests, counts.retries, counts.conflicts);
        writeln!(f, "  {requests} requests to the table, {conflicts} transactions cancelled, {retries} retried")?;
        let faults: Vec<String> =
            counts.faults.iter().map(|((kind, fault), count)| format!("{count} × {kind:?} {fault:?}")).collect();
        writeln!(f, "  {:<18} {}", "faults", faults.join(", "))?;
        for found in self.found.iter().take(SHOWN) {
            writeln!(f, "  {found}")?;
        }
        if let Some(more) = self.found.len().checked_sub(SHOWN).filter(|more| *more > 0) {
            writeln!(f, "  … and {more} more")?;
        }
        Ok(())
    }
}
