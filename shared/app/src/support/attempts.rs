//! Trying again: when the table is contended, when what was read isn't true any more, and when the
//! answer to a write was lost.

use crate::support::error::AppError;
use domain::violation::Violations;
use std::time::Duration;
use store::transaction::Refused;
use store::{ReadError, WriteError};

/// How often a write is tried before the client is told to come back. Each attempt reads anew and takes
/// the time anew.
pub const MAX_ATTEMPTS: u32 = 5;

/// Why an attempt failed.
#[derive(Debug)]
pub enum Failure {
    /// Read anew and try again.
    Again(String),
    /// That is the answer.
    Final(AppError),
}

impl From<WriteError> for Failure {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Refused(Refused::Duplicate(field)) => Self::Final(AppError::AlreadyExists { field }),
            WriteError::Invalid { .. } => Self::Final(AppError::Internal(error.to_string())),
            WriteError::Refused(_) | WriteError::Contended | WriteError::Ambiguous { .. } => {
                Self::Again(error.to_string())
            }
        }
    }
}

impl<E: Into<AppError>> From<E> for Failure
where
    E: NotAWrite,
{
    fn from(error: E) -> Self {
        Self::Final(error.into())
    }
}

/// Errors that end a request at once.
pub trait NotAWrite {}
impl NotAWrite for AppError {}
impl NotAWrite for ReadError {}
impl NotAWrite for Violations {}

/// Counts attempts and waits between them.
#[derive(Debug, Default)]
pub struct Attempts {
    made: u32,
}

impl Attempts {
    /// How many were made before this one.
    #[must_use]
    pub fn made(&self) -> u32 {
        self.made
    }

    /// Waits before the next one: anything from nothing to twice as long as last time ("full
    /// jitter"), so that clients that collided don't collide again.
    ///
    /// # Errors
    /// [`AppError::Busy`] when there were enough.
    pub async fn pause(&mut self, why: String) -> Result<(), AppError> {
        self.made += 1;
        if self.made >= MAX_ATTEMPTS {
            return Err(AppError::Busy(why));
        }
        let most = 10u64 << self.made;
        tokio::time::sleep(Duration::from_millis(fastrand::u64(0..=most))).await;
        Ok(())
    }
}

/// Runs an attempt until it succeeds, fails for good, or was tried often enough. The attempt gets
/// the number of those before it.
#[macro_export]
macro_rules! attempt {
    ($number:ident => $attempt:expr) => {{
        let mut attempts = $crate::support::attempts::Attempts::default();
        loop {
            let $number = attempts.made();
            match $attempt.await {
                Ok(done) => break Ok(done),
                Err($crate::support::attempts::Failure::Final(error)) => break Err(error),
                Err($crate::support::attempts::Failure::Again(why)) => {
                    if let Err(busy) = attempts.pause(why).await {
                        break Err(busy);
                    }
                }
            }
        }
    }};
}
