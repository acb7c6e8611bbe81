//! Publishes domain events for other systems, derived from the table's stream.
//!
//! Lambda sends batches of committed changes, in order for each row. If publishing fails, the batch fails, and
//! Lambda sends it again for as long as the stream keeps records: a day. So an event may be published twice, with
//! the same id.

pub mod batch;
pub mod handler;

pub use batch::StreamBatch;
pub use handler::handle;

/// Domain events go to the bus.
pub const CAPABILITIES: platform::TableAndEvents = platform::TableAndEvents;
