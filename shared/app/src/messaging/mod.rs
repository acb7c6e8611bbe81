//! Messages to and from patients.

pub mod delivery_status;
pub mod inbound;
pub mod notification_rows;
pub mod notifications;
pub mod outbox;
pub mod reminders;
