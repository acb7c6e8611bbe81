//! The parameter `force`, for changes of the calendar that leave appointments stranded.

use crate::if_match::IfMatch;
use app::availability::schedules::ChangeConditions;
use serde::Deserialize;
use utoipa::IntoParams;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ForceParams {
    /// `true`: make the change although it leaves appointments stranded; they are marked as needing attention.
    force: Option<bool>,
}

impl ForceParams {
    #[must_use]
    pub fn force(&self) -> bool {
        self.force.unwrap_or(false)
    }

    #[must_use]
    pub fn terms(&self, if_match: IfMatch) -> ChangeConditions {
        ChangeConditions { if_match: if_match.0, force: self.force() }
    }
}
