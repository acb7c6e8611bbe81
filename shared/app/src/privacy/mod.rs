//! What patients have a right to: an export of their data, and its erasure.

pub mod erasure;
pub mod export;
