//! Messages to and from patients.

pub mod delivery_status;
pub mod inbound;
pub(crate) mod message_chain;
pub(crate) mod notices;
pub mod notification_rows;
pub mod notifications;
pub mod opt_out;
pub mod outbox;
pub mod quarantine;
pub mod reminders;
pub mod thread;
