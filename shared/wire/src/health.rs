//! The health check.

use crate::View;

/// The health of the API.
#[derive(Clone, View)]
pub struct HealthView {
    /// Always `ok`.
    status: &'static str,
}

impl HealthView {
    pub const OK: Self = Self { status: "ok" };
}
