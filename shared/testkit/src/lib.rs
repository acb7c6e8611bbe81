//! Test support on top of a [`local`] system: clients of its API, fault injection between SDK and table, and guards
//! that fail a test.
//!
//! | To learn about | read |
//! |---|---|
//! | a system with an empty table, a fixed clock and clients that sign in | [`test_app`] |
//! | injecting faults between the SDK and the table, by a seeded plan | [`faulty_client`] |
//! | the guard against personal data in logs, problems, cursors and events | [`leaks`] |
//! | the guard that compares each function's calls with its role in the [`template`] | [`iam`] |
//!
//! Nothing here is linked into a deployed function, into `citas` or into `cargo dev`.

pub mod faulty_client;
pub mod iam;
pub mod leaks;
pub mod template;
pub mod test_app;
