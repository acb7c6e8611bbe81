//! Errors of reads and writes.

use crate::keys::Key;
use crate::transaction::Cancellation;

/// An error of a read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// DynamoDB throttled the request.
    #[error("the table throttled the request")]
    Throttled,
    /// No response, or an error inside DynamoDB.
    #[error("the table did not answer: {reason}")]
    Unavailable {
        /// The error code of the SDK; it contains no data.
        reason: String,
    },
    /// The item isn't of the kind that its key promises, or was written by a build that knows more: a newer schema
    /// version, a variant or a type that this build doesn't have.
    #[error(transparent)]
    Unreadable(UnreadableRow),
}

/// A row that this build can't read. Neither its text nor its `Debug` shows anything of the row's contents.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("a row of kind {kind} could not be read")]
pub struct UnreadableRow {
    /// The expected kind.
    pub kind: &'static str,
    pub key: Key,
}

/// An error of a write, which didn't happen or whose outcome is unknown.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// DynamoDB cancelled the transaction and gave a reason.
    #[error("the transaction was cancelled: {0:?}")]
    Cancelled(Cancellation),
    /// A conflict with a concurrent write, or throttling. Nothing was written, so the caller may retry.
    #[error("the write conflicted with another one or was throttled")]
    Contended,
    /// The response was lost, so the write may have happened. The caller must read the idempotency row first.
    #[error("the response to a write was lost: {reason}")]
    Ambiguous {
        /// The error code of the SDK; it contains no data.
        reason: String,
    },
    /// DynamoDB can't accept this write: a defect.
    #[error("the write is not valid: {reason}")]
    Invalid {
        /// The error code of the SDK; it contains no data.
        reason: String,
    },
}
