//! Why the table didn't answer, or not as hoped.

use crate::transaction::Refused;

/// A read that failed.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// More requests than the table takes right now.
    #[error("the table is throttling")]
    Throttled,
    /// No answer, or a fault on the other side.
    #[error("the table did not answer: {reason}")]
    Unavailable {
        /// The SDK's code for it; no data.
        reason: String,
    },
    /// The row isn't what its key says: a defect or a foreign hand.
    #[error("a row of kind {kind} could not be read")]
    Unreadable {
        /// The kind that was expected.
        kind: &'static str,
    },
}

/// A write that didn't happen, or of which nobody knows.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The table refused it whole, and said why.
    #[error("the write was refused: {0:?}")]
    Refused(Refused),
    /// Another write was under way, or too many are: as if it had never been sent.
    #[error("the table is contended")]
    Contended,
    /// The answer was lost. It may have happened: read the idempotency row before anything else.
    #[error("the answer to a write was lost: {reason}")]
    Ambiguous {
        /// The SDK's code for it; no data.
        reason: String,
    },
    /// The table can't take this write as it is: a defect.
    #[error("the write is not valid: {reason}")]
    Invalid {
        /// The SDK's code for it; no data.
        reason: String,
    },
}
