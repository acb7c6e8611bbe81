//! The fixed seeds of the proofs. What lands doesn't depend on luck: fresh seeds are for `cargo lab soak`, and a seed
//! with which it finds a fault is added here.

/// Seeds of [`crate::check::bookings`].
pub const BOOKINGS: &[u64] = &[1];
/// Seeds of [`crate::check::reminders`]: each chooses other pairs of faults.
pub const REMINDERS: &[u64] = &[1];
/// Seeds of [`crate::check::messages`].
pub const MESSAGES: &[u64] = &[1];
/// Seeds of [`crate::fuzz`]. The second found that a long e-mail address at sign-in was answered with 503.
pub const FUZZ: &[u64] = &[1, 6_829_804_314_190_206_480];
