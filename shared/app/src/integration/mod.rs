//! Other systems: domain events for them, imports from them.

pub mod import;
pub mod publish;
