//! The fixed seeds of the proofs, so that a merge does not depend on chance. `cargo lab soak` uses fresh seeds; a seed
//! that finds a fault is added here.

/// Seeds of [`crate::check::bookings`].
pub const BOOKINGS: &[u64] = &[1];
/// Seeds of [`crate::check::reminders`]: each chooses different pairs of faults.
pub const REMINDERS: &[u64] = &[1];
/// Seeds of [`crate::check::messages`].
pub const MESSAGES: &[u64] = &[1];
/// Seeds of [`crate::check::closures`]. Three runs of the second one find an answer that was decided at the very instant at
/// which the time was closed, and sent later.
pub const CLOSURES: &[u64] = &[1, 17_025_685_212_105_606_683];
/// Seeds of the random conversations of [`crate::check::conversations`].
pub const CONVERSATIONS: &[u64] = &[1];
/// Seeds of [`crate::check::notices`]. The second one finds, in its fifth history, a notice that went out unnoticed and was
/// corrected without the time to which the appointment had been moved since.
pub const NOTICES: &[u64] = &[1, 20_261_130];
/// Seeds of [`crate::check::search`]. Of a town of 100,000, one patient wasn't on the first page of a search for the full name.
pub const SEARCH: &[u64] = &[21];
/// Seeds of [`crate::fuzz`]. The second one found that a long e-mail address at sign-in was answered with 503.
pub const FUZZ: &[u64] = &[1, 6_829_804_314_190_206_480, 7_692_054_739_539_700_643];
