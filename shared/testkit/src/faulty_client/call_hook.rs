//! Somebody who is asked at every call what is to become of it, and may do something else first.
//!
//! Unlike a [`FaultPlan`](super::fault::FaultPlan), which fails calls by chance, a director follows a
//! script: at the twelfth call the process dies, or another one runs in between.

use futures_util::future::BoxFuture;
use local::protocol::Kind;

/// A call to the outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Call {
    /// To the table.
    Table(Kind),
    /// A message is sent.
    Send,
    /// What was sent is looked up.
    LookUp,
}

/// What is to become of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It goes through.
    Go,
    /// It fails, and has no effect.
    NoEffect,
    /// It has its effect, and the answer is lost.
    AnswerLost,
    /// It has its effect, and whoever made it is gone.
    CrashAfter,
}

/// Directs calls.
pub trait Director: Send + Sync {
    /// A call is about to leave, of an operation if it runs as one. Never comes back where whoever made
    /// it is gone before.
    fn before(&self, call: Call, operation: Option<u64>) -> BoxFuture<'_, Verdict>;

    /// Whoever made the call is gone now: never comes back.
    fn crash(&self, operation: Option<u64>) -> BoxFuture<'_, ()>;
}
