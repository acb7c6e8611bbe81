//! The parameter `force`, for changes of the calendar that leave appointments stranded.

use crate::Params;
use app::support::change::ChangeConditions;

#[derive(Debug, Params)]
pub struct ForceParams {
    /// `true`: make the change although it leaves appointments stranded; they are marked as needing attention.
    force: Option<bool>,
}

impl ForceParams {
    #[must_use]
    pub fn force(&self) -> bool {
        self.force.unwrap_or(false)
    }

    /// `if_match` is the required version; `None` accepts any.
    #[must_use]
    pub fn conditions(&self, if_match: Option<u64>) -> ChangeConditions {
        ChangeConditions { if_match, force: self.force() }
    }
}
