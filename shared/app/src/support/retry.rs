//! Retries a unit of work: when the table is contended, when rows have changed since they were read, and when the
//! answer to a write was lost.

use crate::support::dependents::Existing;
use crate::support::error::AppError;
use domain::violation::Violations;
use std::time::Duration;
use store::transaction::Cancellation;
use store::{ReadError, WriteError};

/// Attempts before the request fails with [`AppError::Busy`]. Each attempt reads its rows and the clock again.
pub const MAX_ATTEMPTS: u32 = 5;

/// Why an attempt failed.
#[derive(Debug)]
pub enum AttemptError {
    /// The attempt may be repeated. The text is the reason, for [`AppError::Busy`].
    Retry(String),
    /// The request fails with this error.
    Fail(AppError),
}

impl From<WriteError> for AttemptError {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Cancelled(Cancellation::Duplicate(field)) => {
                Self::Fail(AppError::AlreadyExists { field, existing: Existing::Unique(None) })
            }
            WriteError::Invalid { .. } => Self::Fail(AppError::Internal(error.to_string())),
            WriteError::Cancelled(_) | WriteError::Contended | WriteError::Ambiguous { .. } => {
                Self::Retry(error.to_string())
            }
        }
    }
}

impl<E: Into<AppError>> From<E> for AttemptError
where
    E: ReadOnlyError,
{
    fn from(error: E) -> Self {
        Self::Fail(error.into())
    }
}

/// Errors that don't come from a write. They end the request without a retry.
pub trait ReadOnlyError {}
impl ReadOnlyError for AppError {}
impl ReadOnlyError for ReadError {}
impl ReadOnlyError for Violations {}

/// Counts attempts and waits between them.
#[derive(Debug, Default)]
pub struct Attempts {
    made: u32,
}

impl Attempts {
    /// The number of earlier attempts.
    #[must_use]
    pub fn made(&self) -> u32 {
        self.made
    }

    /// Waits a random time with exponential backoff and full jitter, so that colliding clients don't collide again.
    ///
    /// # Errors
    /// [`AppError::Busy`] after [`MAX_ATTEMPTS`] attempts.
    pub async fn pause(&mut self, reason: String) -> Result<(), AppError> {
        self.made += 1;
        if self.made >= MAX_ATTEMPTS {
            return Err(AppError::Busy(reason));
        }
        let max_millis = 10u64 << self.made;
        tokio::time::sleep(Duration::from_millis(fastrand::u64(0..=max_millis))).await;
        Ok(())
    }
}

/// Repeats an attempt until it succeeds, fails with [`AttemptError::Fail`] or has used up its attempts. The attempt
/// receives the number of earlier attempts.
#[macro_export]
macro_rules! retry {
    ($number:ident => $attempt:expr) => {{
        let mut attempts = $crate::support::retry::Attempts::default();
        loop {
            let $number = attempts.made();
            match $attempt.await {
                Ok(value) => break Ok(value),
                Err($crate::support::retry::AttemptError::Fail(error)) => break Err(error),
                Err($crate::support::retry::AttemptError::Retry(reason)) => {
                    if let Err(busy) = attempts.pause(reason).await {
                        break Err(busy);
                    }
                }
            }
        }
    }};
}
