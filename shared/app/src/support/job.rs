//! What the steps of the scheduled job have in common: until when they start new work, and which rows they have skipped
//! because this build can't read them.

use crate::App;
use crate::support::error::AppError;
use domain::time::Instant;
use futures_util::FutureExt as _;
use std::collections::BTreeSet;
use std::panic::AssertUnwindSafe;
use std::sync::{Mutex, PoisonError};
use store::patterns::Pattern;
use store::{Entity, UnreadableRow};

/// The unreadable rows that a run of the job has skipped. A row that several pieces of work need counts once.
#[derive(Debug, Default)]
pub struct UnreadableRows(Mutex<BTreeSet<UnreadableRow>>);

impl UnreadableRows {
    pub fn record(&self, row: &UnreadableRow) {
        let is_new = self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(row.clone());
        if is_new {
            tracing::error!(kind = row.kind, "skipped an unreadable row");
        }
    }

    /// Records the row if that is why a piece of work failed.
    pub fn record_error(&self, error: &AppError) {
        if let AppError::Unreadable(row) = error {
            self.record(row);
        }
    }

    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len() as u64
    }
}

/// The frame of one step of the job.
#[derive(Debug, Clone, Copy)]
pub struct JobStep<'a> {
    /// From here on the step starts no new work. `None` where its time isn't limited.
    pub deadline: Option<Instant>,
    pub unreadable: &'a UnreadableRows,
}

impl<'a> JobStep<'a> {
    #[must_use]
    pub fn unlimited(unreadable: &'a UnreadableRows) -> Self {
        Self { deadline: None, unreadable }
    }

    /// Whether it is too late at this instant to start a piece of work.
    #[must_use]
    pub fn is_over(&self, at: Instant) -> bool {
        self.deadline.is_some_and(|deadline| at >= deadline)
    }

    /// Does one piece of work. Records an unreadable row, and turns a panic into an error, so that neither stops the
    /// pieces that follow.
    pub async fn attempt<T>(&self, work: impl Future<Output = Result<T, AppError>>) -> Result<T, AppError> {
        let panicked = |_| Err(AppError::Internal("a piece of work panicked".to_owned()));
        // Boxed: it would stand in each of the frames that catch the panic.
        let done = AssertUnwindSafe(Box::pin(work)).catch_unwind().await.unwrap_or_else(panicked);
        done.inspect_err(|error| self.unreadable.record_error(error))
    }

    /// Reads a list of work. Unreadable rows are recorded and left out.
    pub async fn read_work<E: Entity>(&self, app: &App, pattern: &Pattern) -> Result<Vec<E>, AppError> {
        let work = app.table.all_work(pattern).await?;
        work.unreadable.iter().for_each(|row| self.unreadable.record(row));
        Ok(work.rows)
    }
}
