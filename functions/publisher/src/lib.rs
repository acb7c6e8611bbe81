//! Tells other systems what happened: domain events on the bus, made of the table's stream.
//!
//! Lambda hands over batches of committed changes, in their order for each row. What couldn't be put on
//! the bus fails the batch, and Lambda hands it over again until it is: for a day, which is as long as the
//! stream keeps anything. An event may so come twice, with the same id.

pub mod batch;
pub mod handler;

pub use batch::Batch;
pub use handler::handle;

/// It tells the bus.
#[derive(Debug, Clone, Copy)]
pub struct Reached;

impl platform::Reach for Reached {
    const EVENTS: bool = true;
}
