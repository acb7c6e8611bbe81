//! What use cases have in common: ports to the outside, errors, retries, lists.

pub mod attempts;
pub mod change;
pub mod context;
pub mod error;
pub mod id_source;
pub mod listing;
pub mod path_row;
pub mod ports;
pub mod secret_words;
pub mod tuning;
