//! A hook that decides on each call to the table and to Twilio, and may do something else first.
//!
//! Unlike a [`FaultPlan`](super::fault::FaultPlan), which fails calls at random, a hook follows a
//! script: at the twelfth call the process crashes, or another process runs in between.

use futures_util::future::BoxFuture;
use local::protocol::OperationKind;

/// A call that leaves the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ExternalCall {
    Table(OperationKind),
    /// Sending a message by Twilio.
    Send,
    /// Looking up sent messages at Twilio.
    LookUp,
}

/// What happens to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HookDecision {
    /// It is made normally.
    Proceed,
    /// It fails, and has no effect.
    NoEffect,
    /// It has its effect, and the response is lost.
    AnswerLost,
    /// It has its effect, and its caller crashes.
    CrashAfter,
}

pub trait CallHook: Send + Sync {
    /// Decides on a call, of an operation if it runs as one. Never returns if the caller has crashed already.
    fn before(&self, call: ExternalCall, operation: Option<u64>) -> BoxFuture<'_, HookDecision>;

    /// Crashes the caller: never returns.
    fn crash(&self, operation: Option<u64>) -> BoxFuture<'_, ()>;
}
