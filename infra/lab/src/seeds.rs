//! The fixed seeds of the proofs, so that a merge does not depend on chance. `cargo lab soak` uses fresh seeds; a seed
//! that finds a fault is added here.

/// Seeds of [`crate::check::bookings`].
pub const BOOKINGS: &[u64] = &[1];
/// Seeds of [`crate::check::reminders`]: each chooses different pairs of faults.
pub const REMINDERS: &[u64] = &[1];
/// Seeds of [`crate::check::messages`].
pub const MESSAGES: &[u64] = &[1];
/// Seeds of [`crate::check::closures`].
pub const CLOSURES: &[u64] = &[1];
/// Seeds of [`crate::check::notices`].
pub const NOTICES: &[u64] = &[1];
/// Seeds of [`crate::fuzz`]. The second one found that a long e-mail address at sign-in was answered with 503.
pub const FUZZ: &[u64] = &[1, 6_829_804_314_190_206_480, 7_692_054_739_539_700_643];
