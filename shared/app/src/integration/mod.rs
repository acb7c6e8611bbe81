//! Exchanges data with other systems: publishes domain events and imports records.

pub mod import;
pub mod publish;
