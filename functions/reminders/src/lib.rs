//! The scheduled job: reminders that are due, messages of which nobody knows what became of them,
//! answers that were left lying; and the audit trail, which it seals.
//!
//! EventBridge Scheduler wakes it every 15 minutes; what it is woken with doesn't matter. An event
//! of the bus that names a shard does that shard only: so many workers can share a long list.

pub mod handler;

pub use handler::handle;

/// It sends what is due, wakes its own workers, and archives seals and erasures.
#[derive(Debug, Clone, Copy)]
pub struct Reached;

impl platform::Reach for Reached {
    const MESSAGES: bool = true;
    const EVENTS: bool = true;
    const ARCHIVE: bool = true;
}
