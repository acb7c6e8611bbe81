//! What tests and checks need besides a [`local`] system: users who call its API, faults on the way to its table, and
//! guards that fail a test.
//!
//! | To learn about | read |
//! |---|---|
//! | a system with an empty table, a clock that stands still and users who sign in | [`test_app`] |
//! | faults by a seeded plan between the SDK and the table | [`faulty_client`] |
//! | the guard that no personal data gets into the log | [`leaks`] |
//! | the guard that each function's role allows what the function calls | [`iam`], by the [`template`] |
//!
//! Nothing here is linked into a deployed function, into `citas` or into `cargo dev`.

pub mod faulty_client;
pub mod iam;
pub mod leaks;
pub mod template;
pub mod test_app;
