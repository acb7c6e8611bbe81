//! Numbers that were found by thinking and trying, and that nobody sets. They are fields so that a check
//! can make them wrong, and see that it notices.

use domain::time::TimeDelta;

/// The numbers.
#[derive(Debug, Clone, Copy)]
pub struct Tuning {
    /// A message that can't be found is sent again only after this long.
    pub sent_again_after: TimeDelta,
    /// From so many due rows on a run is shared out to workers, if there is a bus to wake them by.
    pub shared_out_from: usize,
    /// A window of the audit trail is sealed so long after its end; never where `None`.
    pub seal_after: Option<TimeDelta>,
}

impl Default for Tuning {
    fn default() -> Self {
        Self {
            sent_again_after: TimeDelta::minutes(15),
            shared_out_from: 500,
            seal_after: Some(crate::audit::seals::SEALED_AFTER),
        }
    }
}
