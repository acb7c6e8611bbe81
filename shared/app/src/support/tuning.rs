//! Internal constants that are no settings. They are fields so that a check can set a wrong value and verify that it
//! is detected.

use domain::time::TimeDelta;

#[derive(Debug, Clone, Copy)]
pub struct Tuning {
    /// Delay before a message that is missing in the provider's log is sent again.
    pub resend_after: TimeDelta,
    /// Number of due rows from which a run is distributed to workers, if the event bus can invoke them.
    pub worker_threshold: usize,
    /// Delay between the end of an audit window and its [seal](crate::audit::seals). `None` disables sealing.
    pub seal_after: Option<TimeDelta>,
}

impl Default for Tuning {
    fn default() -> Self {
        Self { resend_after: TimeDelta::minutes(15), worker_threshold: 500, seal_after: Some(TimeDelta::minutes(10)) }
    }
}
