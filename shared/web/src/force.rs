//! Insisting on a change that leaves appointments without a place.

use crate::if_match::IfMatch;
use app::availability::schedules::Terms;
use serde::Deserialize;
use utoipa::IntoParams;

/// Whether appointments may be left without a place.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ForceParams {
    /// `true`: do it although appointments lie there; they are marked as needing attention.
    force: Option<bool>,
}

impl ForceParams {
    /// Whether somebody insists.
    #[must_use]
    pub fn force(&self) -> bool {
        self.force.unwrap_or(false)
    }

    /// The terms of a change.
    #[must_use]
    pub fn terms(&self, if_match: IfMatch) -> Terms {
        Terms { if_match: if_match.0, force: self.force() }
    }
}
