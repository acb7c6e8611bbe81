//! Types and functions that all use cases share: ports to the outside, units of work, errors, retries, lists.

pub mod app;
pub mod change;
pub(crate) mod concurrency;
pub mod context;
pub mod dependents;
pub mod error;
pub mod id_source;
pub mod job;
pub mod key_cache;
pub mod key_ring;
pub mod listing;
pub(crate) mod merged_rows;
pub mod ports;
pub mod prefetch;
pub mod retry;
pub mod sweep_run;
pub mod timeouts;
pub mod tuning;
pub mod unit_of_work;
