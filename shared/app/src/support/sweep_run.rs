//! One run of a [`Sweep`]: what its task needs to know of the run, and where the run stops.

use crate::App;
use crate::support::context::Context;
use crate::support::error::AppError;
use domain::time::Instant;
use store::Transaction;
use store::sweep::Sweep;

/// A run of a sweep, up to a deadline.
pub struct SweepRun<'a> {
    pub app: &'a App,
    pub sweep: Sweep,
    /// No new chunk begins after this instant.
    pub until: Option<Instant>,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    Finished,
    /// The time was over. The next run continues.
    Interrupted,
}

impl SweepRun<'_> {
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.until.is_some_and(|until| self.app.now() >= until)
    }

    /// Stores the position up to which the work is done, for the next run.
    pub async fn save_cursor(&mut self, position: String) -> Result<(), AppError> {
        self.sweep.cursor = Some(position);
        let mut transaction = Transaction::default();
        self.sweep.save_cursor(&mut transaction);
        self.app.table.transact(transaction).await.map_err(|error| AppError::Busy(error.to_string()))
    }

    /// The context of the follow-up changes: their author is the author of the change.
    #[must_use]
    pub fn context(&self) -> Context {
        Context { actor: self.sweep.actor.clone(), ..Context::of_system(self.sweep.request_id.clone()) }
    }
}
