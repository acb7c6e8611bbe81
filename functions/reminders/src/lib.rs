//! The scheduled job: sends due reminders, reconciles messages of unknown status, processes pending inbound
//! messages, finishes interrupted work, and seals the audit trail.
//!
//! EventBridge Scheduler invokes it every 5 minutes; the contents of that event don't matter. An event of the bus
//! that names a shard processes that shard only, so that several workers can share the load.

pub mod handler;

pub use handler::handle;

/// Sends what is due, wakes its own workers by events, and archives seals and erasures.
pub const CAPABILITIES: platform::AllPorts = platform::AllPorts;
