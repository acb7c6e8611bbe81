//! Exports and erases a patient's data.

pub mod erasure;
pub mod export;
